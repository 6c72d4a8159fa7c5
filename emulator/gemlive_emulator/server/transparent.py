"""The environment in which a program that dials Google's own hosts reaches the emulator, with nothing changed in it.

Python and Node load a hook (``server/preload``), Chromium is told by flags, and any other program by a hosts file in a
namespace of its own. Never on by itself: each hook does nothing unless its variable is set.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from gemlive_emulator.server.environment import Address
from gemlive_emulator.server.preload.gemlive_emulator_hosts import HOSTS, OF_A_REGION, VARIABLE, WEB_PORTS

PRELOAD = Path(__file__).parent / "preload"
RULES_VARIABLE = "GEMLIVE_EMULATOR_HOST_RULES"
KEY_HASH_VARIABLE = "GEMLIVE_EMULATOR_KEY_HASH"

MORE_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Where ``requests`` and curl look first; curl does not read ``SSL_CERT_FILE`` where there is ``SSL_CERT_DIR``."""

REGIONS = (
    "africa-south1", "asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2", "asia-northeast3",
    "asia-south1", "asia-southeast1", "asia-southeast2", "australia-southeast1", "australia-southeast2",
    "europe-central2", "europe-north1", "europe-southwest1", "europe-west1", "europe-west2", "europe-west3",
    "europe-west4", "europe-west6", "europe-west8", "europe-west9", "europe-west12", "me-central1", "me-central2",
    "me-west1", "northamerica-northeast1", "northamerica-northeast2", "southamerica-east1", "southamerica-west1",
    "us-central1", "us-east1", "us-east4", "us-east5", "us-south1", "us-west1", "us-west2", "us-west3", "us-west4",
)  # fmt: skip
"""Regions of Vertex AI, for what knows no patterns: hosts files and ``NO_PROXY``. The hooks take any region."""

ALL_HOSTS = (*HOSTS, *(f"{region}{OF_A_REGION}" for region in REGIONS))


def trusting_environment(address: Address, present: Mapping[str, str]) -> dict[str, str]:
    """The variables that differ from ``present`` for programs that come here when they dial Google's hosts.

    They pass by no proxy, and what asks with ``requests`` or curl has to trust us as well. The names of the regions are
    written out for proxies; a pattern for them would take all of ``googleapis.com`` past the proxy.

    Args:
        address: the running emulator.
        present: the environment with what :func:`client_environment` says laid over it.

    Raises:
        EmulatorError: there is no place for certificates.
        OSError: the certificate cannot be read.
    """
    listed = [name for name in present.get("NO_PROXY", "").split(",") if name]
    ours = address.certificates
    return {
        **dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(dict.fromkeys((*listed, *ALL_HOSTS)))),
        **{name: str(ours.added_to(present.get(name, "")) or present["SSL_CERT_FILE"]) for name in MORE_BUNDLES},
        KEY_HASH_VARIABLE: ours.key_hash,
    }


def transparent_environment(address: Address, present: Mapping[str, str]) -> dict[str, str]:
    """As :func:`trusting_environment`, and the hooks and rules that lead connections to Google's hosts here."""
    place = urlsplit(address.url).netloc
    return trusting_environment(address, present) | {
        VARIABLE: place,
        "PYTHONPATH": _with_first(str(PRELOAD), present.get("PYTHONPATH", "")),
        "NODE_OPTIONS": _with_hook(present.get("NODE_OPTIONS", "")),
        RULES_VARIABLE: host_rules(place),
    }


def host_rules(place: str) -> str:
    """The value of Chromium's ``--host-resolver-rules`` that leads Google's Live hosts to ``HOST:PORT``."""
    hosts = (*HOSTS, f"*{OF_A_REGION}")
    return ",".join(f"MAP {host}:{port} {place}" for host in hosts for port in WEB_PORTS)


def hosts_file(known: str) -> str:
    """A hosts file that says what ``known`` says, and that Google's Live hosts are this machine."""
    return f"{known.rstrip()}\n" + "".join(f"127.0.0.1 {host}\n" for host in ALL_HOSTS)


def _with_first(folder: str, path: str) -> str:
    """A search path that begins with ``folder`` and has it once."""
    others = [other for other in path.split(os.pathsep) if other and other != folder]
    return os.pathsep.join([folder, *others])


def _with_hook(options: str) -> str:
    """``NODE_OPTIONS`` with the hook. Node takes a path with blanks in double quotes, where a backslash quotes."""
    path = str(PRELOAD / "node.cjs").replace("\\", "\\\\").replace('"', '\\"')
    hook = f'--require "{path}"'
    return options if hook in options else f"{options} {hook}".strip()
