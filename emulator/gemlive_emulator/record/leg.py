"""One side of a proxied session: the WebSocket to the client. ``websockets`` speaks the protocol, without I/O."""

import asyncio
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from http.client import responses
from typing import cast

from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.redact import protocol_logger
from gemlive_emulator.wire.closes import LOST, SENDABLE
from gemlive_emulator.wire.errors import cut

MOST_WAITING = 4 * 1024 * 1024
"""Octets of messages that may wait; beyond it nothing more is read of the client until some are taken."""
CLOSE_SECONDS = 1.0
"""How long a client may take to answer a close frame."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came: its octets and the kind of its frame."""

    payload: bytes
    text: bool


@dataclass(frozen=True, slots=True)
class End:
    """How a connection ended: with a close frame, or by being lost (1006)."""

    code: int
    words: str


class Leg(asyncio.Protocol):
    """A client's connection, from its upgrade request on.

    Args:
        asked: called with this and the upgrade request, which :meth:`accept` or :meth:`reject` answers.
        max_message: octets of the longest message.
    """

    def __init__(self, asked: Callable[["Leg", Request], None], max_message: int) -> None:
        self._asked = asked
        self._library = ServerProtocol(max_size=max_message, logger=protocol_logger())
        self._accepted: Response | None = None
        self._early = b""
        self._transport: asyncio.Transport
        self._waiting: deque[Message] = deque()
        self._octets = 0
        self._come = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._end: End | None = None
        self._fragments: list[bytes] = []
        self._text = False

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport over."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes: first the upgrade request, whole."""
        library = self._library
        if self._accepted is None:
            head, end, self._early = data.partition(b"\r\n\r\n")
            library.receive_data(head + end)
            for event in library.events_received():
                self._answer(cast(Request, event))
            return
        if library.state is State.CONNECTING:
            self._early += data
            if len(self._early) > MOST_WAITING:
                self._transport.pause_reading()
            return
        library.receive_data(data)
        self._take()

    def eof_received(self) -> None:
        """The client sends nothing more."""
        if self._library.state is not State.CONNECTING:
            self._library.receive_eof()
            self._take()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self._finish(LOST, "")
        self._writable.set()

    def pause_writing(self) -> None:
        """The client reads slowly."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The client has read."""
        self._writable.set()

    # What the relay calls.

    def accept(self) -> None:
        """Let the client in."""
        assert self._accepted is not None, "it is answered after it has come"
        self._library.send_response(self._accepted)
        self._flush()
        self._transport.resume_reading()
        if self._early and self._library.state is State.OPEN:
            self._library.receive_data(self._early)
            self._take()
        self._early = b""

    def reject(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Answer the upgrade as the other side did."""
        phrase = responses.get(status, "")
        response = self._library.reject(HTTPStatus.BAD_GATEWAY, "")
        response.status_code, response.reason_phrase, response.body = status, phrase, body
        response.headers = Headers([*headers, ("Content-Length", str(len(body))), ("Connection", "close")])
        self._library.send_response(response)
        self._flush()
        self._transport.close()

    @property
    def ended(self) -> End | None:
        """How the client has ended it; ``None`` while it has not."""
        return self._end

    async def receive(self) -> Message | End:
        """The next message, in order, or how it ended."""
        while not self._waiting:
            if self._end is not None:
                return self._end
            self._come.clear()
            await self._come.wait()
        message = self._waiting.popleft()
        self._octets -= len(message.payload)
        if self._octets <= MOST_WAITING and not self._transport.is_closing():
            self._transport.resume_reading()
        return message

    async def send(self, message: Message) -> None:
        """Send a message; waits while the client does not read."""
        if self._library.state is not State.OPEN:
            return
        if message.text:
            self._library.send_text(message.payload)
        else:
            self._library.send_binary(message.payload)
        self._flush()
        await self._writable.wait()

    def close(self, end: End) -> None:
        """End it as the other side ended; a connection that was lost there is lost here."""
        if self._library.state is not State.OPEN:
            return
        if end.code == LOST:
            self._transport.close()
            return
        if end.code in SENDABLE:
            self._library.send_close(end.code, cut(end.words))
        else:
            self._library.send_close()
        self._flush()

    def drop(self) -> None:
        """Give it up."""
        self._transport.abort()

    # Below the messages.

    def _answer(self, request: Request) -> None:
        """Ask the other side what to answer; but what is no upgrade is refused here, and never gets there."""
        self._accepted = response = self._library.accept(request)
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            self._asked(self, request)
        else:
            self._library.send_response(response)
            self._flush()
            self._transport.close()

    def _take(self) -> None:
        """What the library has read."""
        library = self._library
        for event in library.events_received():
            self._join(cast(Frame, event))
        self._flush()
        if library.state is not State.OPEN:
            if library.close_rcvd is not None:
                self._finish(library.close_rcvd.code, library.close_rcvd.reason)
            elif library.close_sent is not None:
                # What the client sent broke the protocol.
                self._finish(library.close_sent.code, library.close_sent.reason)

    def _join(self, frame: Frame) -> None:
        """Put the fragments of a message together; the library has checked their order and length."""
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        if frame.opcode is not Opcode.CONT:
            self._text = frame.opcode is Opcode.TEXT
        self._fragments.append(bytes(frame.data))
        if frame.fin:
            message = Message(b"".join(self._fragments), self._text)
            self._fragments = []
            self._waiting.append(message)
            self._octets += len(message.payload)
            if self._octets > MOST_WAITING:
                self._transport.pause_reading()
            self._come.set()

    def _finish(self, code: int, words: str) -> None:
        if self._end is None:
            self._end = End(code, words)
        self._come.set()

    def _flush(self) -> None:
        for piece in self._library.data_to_send():
            if piece:
                self._transport.write(piece)
            elif self._transport.can_write_eof():
                self._transport.write_eof()
            else:
                self._transport.close()
        if self._library.close_expected():
            asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._transport.abort)
