"""The one port: ws, wss, http and https, told apart by the first byte and the head of the first request.

google-genai for Python dials ``wss`` whatever scheme its base URL has, but sends REST calls to the same URL in plain
HTTP (measured, 0.3 to 3.4), so one port has to answer all four.
"""

import asyncio
import enum
import socket
import ssl
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, cast

from gemlive_emulator.records import dataclass
from gemlive_emulator.server import head, target
from gemlive_emulator.server.listener import Listener, bind
from gemlive_emulator.server.origin import Visitors
from gemlive_emulator.server.redact import quote, redacting_logger
from gemlive_emulator.server.refusal import Refusal
from gemlive_emulator.wire.endpoint import Endpoint

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from gemlive_emulator.server.http_side import HttpSide

TLS_HANDSHAKE = b"\x16"
"""The first byte of a TLS ClientHello record (RFC 8446, s. 5.1); no HTTP method starts with it."""
HEAD_SECONDS = 10.0
"""How long a peer may take for each of: its first byte, the TLS handshake, the head of its first request."""
TLS_SHUTDOWN_SECONDS = 1.0
LINGER_SECONDS = 1.0
"""How long a refused peer may go on sending: closing on unread bytes resets the connection, and the answer is lost."""
LOOK_SECONDS = 0.005


class LiveProtocol(Protocol):
    """An asyncio protocol, plain or buffered, that can also be given bytes that were read before it came."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport, before anything else."""

    def data_received(self, data: bytes) -> None:
        """Take the raw head of the upgrade request, whole, and what followed it."""


LiveFactory = Callable[[Endpoint], LiveProtocol]
"""Makes the protocol of one WebSocket connection for where its client knocked."""
AppFactory = Callable[[], "ASGIApp"]
"""Makes the HTTP application; called once, in a thread, at the first HTTP request."""
ContextSource = Callable[[], ssl.SSLContext]
"""Gives the server's TLS context; called for each TLS connection, the first time in a thread, so it has to cache."""

_log = redacting_logger("front_door")


@dataclass(frozen=True, slots=True)
class Connections:
    """How many connections are open.

    Attributes:
        arriving: have not sent the head of a request yet.
        http: are served by the HTTP application; kept-alive ones count.
        total: all sockets, live sessions included.
    """

    arriving: int
    http: int
    total: int


