"""The environment for programs that dial Google's own hosts."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from gemlive_emulator.server.environment import Address, client_environment
from gemlive_emulator.server.tls import Certificates
from gemlive_emulator.server.transparent import (
    ALL_HOSTS,
    KEY_HASH_VARIABLE,
    PRELOAD,
    RULES_VARIABLE,
    host_rules,
    hosts_file,
    transparent_environment,
    trusting_environment,
)

COMPANY = "-----BEGIN CERTIFICATE-----\ndGhlaXJz\n-----END CERTIFICATE-----"
HOOK = f'--require "{PRELOAD}/node.cjs"'


@pytest.fixture
def address(tmp_path: Path) -> Address:
    return Address("http://127.0.0.1:4711", Certificates(tmp_path / "certificates"), tmp_path)


def told(address: Address, **present: str) -> dict[str, str]:
    """What a transparent child gets, that has ``present`` already."""
    known = present | client_environment(address, present)
    return known | transparent_environment(address, known)


def test_both_hooks_are_loaded_and_know_the_emulator(address: Address):
    environment = told(address)
    assert environment["GEMLIVE_EMULATOR_TRANSPARENT"] == "127.0.0.1:4711"
    assert environment["PYTHONPATH"] == str(PRELOAD)
    assert environment["NODE_OPTIONS"] == HOOK
    assert {"sitecustomize.py", "gemlive_emulator_hosts.py", "node.cjs"} <= {path.name for path in PRELOAD.iterdir()}


def test_what_a_program_loads_anyway_is_kept(address: Address):
    environment = told(address, PYTHONPATH=f"/mine{os.pathsep}/more", NODE_OPTIONS="--max-old-space-size=100")
    assert environment["PYTHONPATH"] == os.pathsep.join([str(PRELOAD), "/mine", "/more"])
    assert environment["NODE_OPTIONS"] == f"--max-old-space-size=100 {HOOK}"


def test_telling_it_twice_changes_nothing_more(address: Address):
    once = told(address, PYTHONPATH="/mine", NODE_OPTIONS="--no-warnings", NO_PROXY="example.com")
    assert once | transparent_environment(address, once) == once


def test_google_hosts_pass_by_proxies_but_no_other_of_googleapis_com(address: Address):
    environment = told(address, no_proxy="example.com")
    listed = environment["NO_PROXY"].split(",")
    assert environment["no_proxy"] == environment["NO_PROXY"]
    assert {"example.com", "127.0.0.1", *ALL_HOSTS} == set(listed) - {"localhost", "::1"}
    assert len(listed) == len(set(listed))
    assert not any(name in ("googleapis.com", ".googleapis.com", "*.googleapis.com") for name in listed)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_requests_and_curl_trust_what_they_did_and_us(address: Address, tmp_path: Path, name: str):
    assert told(address)[name] == told(address)["SSL_CERT_FILE"]
    company = tmp_path / "company.pem"
    company.write_text(COMPANY)
    bundle = Path(told(address, **{name: str(company)})[name]).read_text()
    assert bundle.startswith(COMPANY)
    assert bundle.endswith(address.certificates.ca_file.read_text())


def test_a_sealed_command_gets_trust_but_no_hooks(address: Address):
    environment = trusting_environment(address, client_environment(address, {}))
    assert set(environment) == {
        "NO_PROXY",
        "no_proxy",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        KEY_HASH_VARIABLE,
    }
    assert environment[KEY_HASH_VARIABLE] == address.certificates.key_hash


def test_rules_for_chromium_name_each_host_and_port():
    rules = host_rules("[::1]:4711").split(",")
    assert len(rules) == len(set(rules)) == 8
    assert "MAP *-aiplatform.googleapis.com:443 [::1]:4711" in rules
    assert "MAP generativelanguage.googleapis.com:80 [::1]:4711" in rules


def test_rules_are_told(address: Address):
    assert told(address)[RULES_VARIABLE] == host_rules("127.0.0.1:4711")


def test_a_hosts_file_keeps_what_was_known():
    lines = hosts_file("127.0.0.1 localhost\n\n10.0.0.1 database").splitlines()
    assert lines[0] == "127.0.0.1 localhost"
    assert lines[2] == "10.0.0.1 database"
    assert lines[3:] == [f"127.0.0.1 {host}" for host in ALL_HOSTS]


def test_the_certificate_is_for_every_host_that_is_led_here(address: Address):
    """Without names that are there for this alone: a certificate with Google's is made at the first start anyway."""
    served = json.loads((address.certificates.ca_file.parent / "record.json").read_text())["hosts"]
    assert all(host in served or f"*.{host.split('.', 1)[1]}" in served for host in ALL_HOSTS)


def test_node_splits_its_options_as_we_quote_them(address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from gemlive_emulator.server import transparent

    folder = tmp_path / 'a "b" \\c'
    folder.mkdir()
    (folder / "node.cjs").write_text("console.log('loaded')")
    monkeypatch.setattr(transparent, "PRELOAD", folder)
    options = told(address)["NODE_OPTIONS"]
    try:
        done = subprocess.run(
            ["node", "-e", "0"], env=dict(os.environ, NODE_OPTIONS=options), capture_output=True, text=True, timeout=60
        )
    except FileNotFoundError:
        pytest.skip("there is no Node on this machine")
    assert done.stdout == "loaded\n", done.stderr
