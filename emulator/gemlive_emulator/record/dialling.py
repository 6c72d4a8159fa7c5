"""Calling the service behind the proxy, by WebSocket and by HTTP."""

import ssl
import urllib.request
from functools import cache
from typing import IO

from websockets.asyncio.client import ClientConnection, connect

from gemlive_emulator.record.upstream import Upstream, passed_on
from gemlive_emulator.records import dataclass
from gemlive_emulator.server.redact import protocol_logger

OPEN_SECONDS = 20.0
CLOSE_SECONDS = 2.0
REQUEST_SECONDS = 60.0


class _Straight(connect):
    """Follows no redirection: the client's credentials are for the service that was named."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Give up."""
        return exc


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an HTTP request."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


async def dial(upstream: Upstream, target: str, headers: list[tuple[str, str]], max_message: int) -> ClientConnection:
    """Open a WebSocket at the service.

    Raises:
        EmulatorError: the target is no path.
        OSError: it cannot be reached.
        WebSocketException: it refuses; :class:`websockets.exceptions.InvalidStatus` says with which answer. Or the
            target is none for a WebSocket, or what answers does not speak it.
    """
    return await _Straight(
        upstream.live(target),
        additional_headers=passed_on(headers),
        user_agent_header=None,
        compression=None,
        open_timeout=OPEN_SECONDS,
        # Each side asks its own peer whether it is alive, and not this one.
        ping_interval=None,
        close_timeout=CLOSE_SECONDS,
        max_size=max_message,
        ssl=trust() if upstream.secure else None,
        proxy=None if upstream.is_local else True,
        logger=protocol_logger(),
    )


def ask(upstream: Upstream, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> Answered:
    """Send an HTTP request to the service, and wait for the answer, whatever it is. Blocks.

    Raises:
        EmulatorError: the target is no path.
        OSError: it cannot be reached.
        HTTPException: what answers does not speak HTTP.
    """
    request = urllib.request.Request(upstream.http(target), body or None, method=method)
    for name, value in passed_on(headers):
        request.add_unredirected_header(name, value)
    handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=trust()), _AsItIs()]
    if upstream.is_local:
        handlers.append(urllib.request.ProxyHandler({}))
    with urllib.request.build_opener(*handlers).open(request, timeout=REQUEST_SECONDS) as answer:
        return Answered(answer.status, passed_on(answer.headers.items()), answer.read())


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Takes refusals and redirections for answers, which are the client's to judge."""

    def http_response(self, request: urllib.request.Request, response: IO[bytes]) -> IO[bytes]:
        """The answer as it is."""
        return response

    https_response = http_response


@cache
def trust() -> ssl.SSLContext:
    """The authorities of this machine, or those that ``SSL_CERT_FILE`` names, and certifi's beside them."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
