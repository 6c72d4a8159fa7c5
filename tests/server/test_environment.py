"""The environment that leads an unmodified client to the emulator."""

import json
from pathlib import Path

import certifi
import pytest

from gemlive_emulator.server.environment import (
    KEY_NAMES,
    PLACEHOLDER_KEY,
    Address,
    client_environment,
    real_keys,
    wants_vertex,
)
from gemlive_emulator.server.tls import Certificates

THEIRS = "-----BEGIN CERTIFICATE-----\ndGhlaXJz\n-----END CERTIFICATE-----"


@pytest.fixture
def address(tmp_path: Path) -> Address:
    return Address("http://127.0.0.1:4711", Certificates(tmp_path / "certificates"), tmp_path)


@pytest.fixture
def ours(address: Address) -> str:
    """The certificate of our authority."""
    return address.certificates.ca_file.read_text()


def test_one_plain_url_serves_both_back_ends(address: Address):
    told = client_environment(address, {})
    assert told["GOOGLE_GEMINI_BASE_URL"] == told["GOOGLE_VERTEX_BASE_URL"] == "http://127.0.0.1:4711"
    assert not any(name.startswith(("GOOGLE_CLOUD", "GOOGLE_GENAI", "GOOGLE_APPLICATION")) for name in told)


def test_python_trusts_the_public_authorities_and_ours(address: Address, ours: str):
    bundle = Path(client_environment(address, {})["SSL_CERT_FILE"]).read_text()
    assert bundle.endswith(ours)
    assert Path(certifi.where()).read_text().rstrip() in bundle


def test_a_bundle_that_is_already_set_is_added_to(address: Address, ours: str, tmp_path: Path):
    company = tmp_path / "company.pem"
    company.write_text(THEIRS)
    told = client_environment(address, {"SSL_CERT_FILE": str(company), "NODE_EXTRA_CA_CERTS": str(company)})
    for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
        assert Path(told[name]).read_text().startswith(THEIRS)
        assert Path(told[name]).read_text().endswith(ours)
    assert company.read_text() == THEIRS


def test_telling_it_twice_changes_nothing_more(address: Address):
    once = client_environment(address, {})
    assert client_environment(address, once) == {name: value for name, value in once.items() if name not in KEY_NAMES}


@pytest.mark.parametrize("broken", ["missing.pem", "empty.pem"])
def test_a_bundle_that_cannot_be_read_counts_for_nothing(address: Address, tmp_path: Path, broken: str):
    (tmp_path / "empty.pem").write_text("\n")
    present = {"SSL_CERT_FILE": str(tmp_path / broken), "NODE_EXTRA_CA_CERTS": str(tmp_path / broken)}
    assert client_environment(address, present) == client_environment(address, {})


def test_node_gets_our_authority_alone_when_it_has_no_other(address: Address):
    assert client_environment(address, {})["NODE_EXTRA_CA_CERTS"] == str(address.certificates.ca_file)


def test_proxies_are_told_to_keep_out(address: Address):
    told = client_environment(address, {"NO_PROXY": "intern.example, localhost", "no_proxy": "other.example"})
    assert told["NO_PROXY"] == told["no_proxy"] == "intern.example,localhost,other.example,127.0.0.1,::1"


def test_a_host_of_another_name_is_kept_from_proxies_too(tmp_path: Path, address: Address):
    far = Address("http://emulator:8765", address.certificates, tmp_path)
    assert client_environment(far, {})["NO_PROXY"] == "localhost,127.0.0.1,::1,emulator"


def test_placeholder_keys_only_where_there_is_no_key(address: Address):
    told = client_environment(address, {"GOOGLE_API_KEY": ""})
    assert [told[name] for name in KEY_NAMES] == [PLACEHOLDER_KEY, PLACEHOLDER_KEY]
    for name in KEY_NAMES:
        assert not set(KEY_NAMES) & set(client_environment(address, {name: "mine"}))


def test_a_key_that_looks_real_is_noticed():
    assert real_keys({"GOOGLE_API_KEY": "AIza" + "x" * 35, "GEMINI_API_KEY": "mine"}) == ["GOOGLE_API_KEY"]
    assert real_keys({}) == []


def test_vertex_is_chosen_with_everything_it_needs(address: Address):
    told = client_environment(address, {}, vertex=True)
    assert told["GOOGLE_GENAI_USE_VERTEXAI"] == "true"
    assert told["GOOGLE_GEMINI_BASE_URL"] == told["GOOGLE_VERTEX_BASE_URL"] == "wss://127.0.0.1:4711"
    assert (told["GOOGLE_CLOUD_PROJECT"], told["GOOGLE_CLOUD_LOCATION"]) == ("emulator", "us-central1")
    credentials = Path(told["GOOGLE_APPLICATION_CREDENTIALS"])
    content = json.loads(credentials.read_text())
    assert content["token_url"] == "http://127.0.0.1:4711/token"
    assert content["credential_source"] == {"file": str(credentials)}


def test_vertex_keeps_project_and_location_and_replaces_credentials(address: Address):
    present = {
        "GOOGLE_CLOUD_PROJECT": "p",
        "GOOGLE_CLOUD_LOCATION": "l",
        "GOOGLE_APPLICATION_CREDENTIALS": "/real.json",
    }
    told = client_environment(address, present, vertex=True)
    assert (told["GOOGLE_CLOUD_PROJECT"], told["GOOGLE_CLOUD_LOCATION"]) == ("p", "l")
    assert Path(told["GOOGLE_APPLICATION_CREDENTIALS"]).parent == address.folder


@pytest.mark.parametrize(
    ("present", "wanted"),
    [
        ({}, False),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "TRUE"}, True),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "1"}, True),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "false"}, False),
        ({"GOOGLE_GENAI_USE_ENTERPRISE": "true"}, True),
        ({"GOOGLE_GENAI_USE_ENTERPRISE": "false", "GOOGLE_GENAI_USE_VERTEXAI": "true"}, False),
    ],
)
def test_the_environment_chooses_vertex_as_the_sdks_read_it(present: dict[str, str], wanted: bool):
    assert wants_vertex(present) is wanted
