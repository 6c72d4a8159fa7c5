"""A certificate authority and a server certificate of this machine's own: made at need, kept, renewed, never shipped.

google-genai for Python speaks TLS only, and both its HTTP and its WebSocket side trust what ``SSL_CERT_FILE`` names
(measured, 0.3 to 3.4). So there is a bundle too: what was trusted before, and our authority. The authority's key is
kept, readable for this user only: who trusted the last certificate has to trust a renewed one, or one for more hosts.
"""

import base64
import contextlib
import hashlib
import json
import os
import ssl
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.wire.errors import EmulatorError

HOSTS = (
    "localhost",
    "*.localhost",
    "127.0.0.1",
    "::1",
    "host.docker.internal",
    # For clients whose address is fixed in their code, behind a hosts file.
    "generativelanguage.googleapis.com",
    "*.googleapis.com",
    "aiplatform.googleapis.com",
    "us-central1-aiplatform.googleapis.com",
    "firebasevertexai.googleapis.com",
)
LEAF_LIFE = timedelta(days=396)
"""With a day before now for clocks that are slow: 397 days, the most that browsers take since 2020."""
SLOW_CLOCKS = timedelta(days=1)
RENEWED_BEFORE = timedelta(days=30)
CA_LIFE = timedelta(days=3650)
"""After it a new authority is made, though trustme's certificates of one do not end."""
HOME_VARIABLE = "GEMLIVE_EMULATOR_HOME"

CA_FILE = "ca.pem"
CA_KEY_FILE = "ca-key.pem"
SERVER_FILE = "server.pem"
RECORD_FILE = "record.json"
BUNDLE_FILE = "bundle.pem"
LOCK_FILE = "lock"

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_log = redacting_logger("tls")


def home() -> Path:
    """The user's folder for this program's files, as the platform has it; it need not exist."""
    if given := os.environ.get(HOME_VARIABLE):
        return Path(given).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "gemlive-emulator"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "gemlive-emulator"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "gemlive-emulator"


class Certificates:
    """The certificates of this machine; the same object may be used by many threads, the folder by many processes.

    Args:
        folder: where they are kept; by default ``certificates`` in :func:`home`.
        hosts: names and addresses to serve beside :data:`HOSTS`.
        now: the time of day, with time zone.
    """

    def __init__(
        self,
        folder: Path | None = None,
        hosts: Iterable[str] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._wanted = folder
        self._hosts = frozenset((*HOSTS, *hosts))
        self._now = now
        self._mutex = threading.RLock()
        self._kept: Kept | None = None
        self._context: ssl.SSLContext | None = None

    @property
    def ca_file(self) -> Path:
        """The authority's certificate, PEM: what a client has to trust.

        Raises:
            EmulatorError: no folder can be written, not even a temporary one.
        """
        return self._ready().folder / CA_FILE

    @property
    def bundle_file(self) -> Path:
        """What is trusted already (``SSL_CERT_FILE``, else certifi's list) and our authority, in one PEM file.

        Raises:
            EmulatorError: as for :attr:`ca_file`.
        """
        added = self.added_to(os.environ.get("SSL_CERT_FILE", ""))
        if added is not None:
            return added
        folder = self._ready().folder
        return _write_if_other(folder / BUNDLE_FILE, _joined(_certifi(), (folder / CA_FILE).read_bytes()))

    @property
    def key_hash(self) -> str:
        """SHA-256 of the public key of the server's certificate, base64: what Chromium trusts by
        ``--ignore-certificate-errors-spki-list``. It changes when the certificate is renewed.

        Raises:
            EmulatorError: as for :attr:`ca_file`.
        """
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        leaf = x509.load_pem_x509_certificate((self._ready().folder / SERVER_FILE).read_bytes())
        key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(key).digest()).decode("ascii")

    def added_to(self, given: str) -> Path | None:
        """The certificates of a PEM file and our authority in one file; ``None`` if there are none to be read there.

        Raises:
            EmulatorError: as for :attr:`ca_file`.
        """
        trusted = _certificates_in(given)
        if trusted is None:
            return None
        folder = self._ready().folder
        ours = (folder / CA_FILE).read_bytes()
        if ours.strip() in trusted:
            return Path(given)
        name = f"bundle-{hashlib.sha256(given.encode()).hexdigest()[:12]}.pem"
        return _write_if_other(folder / name, _joined(trusted, ours))

    def context(self) -> ssl.SSLContext:
        """The server's context: TLS 1.2 or later, HTTP/1.1 by ALPN. The same one until the certificate is renewed.

        Raises:
            EmulatorError: as for :attr:`ca_file`.
        """
        with self._mutex:
            before = self._kept
            kept = self._ready()
            if self._context is None or kept is not before:
                self._context = _server_context(kept.folder / SERVER_FILE)
            return self._context

    def _ready(self) -> "Kept":
        with self._mutex:
            if self._kept is None or self._now() >= self._kept.renew_at:
                self._kept = self._keep()
            return self._kept

    def _keep(self) -> "Kept":
        try:
            folder = self._wanted or home() / "certificates"
            return keep(folder, self._hosts, self._now())
        except (OSError, RuntimeError) as exc:  # RuntimeError: this user has no home.
            cause = exc
        try:
            folder = _temporary_folder()
            kept = keep(folder, self._hosts, self._now())
        except OSError as exc:
            raise EmulatorError(
                f"No folder for certificates can be written: {cause}; {exc}. Set {HOME_VARIABLE} to one that can."
            ) from exc
        _log.warning("%s. Certificates are kept in %s; set %s to a folder that lasts.", cause, folder, HOME_VARIABLE)
        return kept


