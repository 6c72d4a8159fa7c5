"""One WebSocket connection without a task or a queue.

A frame reaches the session in the call in which its bytes arrive, and everything that the session then wants sent goes
out in one write. ``websockets`` does the handshake, control frames, fragments, errors and closing through its Sans-I/O
protocol; :mod:`~gemlive_emulator.server.frames` reads and writes whole data frames.
"""

import asyncio
import socket
import struct
import sys
from collections.abc import Sequence
from typing import cast

from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from gemlive_emulator.server.clock import Alarm
from gemlive_emulator.server.driver import LOST, Driver
from gemlive_emulator.server.frames import BINARY, TEXT, Foreign, Splitter, head
from gemlive_emulator.server.redact import protocol_logger, redacting_logger
from gemlive_emulator.server.surroundings import Surroundings
from gemlive_emulator.session.events import Connected
from gemlive_emulator.wire.closes import INTERNAL, INTERNAL_ERROR
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.errors import EmulatorError, cut

GOING_AWAY = (1001, "")
"""What a server that stops says (RFC 6455 s. 7.4.1). Google's was never seen to close this way."""

CLOSE_SECONDS = 1.0
"""How long a client may take to answer a close frame; with ten, floods of refused clients pile up."""

PIECES_PER_WRITE = 64
"""Headers and payloads that are gathered before they are written even if more is due at the same moment."""

log = redacting_logger("connection")
_library_log = protocol_logger()