class FrontDoorServer:
    """Listens, and hands each connection to who serves it.

    Args:
        live: makes the protocol of a WebSocket connection.
        app: makes the HTTP application.
        tls: gives the TLS context; ``None`` closes TLS connections at once.
        visitors: which hosts and origins may come in.
        head_seconds: see :data:`HEAD_SECONDS`.
    """

    def __init__(
        self,
        live: LiveFactory,
        app: AppFactory,
        *,
        tls: ContextSource | None = None,
        visitors: Visitors | None = None,
        head_seconds: float = HEAD_SECONDS,
    ) -> None:
        self.live = live
        self.visitors = visitors or Visitors()
        self.head_seconds = head_seconds
        self.arriving: set[FrontDoor] = set()
        self._app = app
        self._tls = tls
        self._listeners: list[Listener] = []
        # Weak, and asked whether they are open: a socket outlives no transport, whoever serves it by then.
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._tls_ready = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._not_taken: set[socket.socket] = set()
        self._http: asyncio.Future[HttpSide] | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> list[tuple[str, int]]:
        """Listen.

        Args:
            host: ``localhost`` for both loopback addresses (where IPv6 exists), an address, or a name.
            port: 0 for a free one.

        Returns:
            The addresses listened at; all have the same port.

        Raises:
            EmulatorError: the address cannot be had.
        """
        bound = await bind(host, port)
        self._listeners += [Listener(listening, self._arrived, self.head_seconds) for listening in bound]
        return [listening.getsockname()[:2] for listening in bound]

    def take(self, listening: socket.socket) -> None:
        """Accept on a socket that listens already, for example one of another network namespace."""
        listening.setblocking(False)
        self._listeners.append(Listener(listening, self._arrived, self.head_seconds))

    @property
    def connections(self) -> Connections:
        """How many connections are open, by what they are."""
        http = self._http_side()
        return Connections(
            arriving=sum(listener.silent for listener in self._listeners) + len(self._tasks) + len(self.arriving),
            http=http.connections if http else 0,
            total=sum(listener.silent for listener in self._listeners) + len(self._open()),
        )

    def stop_listening(self) -> None:
        """Accept nothing more and drop who has not asked for anything yet. Live sessions and HTTP answers go on."""
        for listener in self._listeners:
            listener.close()
        for task in self._tasks:
            task.cancel()
        # A task that is cancelled before its first step never runs, not even its clean-up.
        while self._not_taken:
            self._not_taken.pop().close()
        for door in list(self.arriving):
            door.drop()

    async def close(self, grace: float = 1.0) -> None:
        """Stop listening, end HTTP connections, and wait until every socket is closed.

        Live sessions are their owner's to end, before this; those that are still open ``grace`` seconds later are cut.
        """
        self.stop_listening()
        if self._tasks:
            await asyncio.wait(list(self._tasks))
        if http := self._http_side():
            await http.close(grace)
        await self._until_closed(grace)
        for connection in self._open():
            # Its protocol sees the end of the stream and then the loss of the connection, as when the peer resets it.
            with suppress(OSError):  # the peer has
                connection.shutdown(socket.SHUT_RDWR)
        await self._until_closed(grace)

    def http_side(self) -> "asyncio.Future[HttpSide]":
        """The HTTP server, imported and made in a thread at first need, so that live sessions do not wait for it."""
        if self._http is None or (self._http.done() and self._http.exception()):
            self._http = asyncio.get_running_loop().run_in_executor(None, self._make_http_side)
            # Who waits for it may be gone by the time that it fails.
            self._http.add_done_callback(lambda made: made.cancelled() or made.exception())
        return self._http

    def _make_http_side(self) -> "HttpSide":
        from gemlive_emulator.server.http_side import HttpSide

        return HttpSide(self._app())

    def _http_side(self) -> "HttpSide | None":
        made = self._http is not None and self._http.done() and not self._http.exception()
        return self._http.result() if self._http and made else None

    def _open(self) -> list[socket.socket]:
        return [connection for connection in self._sockets if connection.fileno() >= 0]

    async def _until_closed(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        limit = loop.time() + seconds
        while self._open() and loop.time() < limit:
            looked = loop.create_future()
            loop.call_later(LOOK_SECONDS, looked.set_result, None)
            await looked

    def _arrived(self, connection: socket.socket, first: bytes) -> None:
        self._sockets.add(connection)
        self._not_taken.add(connection)
        # asyncio makes a transport of an accepted socket by coroutine only. The task is held, ends with the TLS
        # handshake, which has a time limit, and is cancelled by stop_listening.
        task = asyncio.get_running_loop().create_task(self._take(connection, secure=first == TLS_HANDSHAKE))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, connection: socket.socket, *, secure: bool) -> None:
        context = await self._context() if secure else None
        # From here to the transport, which then owns the socket, nothing waits.
        self._not_taken.discard(connection)
        if secure and context is None:
            connection.close()
            return
        await self._connect(connection, context)

    async def _context(self) -> ssl.SSLContext | None:
        if self._tls is None:
            _log.info("A client that speaks TLS was turned away; this emulator has none.")
            return None
        try:
            if not self._tls_ready:
                await asyncio.get_running_loop().run_in_executor(None, self._tls)
                self._tls_ready = True
            return self._tls()
        except Exception as exc:
            _log.error("TLS cannot be served: %s", exc)
            return None

    async def _connect(self, connection: socket.socket, context: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        secure = context is not None
        try:
            await loop.connect_accepted_socket(
                lambda: FrontDoor(self, secure),
                connection,
                ssl=context,
                ssl_handshake_timeout=self.head_seconds if secure else None,
                ssl_shutdown_timeout=TLS_SHUTDOWN_SECONDS if secure else None,
            )
        except OSError as exc:
            # No TLS after all, a client that does not trust us, or a lost peer. asyncio has closed the socket.
            _log.debug("A connection failed before its first request: %s", exc)


class Phase(enum.Enum):
    """How far a connection is."""

    HEAD = enum.auto()
    """The head of the first request is arriving."""
    LOADING = enum.auto()
    """It is HTTP, and the HTTP server is being made."""
    REFUSED = enum.auto()
    """It has its answer; what it still sends is thrown away."""
    GONE = enum.auto()
    """It is closed, or another protocol's."""


class FrontDoor(asyncio.Protocol):
    """One connection until the head of its first request is there; then another protocol has it."""

    def __init__(self, server: FrontDoorServer, secure: bool) -> None:
        self._server = server
        self._secure = secure
        self._phase = Phase.HEAD
        self._received = bytearray()
        self._transport: asyncio.Transport
        self._limit: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; the time limit for the head starts."""
        # uvloop's is none by inheritance.
        self._transport = cast(asyncio.Transport, transport)
        self._server.arriving.add(self)
        self._limit_to(self._server.head_seconds, self._too_slow)

    def data_received(self, data: bytes) -> None:
        """Gather the head; when it is whole, let the connection in or refuse it."""
        if self._phase is Phase.REFUSED:
            return
        self._received += data
        if self._phase is Phase.LOADING:
            return
        try:
            end = head.end_of_head(self._received)
            if end is not None:
                self._enter(head.parse(bytes(self._received[:end])))
        except head.HeadFault as fault:
            self._refuse(fault.refusal)

    def eof_received(self) -> bool:
        """The peer has sent all it will; a head that is not whole by now never will be."""
        return self._phase is Phase.LOADING and not self._secure

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer went away before it was served."""
        self._leave()

    def drop(self) -> None:
        """Close at once."""
        self._leave()
        self._transport.abort()

    def _enter(self, request: head.Head) -> None:
        headers = request.headers
        refusal = self._server.visitors.refusal(headers.get_all("Host"), headers.get_all("Origin"))
        if refusal is None and head.asks_for_websocket(request):
            if head.has_body(request):
                refusal = Refusal(400, "A request for a WebSocket has no body; this one announces one.")
            else:
                self._enter_live(request)
                return
        if refusal is not None:
            _log.info("Refused %s: %s", quote(request.path), refusal.message)
            self._refuse(refusal)
        else:
            self._enter_http()

    def _enter_live(self, request: head.Head) -> None:
        try:
            endpoint = target.endpoint(request.path, request.headers)
            protocol = self._server.live(endpoint)
        except Exception:
            _log.exception("A live connection could not be made.")
            self._refuse(Refusal(503, "The emulator could not make a session; its log says why."))
            return
        self._hand_over(protocol)

    def _enter_http(self) -> None:
        self._phase = Phase.LOADING
        self._limit.cancel()
        loading = self._server.http_side()
        if loading.done():
            self._http_loaded(loading)
        else:
            self._transport.pause_reading()
            loading.add_done_callback(self._http_loaded)

    def _http_loaded(self, loading: "asyncio.Future[HttpSide]") -> None:
        if self._phase is not Phase.LOADING:
            return
        self._transport.resume_reading()
        if loading.cancelled() or loading.exception():
            _log.error("HTTP cannot be served: %s", "cancelled" if loading.cancelled() else loading.exception())
            self._refuse(Refusal(503, "The emulator could not start its HTTP side; its log says why."))
            return
        self._hand_over(loading.result().connection())

    def _hand_over(self, protocol: LiveProtocol) -> None:
        received = bytes(self._received)
        self._leave()
        self._transport.set_protocol(cast(asyncio.BaseProtocol, protocol))
        protocol.connection_made(self._transport)
        protocol.data_received(received)

    def _refuse(self, refusal: Refusal) -> None:
        self._phase = Phase.REFUSED
        self._received.clear()
        self._limit.cancel()
        self._transport.write(refusal.response())
        if self._transport.can_write_eof():
            self._transport.write_eof()
            self._limit_to(LINGER_SECONDS, self.drop)
        else:
            self._transport.close()

    def _too_slow(self) -> None:
        self._refuse(Refusal(408, f"The head of the request did not arrive in {self._server.head_seconds:g} seconds."))

    def _limit_to(self, seconds: float, then: Callable[[], None]) -> None:
        self._limit = asyncio.get_running_loop().call_later(seconds, then)

    def _leave(self) -> None:
        self._phase = Phase.GONE
        self._limit.cancel()
        self._server.arriving.discard(self)
        self._received.clear()
