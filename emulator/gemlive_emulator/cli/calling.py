"""A connection to a Live API server, ours or the real one: where it is dialled, and how a talk is driven over it."""

import asyncio
import json
import ssl
from collections.abc import Callable, Iterable
from dataclasses import field
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

import click
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from gemlive_emulator.cli.conversing import Send, Step, Talk
from gemlive_emulator.cli.told import Told
from gemlive_emulator.records import dataclass
from gemlive_emulator.server.clock import RealClock
from gemlive_emulator.server.redact import clean

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
_METHOD = "BidiGenerateContent"
_VERTEX = "LlmBidiService"
_SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
_LOCAL = ("127.0.0.1", "::1", "localhost")
_OPEN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where to call, and with which key.

    Attributes:
        url: what is dialled.
        shown: the same for a person, without the query: a key may stand there.
        headers: carry the key, which is never shown.
    """

    url: str = field(repr=False)
    shown: str
    headers: dict[str, str] = field(repr=False)


def address(url: str, key: str | None) -> Address:
    """Where a base URL, or the whole URL of a service, leads.

    The key goes where the service expects it: as a bearer of Vertex AI, else as an API key.

    Raises:
        ValueError: it is no address; says what would be one.
    """
    parts = _parts(url)
    if parts is None:
        right = f"ws://127.0.0.1:8765 or wss://generativelanguage.googleapis.com{PATH}"
        raise ValueError(f"{clean(url)!r} is no address; it has to be like {right}")
    path = parts.path.rstrip("/")
    if _METHOD not in path:
        path += PATH
    dialled = urlunsplit((_SCHEMES[parts.scheme], parts.netloc, path, parts.query, ""))
    return Address(dialled, dialled.partition("?")[0].partition(PATH)[0], _credentials(path, key))


def _parts(url: str) -> SplitResult | None:
    """The parts of a URL that can be dialled."""
    try:
        parts = urlsplit(url if "://" in url else f"ws://{url}")
        usable = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, half a pair of brackets
        return None
    return parts if usable else None


def _credentials(path: str, key: str | None) -> dict[str, str]:
    if not key:
        return {}
    return {"Authorization": f"Bearer {key}"} if _VERTEX in path else {"x-goog-api-key": key}


async def call(address: Address, talk: Talk, tell: Callable[[Told], None]) -> None:
    """Hold a talk, to its end or until the server closes.

    Raises:
        click.ClickException: nothing answers there, or the server refuses the connection; says why and what to do.
    """
    try:
        socket = await connect(
            address.url,
            additional_headers=address.headers,
            ssl=_trust() if address.url.startswith("wss:") else None,
            compression=None,
            open_timeout=_OPEN_SECONDS,
            close_timeout=1.0,
            max_size=None,
            # Unbounded, so that reading never waits while sending does.
            max_queue=None,
            proxy=None if urlsplit(address.url).hostname in _LOCAL else True,
        )
    except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as error:
        raise click.ClickException(f"{address.shown}: {_why_refused(error)}") from error
    async with socket:
        tell(Told(0.0, "connected", address.shown, {"url": address.shown}))
        await _drive(socket, talk, tell)


async def _drive(socket: ClientConnection, talk: Talk, tell: Callable[[Told], None]) -> None:
    clock = RealClock()
    try:
        await _take(socket, talk.open(clock.now()), tell)
        while not talk.over:
            message = await _received(socket, talk.deadline - clock.now())
            if message is not None:
                await _take(socket, talk.hear(_parsed(message), clock.now()), tell)
            await _take(socket, talk.wake(clock.now()), tell)
    except ConnectionClosed as closed:
        # A connection that breaks has no close frame.
        code, reason = (None, "") if closed.rcvd is None else (closed.rcvd.code, closed.rcvd.reason)
        await _take(socket, talk.closed(code, clean(reason), clock.now()), tell)


async def _received(socket: ClientConnection, seconds: float) -> str | bytes | None:
    """The next message, ``None`` if there is none by then. One that waits is taken even when no time is left."""
    try:
        async with asyncio.timeout(None if seconds == float("inf") else seconds):
            return await socket.recv()
    except TimeoutError:
        return None


async def _take(socket: ClientConnection, steps: Iterable[Step], tell: Callable[[Told], None]) -> None:
    for step in steps:
        if isinstance(step, Send):
            await socket.send(step.frame)
        else:
            tell(step)


def _parsed(message: str | bytes) -> Any:
    try:
        return json.loads(message)
    except ValueError:
        return message if isinstance(message, str) else message.decode("utf-8", "replace")


def _trust() -> ssl.SSLContext:
    """The authorities of this machine, or those that ``SSL_CERT_FILE`` names, and certifi's beside them."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _why_refused(error: Exception) -> str:
    if isinstance(error, InvalidStatus):
        body = (error.response.body or b"").decode("utf-8", "replace")
        return clean(f"refused with HTTP {error.response.status_code} {body[:300]}").rstrip()
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = 'for an emulator, run eval "$(gemlive-emulator env)" first, or use ws://'
        return f"its certificate is not trusted ({error.verify_message}); {hint}"
    if isinstance(error, TimeoutError):
        return f"no answer within {_OPEN_SECONDS:g} s"
    if isinstance(error, OSError):
        why = "nothing listens there" if isinstance(error, ConnectionRefusedError) else error.strerror or str(error)
        return f"no connection ({why}); an emulator starts with `gemlive-emulator serve`"
    return clean(f"no WebSocket answers ({error})")
