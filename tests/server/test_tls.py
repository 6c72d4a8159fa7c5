"""Certificates: made once, kept, renewed, shared by processes, trusted by clients."""

import base64
import hashlib
import json
import logging
import os
import ssl
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gemlive_emulator.server import tls
from gemlive_emulator.server.tls import Certificates
from gemlive_emulator.wire.errors import EmulatorError

NOW = datetime(2026, 11, 22, tzinfo=UTC)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    return tmp_path / "home" / "certificates"


def certificates(folder, *hosts, now=NOW):
    return Certificates(folder, hosts, lambda: now)


def leaf(folder):
    return x509.load_pem_x509_certificates((folder / tls.SERVER_FILE).read_bytes())[0]


def names(folder):
    alternatives = leaf(folder).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in alternatives}


def shake_hands(context: ssl.SSLContext, ca_file: Path, name: str) -> str | None:
    """A TLS handshake in memory; the ALPN protocol that was agreed."""
    trusting = ssl.create_default_context(cafile=str(ca_file))
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    trusting.set_alpn_protocols(["h2", "http/1.1"])
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server, server_hostname=name)
    server = context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client.selected_alpn_protocol()


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "127.0.0.1",
        "::1",
        "host.docker.internal",
        "generativelanguage.googleapis.com",
        "europe-west4-aiplatform.googleapis.com",
        "firebasevertexai.googleapis.com",
        "gemlive.test",
    ],
)
def test_a_client_that_trusts_the_authority_trusts_the_server_by_each_name(folder, name):
    kept = certificates(folder, "gemlive.test", now=datetime.now(UTC))
    assert shake_hands(kept.context(), kept.ca_file, name) == "http/1.1"


def test_a_client_that_asks_for_another_name_does_not(folder):
    kept = certificates(folder, now=datetime.now(UTC))
    with pytest.raises(ssl.SSLCertVerificationError, match="evil"):
        shake_hands(kept.context(), kept.ca_file, "evil.example")


def test_what_the_certificates_say(folder):
    kept = certificates(folder)
    authority = x509.load_pem_x509_certificate(kept.ca_file.read_bytes())
    assert set(tls.HOSTS) <= names(folder)
    life = leaf(folder).not_valid_after_utc - leaf(folder).not_valid_before_utc
    assert life <= timedelta(days=397)
    assert leaf(folder).not_valid_before_utc < NOW < leaf(folder).not_valid_after_utc
    constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, constraints.path_length) == (True, 0)
    assert authority.not_valid_after_utc > NOW + tls.CA_LIFE


def test_the_context_is_made_once_and_takes_nothing_old(folder):
    kept = certificates(folder)
    assert kept.context() is kept.context()
    assert kept.context().minimum_version is ssl.TLSVersion.TLSv1_2


@POSIX
def test_only_this_user_can_read_what_is_written(folder):
    kept = certificates(folder)
    kept.bundle_file  # noqa: B018 -- writes it
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_they_are_kept(folder):
    first = certificates(folder).ca_file.read_bytes(), (folder / tls.SERVER_FILE).read_bytes()
    second = certificates(folder).ca_file.read_bytes(), (folder / tls.SERVER_FILE).read_bytes()
    assert first == second


def test_near_its_end_the_certificate_is_renewed_by_the_same_authority(folder):
    first = certificates(folder)
    authority, old = first.ca_file.read_bytes(), leaf(folder)
    assert certificates(folder, now=NOW + timedelta(days=300)).ca_file.read_bytes() == authority
    assert leaf(folder) == old
    later = NOW + timedelta(days=370)
    assert certificates(folder, now=later).ca_file.read_bytes() == authority
    assert leaf(folder).not_valid_after_utc > later + timedelta(days=300)


def test_a_server_that_runs_for_a_year_renews_its_context(folder):
    times = [NOW]
    kept = Certificates(folder, now=lambda: times[-1])
    first = kept.context()
    times.append(NOW + timedelta(days=370))
    assert kept.context() is not first
    assert leaf(folder).not_valid_after_utc > times[-1] + timedelta(days=300)