class LiveConnection(asyncio.BufferedProtocol):
    """The protocol of an accepted socket from its upgrade request on.

    Args:
        around: what it shares with the other connections.
        endpoint: where the client knocked.
    """

    __slots__ = (
        "_around",
        "_clock",
        "_driver",
        "_drop_alarm",
        "_endpoint",
        "_fragments",
        "_library",
        "_opcode",
        "_out",
        "_paused",
        "_splitter",
        "_stall_alarm",
        "_transport",
    )
    _transport: asyncio.Transport

    def __init__(self, around: Surroundings, endpoint: Endpoint) -> None:
        settings = around.settings
        self._around = around
        self._clock = around.clock
        self._endpoint = endpoint
        self._library = ServerProtocol(max_size=settings.max_message, logger=_library_log)
        self._splitter = Splitter(settings.max_message)
        self._opcode = TEXT if settings.text_frames else BINARY
        self._driver: Driver | None = None
        self._out: list[bytes] = []
        self._fragments = bytearray()
        self._paused = False
        self._drop_alarm: Alarm | None = None
        self._stall_alarm: Alarm | None = None

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport over."""
        self._transport = cast(asyncio.Transport, transport)
        self._around.connections.add(self)
        if self._around.stopping:
            self._transport.abort()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the socket's bytes go."""
        return self._around.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """The socket gave some bytes."""
        self.data_received(bytes(self._around.buffer[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Take bytes of the client: first those of the upgrade request, whole, and what came behind it."""
        self._clock.stir()
        driver = self._driver
        if driver is None:
            if self._library.state is State.CONNECTING:
                data = self._shake_hands(data)
                driver = self._driver
            if driver is None:
                self._wind_up(data)
                return
        now = self._clock.now()
        for item in self._splitter.split(data):
            if type(item) is Foreign:
                driver.listen(now)
                self._give_library(driver, item, now)
            else:
                driver.hear(item, now)
        driver.listen(now)
        if self._out:
            self.flush()
        driver.arm()

    def eof_received(self) -> None:
        """The client sends nothing more; asyncio closes the transport."""
        self._clock.stir()
        driver = self._driver
        if driver is not None:
            self._give_library(driver, self._splitter.hand_over(), self._clock.now())
            driver.leave()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone; nothing may keep this connection alive."""
        self._clock.stir()
        if self._driver is not None:
            self._driver.leave()
        for alarm in (self._drop_alarm, self._stall_alarm):
            if alarm is not None:
                alarm.cancel()
        self._around.connections.discard(self)
        self._around.on_lost()

    def pause_writing(self) -> None:
        """The client reads more slowly than it is written to."""
        self._paused = True
        if self._driver is not None:
            self._driver.pause()
        self._watch_stall()

    def resume_writing(self) -> None:
        """The client has read."""
        self._clock.stir()
        self._paused = False
        if self._stall_alarm is not None:
            self._stall_alarm.cancel()
        if self._driver is not None:
            self._driver.resume()

    # What the emulator calls.

    def close(self) -> None:
        """Close as a server that stops; the session hears that its client is gone. A second call drops the socket."""
        if self._driver is None or self._library.state is not State.OPEN:
            self._transport.abort()
            return
        self._driver.leave(*GOING_AWAY, "server")
        self.send_close(*GOING_AWAY)
        self.flush()

    # What the driver calls.

    def send(self, payloads: Sequence[bytes]) -> None:
        """Gather messages, one frame each."""
        out, opcode = self._out, self._opcode
        for payload in payloads:
            out.append(head(len(payload), opcode))
            out.append(payload)
        if len(out) > PIECES_PER_WRITE:
            self.flush()

    def flush(self) -> None:
        """Write everything that was gathered, at once."""
        out = self._out
        if not out:
            return
        transport = self._transport
        if not transport.is_closing():
            transport.write(b"".join(out))
        out.clear()
        if self._paused and transport.get_write_buffer_size() > self._around.settings.outbox_limit:
            self._drop(f"more than {self._around.settings.outbox_limit} bytes wait for a client that does not read")

    def send_close(self, code: int, words: str) -> None:
        """Gather a close frame, unless the connection is closing already."""
        if self._library.state is State.OPEN:
            self._library.send_close(code, cut(words))
            self._splitter.hand_over()
            self._send_library_output()

    def hang_up(self, *, reset: bool) -> None:
        """End the connection without a close frame, once all that was gathered is written, or by a reset."""
        self.flush()
        if reset:
            # Without this, a socket that is closed early ends like any other.
            linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._transport.abort()
        else:
            self._transport.close()

    # Below the messages.

    def _shake_hands(self, data: bytes) -> bytes:
        """Answer the upgrade request; gives what came behind it."""
        if self._transport.is_closing():
            return b""
        library, limit = self._library, self._around.settings.max_sessions
        request, end, rest = data.partition(b"\r\n\r\n")
        library.receive_data(request + end)
        for event in library.events_received():
            if limit and len(self._around.connections) > limit:
                log.info("refused a client: all %d sessions are taken (max_sessions)", limit)
                response = library.reject(503, f"All {limit} sessions are taken (max_sessions).\n")
            else:
                response = library.accept(cast(Request, event))
            library.send_response(response)
        self._send_library_output()
        if library.state is State.OPEN:
            self._open()
        self.flush()
        return rest

    def _open(self) -> None:
        try:
            session = self._around.open_session(self._endpoint)
        except Exception as error:
            self._around.failures.tell("", "it could not be made", error)
            self.send_close(INTERNAL, str(error) if isinstance(error, EmulatorError) else INTERNAL_ERROR[1])
            return
        self._driver = Driver(session, self, self._around)
        self._driver.drive(Connected(), self._clock.now())

    def _wind_up(self, data: bytes) -> None:
        """Let the library end a connection that got no session."""
        library = self._library
        library.receive_data(data)
        library.events_received()
        self._send_library_output()
        self.flush()

    def _give_library(self, driver: Driver, data: bytes, now: float) -> None:
        library = self._library
        if data:
            library.receive_data(data)
        for frame in library.events_received():
            self._join(driver, cast(Frame, frame), now)
        self._send_library_output()
        if library.state is not State.OPEN:
            self._splitter.hand_over()
            if library.parser_exc is not None and not driver.over:
                log.warning("session %s: the client broke the WebSocket protocol: %s", driver.name, library.parser_exc)
            if library.close_rcvd is not None:
                driver.leave(library.close_rcvd.code, library.close_rcvd.reason)
            elif library.close_sent is not None:
                driver.leave(library.close_sent.code, library.close_sent.reason, "server")
            driver.leave()

    def _join(self, driver: Driver, frame: Frame, now: float) -> None:
        """Put the fragments of a message together; the library has checked their order and length."""
        if frame.opcode > BINARY:
            return
        self._fragments += frame.data
        if frame.fin:
            message = bytes(self._fragments)
            self._fragments = bytearray()
            driver.hear(message, now)
            driver.listen(now)

    def _send_library_output(self) -> None:
        """Send what the library answers by itself: the handshake, pongs, close frames, and the end of the stream."""
        library, transport = self._library, self._transport
        for piece in library.data_to_send():
            if piece:
                self._out.append(piece)
                continue
            self.flush()
            if transport.can_write_eof():
                transport.write_eof()
            else:
                transport.close()
        if library.close_expected() and self._drop_alarm is None:
            self._drop_alarm = asyncio.get_running_loop().call_later(CLOSE_SECONDS, transport.abort)

    def _watch_stall(self) -> None:
        waiting = self._transport.get_write_buffer_size()
        seconds = self._around.settings.stalled_after
        self._stall_alarm = asyncio.get_running_loop().call_later(seconds, self._judge_stall, waiting)

    def _judge_stall(self, waited: int) -> None:
        if self._transport.get_write_buffer_size() < waited:
            self._watch_stall()
        else:
            self._drop(f"the client has read nothing for {self._around.settings.stalled_after:g} s")

    def _drop(self, why: str) -> None:
        if self._driver is not None:
            log.warning("session %s: dropped: %s", self._driver.name, why)
            self._driver.leave(LOST, why, "server")
        self._out.clear()
        self._transport.abort()
