"""The environment that points an unmodified client of the Gemini Live API at the emulator.

What each SDK reads was measured with google-genai 0.3 to 3.6 and @google/genai 0.14 to 3.1:

* google-genai for Python dials ``wss`` whatever scheme its base URL has, but takes the scheme as it is for REST. The
  emulator answers TLS and plain HTTP on one port, so one ``http://`` URL serves both, and trust comes from
  ``SSL_CERT_FILE``. The JavaScript SDK maps ``http`` to ``ws``.
* With Vertex AI chosen, a base URL, and project and location told only by the environment, Python forgets project and
  location and dials the base URL as it stands, where ``http`` is no scheme. So with ``vertex`` it is ``wss``.
* ``GOOGLE_VERTEX_BASE_URL`` is read only where Vertex AI is chosen in code; where the environment chooses it, Python
  reads ``GOOGLE_GEMINI_BASE_URL``. Both are set, always.
* Of the credentials that Google's auth libraries find by themselves, a workload identity file is the one whose token
  address both libraries take from the file; a service account's is fixed in the JavaScript one.

``REQUESTS_CA_BUNDLE`` is left alone: what the SDKs ask with ``requests`` goes over plain HTTP.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import certifi

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.tls import Certificates

PLACEHOLDER_KEY = "gemlive-emulator-placeholder-key"
"""What goes where an SDK insists on an API key; the emulator takes any unless ``--keys`` is given."""

KEY_NAMES = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
"""Both get the placeholder: google-genai up to 1.18 and many Python applications read the first only, the JavaScript of
Google's notebooks the second only. That newer SDKs warn of two keys is the price."""
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
REAL_KEY_START = "AIza"
_POOL = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/emulator"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the emulator is and whom to trust for it.

    Attributes:
        url: ``http://HOST:PORT``, no slash at the end.
        certificates: what it shows, and who signed that.
        folder: where credentials are written for clients to read.
    """

    url: str
    certificates: Certificates
    folder: Path


def client_environment(address: Address, present: Mapping[str, str], *, vertex: bool = False) -> dict[str, str]:
    """The variables that differ from ``present`` for a client of the emulator at ``address``.

    Args:
        address: the running emulator.
        present: the environment as it is; what it says of keys, certificates and proxies is kept and added to.
        vertex: choose Vertex AI, with a project, a location and credentials that need no Google.

    Returns:
        Name to value, to be laid over ``present``.

    Raises:
        EmulatorError: there is no place for certificates.
        OSError: the folder cannot be written.
    """
    ours = address.certificates
    base_url = _with_scheme(address.url, "wss") if vertex else address.url
    told = {
        "GOOGLE_GEMINI_BASE_URL": base_url,
        "GOOGLE_VERTEX_BASE_URL": base_url,
        "SSL_CERT_FILE": str(ours.added_to(present.get("SSL_CERT_FILE", "")) or ours.added_to(certifi.where())),
        "NODE_EXTRA_CA_CERTS": str(ours.added_to(present.get("NODE_EXTRA_CA_CERTS", "")) or ours.ca_file),
    }
    told |= _past_proxies(present, urlsplit(address.url).hostname or "")
    if not any(present.get(name) for name in KEY_NAMES):
        told |= dict.fromkeys(KEY_NAMES, PLACEHOLDER_KEY)
    if vertex:
        told |= _vertex(address, present)
    return told


def wants_vertex(present: Mapping[str, str]) -> bool:
    """Whether ``present`` chooses Vertex AI, read as the SDKs read it: the newer name goes first."""
    chosen = present.get("GOOGLE_GENAI_USE_ENTERPRISE", present.get("GOOGLE_GENAI_USE_VERTEXAI", ""))
    return chosen.lower() in ("true", "1")


def real_keys(present: Mapping[str, str]) -> list[str]:
    """The names of the variables in ``present`` whose value looks like a real Google API key."""
    return [name for name in KEY_NAMES if present.get(name, "").startswith(REAL_KEY_START)]


def _with_scheme(url: str, scheme: str) -> str:
    return urlsplit(url)._replace(scheme=scheme).geturl()


def _past_proxies(present: Mapping[str, str], host: str) -> dict[str, str]:
    """``NO_PROXY`` in both spellings, with our hosts added to what either says; programs differ in which they read."""
    listed = [name.strip() for spelling in ("NO_PROXY", "no_proxy") for name in present.get(spelling, "").split(",")]
    names = ",".join(dict.fromkeys(name for name in (*listed, *LOCAL_HOSTS, host) if name))
    return {"NO_PROXY": names, "no_proxy": names}


def _vertex(address: Address, present: Mapping[str, str]) -> dict[str, str]:
    return {
        "GOOGLE_GENAI_USE_VERTEXAI": "true",
        "GOOGLE_CLOUD_PROJECT": present.get("GOOGLE_CLOUD_PROJECT") or "emulator",
        "GOOGLE_CLOUD_LOCATION": present.get("GOOGLE_CLOUD_LOCATION") or "us-central1",
        "GOOGLE_APPLICATION_CREDENTIALS": str(_credentials(address)),
    }


def _credentials(address: Address) -> Path:
    """Workload identity credentials whose token address is the emulator; the file names itself as subject token."""
    path = address.folder / f"credentials-{urlsplit(address.url).port}.json"
    told = {
        "type": "external_account",
        "audience": f"{_POOL}/providers/emulator",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{address.url}/token",
        "credential_source": {"file": str(path)},
    }
    path.write_text(json.dumps(told, indent=2), encoding="utf-8")
    return path