def test_an_authority_of_ten_years_is_replaced(folder):
    authority = certificates(folder).ca_file.read_bytes()
    assert certificates(folder, now=NOW + tls.CA_LIFE).ca_file.read_bytes() != authority


def test_a_certificate_of_a_wrong_clock_is_replaced(folder):
    certificates(folder, now=NOW + timedelta(days=3650))
    certificates(folder).context()
    assert leaf(folder).not_valid_before_utc < NOW


def test_more_hosts_are_added_and_none_is_lost(folder):
    authority = certificates(folder, "one.test").ca_file.read_bytes()
    assert certificates(folder, "two.test", "192.168.1.5").ca_file.read_bytes() == authority
    assert {"one.test", "two.test", "192.168.1.5"} <= names(folder)


def test_a_name_that_no_certificate_can_have_is_told(folder):
    with pytest.raises(EmulatorError, match=r"no\.\.name"):
        certificates(folder, "no..name").context()


@pytest.mark.parametrize("name", [tls.CA_FILE, tls.CA_KEY_FILE, tls.SERVER_FILE, tls.RECORD_FILE])
@pytest.mark.parametrize("harm", ["empty", "garbage", "gone", "folder"])
def test_what_is_broken_is_made_anew(folder, name, harm):
    certificates(folder).context()
    path = folder / name
    if harm == "empty":
        path.write_bytes(b"")
    elif harm == "garbage":
        path.write_bytes(b'{"\xff\x00')
    else:
        path.unlink()
    kept = certificates(folder, "new.test", now=datetime.now(UTC))
    if harm == "folder":
        path.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tls, "_temporary_folder", lambda: folder.parent)
            kept.context()
        assert kept.ca_file.parent == folder.parent
    assert shake_hands(kept.context(), kept.ca_file, "localhost") == "http/1.1"


@pytest.mark.parametrize(
    "record", ["[]", "3", '{"hosts": 3}', "[" * 100_000, '{"hosts":[],"made":1e99,"renewAt":0,"sha256":{}}']
)
def test_any_nonsense_in_the_record_is_survived(folder, record):
    certificates(folder).context()
    (folder / tls.RECORD_FILE).write_text(record)
    certificates(folder).context()
    assert json.loads((folder / tls.RECORD_FILE).read_text())["hosts"]


def test_the_bundle_is_what_was_trusted_before_and_our_authority(folder, tmp_path, monkeypatch):
    kept = certificates(folder)
    bundle = kept.bundle_file.read_bytes()
    assert Path(certifi.where()).read_bytes().rstrip() in bundle
    assert kept.ca_file.read_bytes() in bundle
    corporate = tmp_path / "corporate.pem"
    corporate.write_bytes(certificates(tmp_path / "other").ca_file.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(corporate))
    own = kept.bundle_file
    assert own != folder / tls.BUNDLE_FILE
    assert corporate.read_bytes().strip() in own.read_bytes()
    assert kept.ca_file.read_bytes() in own.read_bytes()
    assert Path(certifi.where()).read_bytes().rstrip() not in own.read_bytes()
    assert ssl.create_default_context(cafile=str(own)).cert_store_stats()["x509_ca"] == 2


def test_a_bundle_that_has_our_authority_already_is_taken_as_it_is(folder, monkeypatch):
    kept = certificates(folder)
    bundle = kept.bundle_file
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert kept.bundle_file == bundle


def test_a_stale_bundle_is_rebuilt(folder):
    kept = certificates(folder)
    right = kept.bundle_file.read_bytes()
    kept.bundle_file.write_bytes(b"stale")
    assert kept.bundle_file.read_bytes() == right
    kept.bundle_file.unlink()
    assert kept.bundle_file.read_bytes() == right


@pytest.mark.parametrize("given", ["/does/not/exist.pem", "/", __file__])
def test_an_unusable_ssl_cert_file_is_as_good_as_none(folder, monkeypatch, given):
    monkeypatch.setenv("SSL_CERT_FILE", given)
    assert certificates(folder).bundle_file == folder / tls.BUNDLE_FILE


