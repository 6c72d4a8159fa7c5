"""Who may knock: the rules for ``Host`` and ``Origin``. Pure, and made for input that wants to break it.

A browser lets any page open a WebSocket or send a simple request to ``localhost``. ``Host`` stops DNS rebinding (a
foreign name that resolves to this machine), ``Origin`` stops a foreign page. Programs that are no browser send none.
"""

import ipaddress
import re
from collections.abc import Sequence

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.refusal import Refusal

_PORT = r"(?::(?P<port>[0-9]{0,5}))?"
_NAME = r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?)"
_HOST = re.compile(rf"{_NAME}{_PORT}")
_ORIGIN = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*://{_NAME}{_PORT}")
_QUOTED_AT_MOST = 100

LOCAL_NAMES = ("localhost", "*.localhost", "host.docker.internal")
GOOGLE_NAMES = ("*.googleapis.com",)
"""A client whose address is fixed in its code comes here by way of a hosts file, and then says Google's name."""


@dataclass(frozen=True, slots=True)
class Visitors:
    """Who may connect beside local ones.

    Attributes:
        hosts: further names that ``Host`` may hold, without port; ``*.name`` for all below a name, ``*`` for any.
        origins: further values of ``Origin``, as browsers send them (``https://app.example``, ``null``); ``*`` for any.
    """

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    def refusal(self, hosts: Sequence[str], origins: Sequence[str]) -> Refusal | None:
        """Why a request may not come in; ``None`` if it may.

        Args:
            hosts: the values of all ``Host`` headers of the request.
            origins: the values of all ``Origin`` headers.

        Returns:
            400 for what is no single, well-formed host; 403 for a host or origin that is not trusted.
        """
        if len(hosts) != 1:
            return Refusal(400, f"The request has {len(hosts)} Host headers; it has to have exactly one.")
        host = _name(_HOST, hosts[0])
        if host is None:
            return Refusal(400, f"The Host header {_quoted(hosts[0])} is not a name or address with an optional port.")
        if not self._trusts_host(host):
            return Refusal(
                403,
                f"The Host {_quoted(hosts[0])} is not one of this emulator's. It answers to localhost, IP addresses and"
                f" Google's own names; to let another name in, start it with --allow-host {host}.",
            )
        if not origins:
            return None
        return self._origin_refusal(origins, host)

    def _trusts_host(self, host: str) -> bool:
        return _is_address(host) or any(
            _matches(host, pattern.lower()) for pattern in (*LOCAL_NAMES, *GOOGLE_NAMES, *self.hosts)
        )

    def _origin_refusal(self, origins: Sequence[str], host: str) -> Refusal | None:
        if len(origins) != 1:
            return Refusal(403, f"The request has {len(origins)} Origin headers; it may have one.")
        origin = origins[0]
        if self._trusts_origin(origin, host):
            return None
        return Refusal(
            403,
            f"The web page at Origin {_quoted(origin)} may not use this emulator; pages of localhost may. "
            f"To let it in, start the emulator with --allow-origin {_quoted(origin)}.",
        )

    def _trusts_origin(self, origin: str, host: str) -> bool:
        if "*" in self.origins or origin.lower() in (allowed.lower().rstrip("/") for allowed in self.origins):
            return True
        name = _name(_ORIGIN, origin)
        return name is not None and (name == host or _is_loopback(name))


def _name(pattern: re.Pattern[str], value: str) -> str | None:
    """The host of a header's value in lower case, without port, brackets and final dot; ``None`` if malformed."""
    found = pattern.fullmatch(value)
    if found is None or int(found["port"] or 0) > 65535:
        return None
    return found["name"].strip("[]").removesuffix(".").lower()


def _is_address(name: str) -> bool:
    """Whether it is an IP literal: rebinding needs a name. ``127.0.0.1.evil.example`` is one."""
    return _address(name) is not None


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _is_loopback(name: str) -> bool:
    """Localhost by name or address. Any scheme will do: apps in a web view have ``capacitor://localhost`` and such."""
    address = _address(name)
    return address.is_loopback if address else name == "localhost" or name.endswith(".localhost")


def _matches(name: str, pattern: str) -> bool:
    if pattern.startswith("*"):
        return name.endswith(pattern[1:]) and name != pattern[1:]
    return name == pattern


def _quoted(value: str) -> str:
    """A client's words as they may stand in a message: printable ASCII, not too long."""
    return ascii(value[:_QUOTED_AT_MOST])
