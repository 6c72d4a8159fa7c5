"""The service behind a recording proxy: where it is, what of a request goes there, what may not be written. Pure."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.errors import ClientFault, EmulatorError
from gemlive_emulator.wire.json_text import parse

Pairs = Sequence[tuple[str, str]]
"""Headers, each with its value; a name may be there more than once."""

RIGHT = "give it like wss://generativelanguage.googleapis.com, or http://127.0.0.1:8765 for another emulator"

LIVE = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
HTTP = {"ws": "http", "wss": "https", "http": "http", "https": "https"}

HIDDEN = "<hidden>"
"""What stands for a secret."""
SHORTEST_SECRET = 8
"""Shorter ones are no keys of a real service, and words of the conversation could be the same."""

_OF_ONE_HOP = re.compile(
    r"(?i)connection|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|content-length"
    r"|accept-encoding|sec-websocket-.*"
)
"""Headers that speak of one connection only, or that each connection makes anew."""
_OF_CREDENTIALS = re.compile(r"(?i)authorization|x-goog-api-key|api[_-]?key|access_?token|cookie")
_NAMES_OF_CREDENTIALS = ("key", "apikey", "api_key", "access_token", "token")
_LOOKS_SECRET = re.compile(r"\b(?:AIza[0-9A-Za-z_-]{30,}|ya29\.[0-9A-Za-z._-]{6,}|auth_tokens/[0-9A-Za-z._~+/=-]{6,})")


@dataclass(frozen=True, slots=True)
class Upstream:
    """A service that speaks the Live API.

    Attributes:
        scheme: ``ws``, ``wss``, ``http`` or ``https``, as it was given.
        authority: host and port.
        prefix: what stands before every path.
    """

    scheme: str
    authority: str
    prefix: str = ""

    @classmethod
    def at(cls, url: str) -> "Upstream":
        """The service at an address.

        Raises:
            EmulatorError: it is no address of a service; says what would be one.
        """
        parts = _parts(url)
        if parts is None or parts.scheme not in LIVE or not parts.hostname:
            raise EmulatorError(f"the upstream is no address; {RIGHT}")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise EmulatorError(
                f"the upstream has more than an address in it; {RIGHT}: the key is the client's to send"
            )
        # The whole address of the service: its path is the client's to give.
        prefix = re.split(r"/+ws/|/google\.", parts.path, maxsplit=1)[0].rstrip("/")
        return cls(parts.scheme, parts.netloc, prefix)

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        return urlsplit(f"//{self.authority}").hostname in ("localhost", "127.0.0.1", "::1")

    @property
    def shown(self) -> str:
        """The address for a person."""
        return f"{LIVE[self.scheme]}://{self.authority}{self.prefix}"

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken there."""
        return LIVE[self.scheme] == "wss"

    def live(self, target: str) -> str:
        """What is dialled for the target of an upgrade request.

        Raises:
            EmulatorError: the target is none that belongs behind an address.
        """
        return f"{LIVE[self.scheme]}://{self.authority}{self.prefix}{_behind(target)}"

    def http(self, target: str) -> str:
        """The same for an HTTP request.

        Raises:
            EmulatorError: as :meth:`live`.
        """
        return f"{HTTP[self.scheme]}://{self.authority}{self.prefix}{_behind(target)}"


def passed_on(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers that go on to the other side: credentials, versions and all else that is not of one connection."""
    return [(name, value) for name, value in headers if not _OF_ONE_HOP.fullmatch(name)]


class Secrets:
    """What of one client's credentials may not be written anywhere.

    Args:
        target: of its request, with the query.
        headers: of its request.
    """

    def __init__(self, target: str, headers: Iterable[tuple[str, str]]) -> None:
        queried = (
            value for name, value in parse_qsl(target.partition("?")[2]) if name.lower() in _NAMES_OF_CREDENTIALS
        )
        sent = (value for name, value in headers if _OF_CREDENTIALS.search(name))
        words = (word for value in (*queried, *sent) for word in (value, *re.split(r"[\s;,=]+", value)))
        secret = {form for word in words for form in (word, unquote(word)) if len(word) >= SHORTEST_SECRET}
        self._secret = sorted(secret, key=len, reverse=True)

    def out_of(self, payload: bytes) -> bytes:
        """A message without what is secret; as it was if there is nothing."""
        text = payload.decode("utf-8", "surrogateescape")
        try:
            value = parse(payload, [])
        except ClientFault:
            return self.out_of_text(text).encode("utf-8", "surrogateescape")
        bare = self._bare(value)
        return payload if bare == value else json.dumps(bare, separators=(",", ":")).encode()

    def out_of_text(self, text: str) -> str:
        """A text without what is secret."""
        return _LOOKS_SECRET.sub(HIDDEN, self._out_of_sound(text))

    def _out_of_sound(self, text: str) -> str:
        """A text without the very credentials: sound may look like anybody's, but not like these."""
        for secret in self._secret:
            text = text.replace(secret, HIDDEN)
        return text

    def _bare(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {self.out_of_text(key): self._bare(inside, key) for key, inside in value.items()}
        if isinstance(value, list):
            return [self._bare(inside) for inside in value]
        if not isinstance(value, str):
            return value
        if name == "data":
            return self._out_of_sound(value)
        return HIDDEN if _OF_CREDENTIALS.fullmatch(name) else self.out_of_text(value)


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url if "://" in url else f"ws://{url}")
        return parts if parts.port != 0 else None
    except ValueError:  # a port that is no number, half a pair of brackets
        return None


def _behind(target: str) -> str:
    """A target, which may not change where a request goes."""
    if not target.startswith("/"):
        raise EmulatorError("the target of the request is no path")
    return target