def test_a_folder_that_cannot_be_written_is_replaced_by_a_temporary_one_with_one_warning(tmp_path, monkeypatch, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setattr(tls.tempfile, "gettempdir", lambda: str(tmp_path))
    kept = certificates(blocked / "certificates")
    with caplog.at_level(logging.WARNING):
        kept.context()
        assert kept.ca_file.is_file()
        assert kept.bundle_file.is_file()
    assert kept.ca_file.parent.parent == tmp_path
    assert len(caplog.records) == 1
    assert "GEMLIVE_EMULATOR_HOME" in caplog.text
    assert certificates(blocked / "certificates").ca_file == kept.ca_file


def test_no_home_at_all_is_as_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(tls.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(tls, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    assert Certificates(now=lambda: NOW).ca_file.is_file()


def test_if_nothing_can_be_written_it_is_told(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setattr(tls, "_temporary_folder", lambda: blocked)
    with pytest.raises(EmulatorError, match="GEMLIVE_EMULATOR_HOME"):
        certificates(blocked / "certificates").context()


@POSIX
def test_a_temporary_folder_that_others_can_read_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(tls.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(tls.tempfile, "tempdir", str(tmp_path))
    taken = tmp_path / f"gemlive-emulator-{os.getuid()}"
    taken.mkdir(mode=0o755)
    taken.chmod(0o755)
    assert tls._temporary_folder() != taken
    taken.rmdir()
    taken.symlink_to(tmp_path)
    assert tls._temporary_folder() != taken


@pytest.mark.parametrize(
    ("platform", "environment", "ends"),
    [
        ("linux", {"XDG_DATA_HOME": "/x/data"}, "/x/data/gemlive-emulator"),
        ("linux", {}, "/.local/share/gemlive-emulator"),
        ("darwin", {}, "/Library/Application Support/gemlive-emulator"),
        ("win32", {"LOCALAPPDATA": "/c/Local"}, "/c/Local/gemlive-emulator"),
        ("linux", {"GEMLIVE_EMULATOR_HOME": "/elsewhere"}, "/elsewhere"),
    ],
)
def test_the_folder_is_where_the_platform_has_such_things(monkeypatch, platform, environment, ends):
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA", "GEMLIVE_EMULATOR_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tls.sys, "platform", platform)
    assert tls.home().as_posix().endswith(ends)


def test_threads_agree(folder):
    kept = certificates(folder)
    with ThreadPoolExecutor(8) as pool:
        assert len({id(context) for context in pool.map(lambda _: kept.context(), range(32))}) == 1
    barrier = threading.Barrier(8)

    def one_of_many(_):
        barrier.wait()
        return certificates(folder.parent / "fresh").ca_file.read_bytes()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(one_of_many, range(8)))) == 1


CHILD = """
import hashlib, sys
from gemlive_emulator.server.tls import Certificates
kept = Certificates()
context = kept.context()
had = "cryptography" in sys.modules
print(hashlib.sha256(kept.ca_file.read_bytes() + kept.bundle_file.read_bytes()).hexdigest(), had)
"""


def test_twenty_processes_that_start_at_once_agree_and_one_does_the_work(folder, monkeypatch):
    monkeypatch.setenv("GEMLIVE_EMULATOR_HOME", str(folder.parent))
    children = [
        subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(20)
    ]
    told = [child.communicate(timeout=60) for child in children]
    assert [error for _, error in told if error] == []
    answers = [answer.split() for answer, _ in told]
    assert len({digest for digest, _ in answers}) == 1
    assert [had for _, had in answers].count("True") == 1
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == []


def test_the_hash_of_the_key_is_that_of_the_certificate_that_is_served(folder):
    ours = certificates(folder)
    told = ours.key_hash
    assert len(base64.b64decode(told, validate=True)) == 32
    # The digest that TLSA records (RFC 6698) with selector 1 and matching type 1 hold, which openssl can print as well.
    key = leaf(folder).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert base64.b64decode(told) == hashlib.sha256(key).digest()
    assert certificates(folder).key_hash == told
    assert certificates(folder, "app.example").key_hash != told
