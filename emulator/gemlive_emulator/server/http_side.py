"""What is no WebSocket: uvicorn's HTTP protocol with our application. Slow to import, so only at the first request."""

import asyncio
import contextlib

import h11
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from gemlive_emulator.server.redact import protocol_logger

LEAVING = "gemlive_emulator.leaving"
"""In the state of a request: an event that is set when its client has ended its side, and may be gone altogether."""

KEEP_ALIVE_SECONDS = 15
REQUEST_SECONDS = 30.0
"""How long a later request on a kept connection, its body included, may take to arrive."""


class HttpSide:
    """Serves ordinary HTTP on connections that the front door hands over."""

    def __init__(self, app: ASGIApp) -> None:
        self._state = ServerState()
        self._config = Config(
            _without_lost_clients(app),
            http=HttpConnection,
            ws="none",
            lifespan="off",
            interface="asgi3",
            # uvicorn would change the process's loggers otherwise; the connections get loggers of ours.
            log_config=None,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        self._config.load()

    @property
    def connections(self) -> int:
        """How many HTTP connections are open, idle ones included."""
        return len(self._state.connections)

    def connection(self) -> asyncio.Protocol:
        """A protocol for one connection."""
        return HttpConnection(self._config, self._state, {})

    async def close(self, grace: float) -> None:
        """Close idle connections now, busy ones after their answer, and all after ``grace`` seconds."""
        for connection in self._connections():
            connection.finish()
        if self._state.tasks:
            await asyncio.wait(list(self._state.tasks), timeout=grace)
        for connection in self._connections():
            connection.transport.abort()
        for task in list(self._state.tasks):
            task.cancel()

    def _connections(self) -> list["HttpConnection"]:
        return [connection for connection in self._state.connections if isinstance(connection, HttpConnection)]


def _without_lost_clients(app: ASGIApp) -> ASGIApp:
    """The same, but a client that leaves in the middle of its request, or is cut off when we stop, is no error."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        # The task of a request is uvicorn's; who cancels it are we, in close.
        with contextlib.suppress(ClientDisconnect, asyncio.CancelledError):
            await app(scope, receive, send)

    return serve


class HttpConnection(H11Protocol):
    """One HTTP connection; uvicorn's, with our loggers and a limit on how slowly a request may arrive."""

    def __init__(self, config: Config, state: ServerState, app_state: dict[str, object]) -> None:
        self._leaving = asyncio.Event()
        super().__init__(config, state, {**app_state, LEAVING: self._leaving})
        self.logger = protocol_logger()
        self.access_log = False
        self._arriving: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Take bytes; the time limit runs while a request is not all there."""
        super().data_received(data)
        self._watch()

    def eof_received(self) -> bool:  # type: ignore[override] # uvicorn's answers nothing
        """The client has ended its side; over plain TCP it may still wait for the answer that is under way."""
        self._leaving.set()
        if self.scheme == "https" or self.cycle is None or self.cycle.response_complete:
            return False
        if self.conn.their_state is h11.SEND_BODY:  # What is missing of the body will never come.
            return False
        self.cycle.keep_alive = False
        return True

    def on_response_complete(self) -> None:
        """Go on to what came behind the request that has its answer now."""
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        if self.transport.is_closing() or self._all_there():
            self._stop_limit()
        elif self._arriving is None:
            self._arriving = self.loop.call_later(REQUEST_SECONDS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._leaving.set()
        self._stop_limit()
        super().connection_lost(exc)

    def finish(self) -> None:
        """Close now if idle, else after the answer that is under way."""
        with contextlib.suppress(h11.LocalProtocolError):
            self.shutdown()

    def _all_there(self) -> bool:
        if self.conn.their_state is h11.IDLE:
            return not self.conn.trailing_data[0]
        return self.conn.their_state is not h11.SEND_BODY

    def _stop_limit(self) -> None:
        if self._arriving:
            self._arriving.cancel()
            self._arriving = None

    def _too_slow(self) -> None:
        self.transport.abort()
