"""Who may use the control interface. Pure; host and origin were checked before, as for everything on this port.

The attacker is a web page in the developer's browser, or somebody in the same network. A page can send a simple request
anywhere; it cannot send JSON to another origin unless that answers its preflight, and nothing here does.
"""

import hmac
import ipaddress

from starlette.datastructures import Headers

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.control.refused import Refused

READING = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""

_OPEN = (
    "give the emulator a token (GEMLIVE_EMULATOR_CONTROL_TOKEN, --control-token) "
    "and send it as the header Authorization: Bearer TOKEN"
)


@dataclass(frozen=True, slots=True)
class Guard:
    """The rules of one emulator.

    Attributes:
        token: what a request has to bring; ``None`` lets all requests of this machine in, and no others.
    """

    token: str | None = None

    def refusal(self, method: str, peer: str, headers: Headers) -> Refused | None:
        """Why a request is not carried out; ``None`` if it may be.

        Args:
            method: of the request, in capitals.
            peer: the address that it came from.
            headers: of the request.
        """
        return self._stranger(peer, headers) or _page(headers) or _no_json(method, headers)

    def _stranger(self, peer: str, headers: Headers) -> Refused | None:
        if self.token is None:
            if _is_loopback(peer):
                return None
            return Refused(403, "without a token, only the machine that the emulator runs on may control it", _OPEN)
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self.token.encode()):
            return None
        wrong = "the token is not the emulator's" if given else "this emulator wants a token"
        right = "send the one it was started with as the header Authorization: Bearer TOKEN"
        return Refused(401, wrong, right, {"WWW-Authenticate": "Bearer"})


def _is_loopback(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _page(headers: Headers) -> Refused | None:
    """A page of another site; browsers say so by themselves, and no page can make them say otherwise."""
    if all(site.lower() != "cross-site" for site in headers.getlist("sec-fetch-site")):
        return None
    return Refused(
        403, "a web page of another site may not control the emulator", "call it from a program, or a page of localhost"
    )


def _no_json(method: str, headers: Headers) -> Refused | None:
    """A form or plain text is what a page may send without being asked."""
    kinds = [kind.partition(";")[0].strip().lower() for kind in headers.getlist("content-type")]
    if method in READING or kinds == ["application/json"]:
        return None
    wrong = f"the body is declared as {', '.join(map(ascii, kinds))[:100]}" if kinds else "the body has no content type"
    return Refused(415, wrong, "send JSON, with the header Content-Type: application/json")