@dataclass(frozen=True, slots=True)
class Kept:
    """Certificates as they lie in a folder.

    Attributes:
        folder: where.
        hosts: the names and addresses that the server's certificate is for.
        made: when the authority was made.
        renew_at: when the server's certificate has to be looked at again.
        digests: SHA-256 of each file.
    """

    folder: Path
    hosts: frozenset[str]
    made: datetime
    renew_at: datetime
    digests: dict[str, str]

    def serves(self, hosts: frozenset[str], now: datetime) -> bool:
        """Whether the server's certificate will do."""
        valid_from = self.renew_at + RENEWED_BEFORE - LEAF_LIFE - SLOW_CLOCKS
        timely = valid_from <= now < self.renew_at
        return timely and hosts <= self.hosts and self.is_whole(SERVER_FILE) and self.is_whole(CA_FILE)

    def can_sign(self, now: datetime) -> bool:
        """Whether the authority can go on, so that who trusts it need not be told of another."""
        lasts = now + LEAF_LIFE < self.made + CA_LIFE
        return lasts and self.is_whole(CA_FILE) and self.is_whole(CA_KEY_FILE)

    def is_whole(self, name: str) -> bool:
        """Whether a file is as it was written."""
        try:
            return _digest((self.folder / name).read_bytes()) == self.digests[name]
        except (OSError, KeyError):
            return False


def keep(folder: Path, hosts: frozenset[str], now: datetime) -> Kept:
    """The certificates of a folder, made or renewed if need be. Any number of processes may do so at once.

    Raises:
        OSError: the folder cannot be written.
    """
    found = _read(folder)
    if found and found.serves(hosts, now):
        return found
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    with _locked(folder):
        found = _read(folder)
        if found and found.serves(hosts, now):
            return found
        return _issue(folder, found, hosts, now)


def _read(folder: Path) -> Kept | None:
    try:
        record = json.loads((folder / RECORD_FILE).read_bytes())
        return Kept(
            folder=folder,
            hosts=frozenset(map(str, record["hosts"])),
            made=datetime.fromtimestamp(record["made"], UTC),
            renew_at=datetime.fromtimestamp(record["renewAt"], UTC),
            digests={str(name): str(digest) for name, digest in record["sha256"].items()},
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None


def _issue(folder: Path, found: Kept | None, hosts: frozenset[str], now: datetime) -> Kept:
    """Sign a certificate for the server, with the authority that is there or a new one."""
    import trustme  # Takes some 50 ms, and is needed once a year.

    if found and found.can_sign(now):
        authority = trustme.CA.from_pem((folder / CA_FILE).read_bytes(), (folder / CA_KEY_FILE).read_bytes())
        made = found.made
        # Another process may have asked for them, and runs still.
        hosts |= found.hosts
    else:
        authority = trustme.CA(path_length=0, organization_name="gemlive-emulator (this machine only)")
        made = now
    try:
        leaf = authority.issue_cert(
            *sorted(hosts),
            organization_name="gemlive-emulator",
            not_before=now - SLOW_CLOCKS,
            not_after=now + LEAF_LIFE,
        )
    except ValueError as exc:
        raise EmulatorError(f"No certificate can be made for these names: {', '.join(sorted(hosts))}: {exc}") from exc
    contents = {
        CA_KEY_FILE: authority.private_key_pem.bytes(),
        CA_FILE: authority.cert_pem.bytes(),
        SERVER_FILE: leaf.private_key_and_cert_chain_pem.bytes(),
    }
    for name, content in contents.items():
        _write(folder / name, content)
    kept = Kept(
        folder=folder,
        hosts=hosts,
        made=made,
        renew_at=now + LEAF_LIFE - RENEWED_BEFORE,
        digests={name: _digest(content) for name, content in contents.items()},
    )
    # Last, so that a process that dies half-way leaves digests that do not fit, and the next makes all anew.
    _write(folder / RECORD_FILE, _record(kept))
    return kept


def _record(kept: Kept) -> bytes:
    record = {
        "hosts": sorted(kept.hosts),
        "made": kept.made.timestamp(),
        "renewAt": kept.renew_at.timestamp(),
        "sha256": kept.digests,
    }
    return json.dumps(record, indent=2).encode()


def _server_context(server_file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(server_file)
    return context


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _certifi() -> bytes:
    import certifi

    return Path(certifi.where()).read_bytes()


def _certificates_in(path: str) -> bytes | None:
    """The content of a PEM file; ``None`` if there are no certificates to be read there."""
    try:
        content = Path(path).read_bytes() if path else b""
    except OSError:
        return None
    return content if _BEGIN in content else None


def _joined(trusted: bytes, ours: bytes) -> bytes:
    return trusted.rstrip() + b"\n\n# The local authority of gemlive-emulator\n" + ours


def _write_if_other(path: Path, content: bytes) -> Path:
    try:
        if path.read_bytes() == content:
            return path
    except OSError:
        pass
    _write(path, content)
    return path


def _write(path: Path, content: bytes) -> None:
    """Write a file that only this user can read, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _temporary_folder() -> Path:
    """A folder for this user where anyone may write: the same each time, unless somebody else has taken its name."""
    user = str(os.getuid()) if sys.platform != "win32" else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir()) / f"gemlive-emulator-{user}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    ours = folder.is_dir() and not folder.is_symlink()
    if sys.platform != "win32":
        ours = ours and found.st_uid == os.getuid() and not found.st_mode & 0o077
    return folder if ours else Path(tempfile.mkdtemp(prefix="gemlive-emulator-"))


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time. The system lets go of the lock when its holder dies."""
    with os.fdopen(os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            try:
                yield
            finally:
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
            yield
