"""One WebSocket connection without a task or a queue.

A frame reaches the session in the call in which its bytes arrive, and everything that the session then wants sent goes
out in one write. ``websockets`` does the handshake, control frames, fragments, errors and closing through its Sans-I/O
protocol; :mod:`~gemlive_emulator.server.frames` reads and writes whole data frames.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from math import inf
from typing import TYPE_CHECKING, cast

from websockets.frames import Frame
from websockets.protocol import State
from websockets.server import ServerProtocol

from gemlive_emulator.server.clock import Alarm
from gemlive_emulator.server.driver import Driver
from gemlive_emulator.server.frames import BINARY, TEXT, Foreign, Fragments, Splitter, head
from gemlive_emulator.server.intake import Intake
from gemlive_emulator.server.redact import protocol_logger, redacting_logger
from gemlive_emulator.server.refusal import answer_upgrade
from gemlive_emulator.server.reset import reset_by_peer
from gemlive_emulator.server.stall import Stall
from gemlive_emulator.server.surroundings import Surroundings
from gemlive_emulator.session.events import Connected
from gemlive_emulator.wire.closes import INTERNAL, INTERNAL_ERROR, LOST
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.errors import EmulatorError, cut

if TYPE_CHECKING:
    from gemlive_emulator.scenario.faults.watch import Fault
    from gemlive_emulator.server.faults.handshake import Trouble
    from gemlive_emulator.server.faults.line import Line

GOING_AWAY = (1001, "")
"""What a server that stops says (RFC 6455 s. 7.4.1). Google's was never seen to close this way."""
CLOSE_SECONDS = 1.0
"""How long a client may take to answer a close frame; with ten, floods of refused clients pile up."""
PIECES_PER_WRITE = 64
"""Headers and payloads that are gathered before they are written even if more is due at the same moment."""

log = redacting_logger("connection")
_library_log = protocol_logger()


class LiveConnection(asyncio.BufferedProtocol, asyncio.Protocol):
    """The protocol of an accepted socket from its upgrade request on.

    It is of both kinds: asyncio would get 256 KiB of memory for each read without our buffer, uvloop is quicker so.

    Args:
        around: what it shares with the other connections.
        endpoint: where the client knocked.
    """

    __slots__ = (
        "__weakref__",
        "_around",
        "_clock",
        "_driver",
        "_drop_alarm",
        "_endpoint",
        "_faults",
        "_fragments",
        "_hear",
        "_intake",
        "_library",
        "_line",
        "_out",
        "_paused",
        "_splitter",
        "_stall",
        "_transport",
        "_trouble",
        "_wait_alarm",
        "number",
        "opcode",
    )
    _transport: asyncio.Transport
    _hear: Callable[[bytes, float], None]

    def __init__(self, around: Surroundings, endpoint: Endpoint) -> None:
        settings = around.settings
        self._around = around
        self._clock = around.clock
        self._endpoint = endpoint
        self.number = endpoint.connection
        self._library = ServerProtocol(max_size=settings.max_message, logger=_library_log)
        self._splitter = Splitter(settings.max_message)
        self.opcode = TEXT if settings.text_frames else BINARY
        self._driver: Driver | None = None
        self._intake: Intake | None = None
        self._out: list[bytes] = []
        self._fragments = Fragments()
        self._paused = False
        self._drop_alarm: Alarm | None = None
        self._stall: Stall | None = None
        self._wait_alarm: Alarm | None = None
        self._faults: tuple[Fault, ...] | None = None
        self._trouble: Trouble | None = None
        self._line: Line | None = None

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport over."""
        self._transport = cast(asyncio.Transport, transport)
        self._around.connections.add(self)
        if self._around.stopping:
            self._transport.abort()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where asyncio puts the socket's bytes."""
        return self._around.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """It has put so many there."""
        self.data_received(self._around.buffer[:nbytes])

    def data_received(self, data: bytes | memoryview) -> None:
        """Take bytes of the client: mostly audio like that before, and nothing else."""
        self._clock.stir()
        intake, driver = self._intake, self._driver
        if intake is not None and driver is not None:
            taken = intake.take_frames(data)
            if taken == len(data):
                if intake.count(self._clock.now()):
                    self._around.leisure.hear(driver, at_once=intake.is_due)
                return
            data = data[taken:]
        self._take(bytes(data))

    def _take(self, data: bytes) -> None:
        """Take any bytes: first those of the upgrade request, whole, and what came behind it."""
        if self._driver is None and self._library.state is State.CONNECTING:
            data = self._shake_hands(data)
        driver = self._driver
        if driver is None:
            self._wind_up(data)
            return
        now = self._clock.now()
        self._intake = None
        for item in self._splitter.split(data):
            if type(item) is Foreign:
                driver.listen(now)
                self._give_library(driver, item, now)
            else:
                self._hear(item, now)
        driver.listen(now)
        (self._line or self).flush()
        if self._line is None and self._splitter.is_calm:
            self._intake = driver.intake
        driver.arm()

    def eof_received(self) -> None:
        """The client sends nothing more; asyncio closes the transport."""
        self._clock.stir()
        if (driver := self._driver) is not None:
            self._give_library(driver, self._splitter.hand_over(), self._clock.now())
            driver.leave()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone; nothing may keep this connection alive."""
        self._clock.stir()
        if self._driver is not None:
            self._driver.leave()
            self._driver.reroute(self)
            del self._hear
        if self._line is not None:
            self._line.stop()
        for alarm in filter(None, (self._drop_alarm, self._stall, self._wait_alarm)):
            alarm.cancel()
        # Nothing that holds this is held: an ended session, with all that was said, does not wait for the collector.
        self._driver = self._intake = self._line = self._stall = None
        # The parser of the library is a generator that holds it, with what is left of a message without an end; TLS
        # holds on to the methods of this.
        vars(self._library).clear()
        self._out.clear()
        del self._transport
        self._around.connections.discard(self)
        self._around.on_lost()

    def pause_writing(self) -> None:
        """The client reads more slowly than it is written to."""
        self._paused = True
        if self._driver is not None:
            self._driver.pause()
        self._stall = Stall(self._transport, self._around.settings.stalled_after, self.drop)

    def resume_writing(self) -> None:
        """The client has read."""
        self._clock.stir()
        self._paused = False
        if self._stall is not None:
            self._stall.cancel()
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

    def misbehave(self, fault: "Fault") -> None:
        """Let this fault strike as well, from now on."""
        if self._faults is not None and fault not in self._faults:
            self.recast((), (fault,))
            (self._line or self).flush()

    def recast(self, gone: "tuple[Fault, ...]", new: "tuple[Fault, ...]") -> None:
        """Let these faults strike no longer, and those instead."""
        if self._faults is not None:  # else it will ask for them
            self._faults = (*(fault for fault in self._faults if fault not in gone), *new)
            if self._driver is not None and self._library.state is State.OPEN:
                self.inject(new, gone)

    # What the driver calls.

    def send(self, payloads: Sequence[bytes]) -> None:
        """Gather messages, one frame each."""
        out, opcode = self._out, self.opcode
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
            self.drop(f"more than {self._around.settings.outbox_limit} bytes wait for a client that does not read")

    def send_close(self, code: int, words: str) -> None:
        """Gather a close frame, unless the connection is closing already."""
        self._intake = None
        if self._library.state is State.OPEN:
            self._library.send_close(code, cut(words))
            self._splitter.hand_over()
            self._send_library_output()

    def hang_up(self, *, reset: bool) -> None:
        """End the connection without a close frame, once all that was gathered is written, or by a reset."""
        self.flush()
        if reset:
            reset_by_peer(self._transport)
        else:
            self._transport.close()

    def inject(self, faults: "Iterable[Fault]", gone: "Collection[Fault]" = ()) -> None:
        """Let these faults strike as well; from the first on a line stands between the session and this."""
        if self._line is None:
            from gemlive_emulator.server.faults.line import Line

            driver = cast(Driver, self._driver)
            self._intake = None
            self._line = Line(self, driver, self._clock, self.number, self._around.settings.outbox_limit)
            self._hear = self._line.hear
            driver.reroute(self._line)
        self._line.remove(gone)
        self._line.inject(faults)

    # What a line calls.

    @property
    def closed_by_client(self) -> bool:
        """Whether the client has sent a close frame, and first."""
        return self._library.close_rcvd is not None and bool(self._library.close_rcvd_then_sent)

    def put(self, octets: bytes) -> None:
        """Gather bytes as they are, unless the connection is closing."""
        if self._library.state is State.OPEN:
            self._out.append(octets)

    def freeze(self) -> None:
        """Read nothing more."""
        self._transport.pause_reading()

    def write_replies(self, pieces: Sequence[bytes]) -> None:
        """Gather what the library answers by itself: the handshake, pongs, close frames; its end is the stream's."""
        transport = self._transport
        for piece in pieces:
            if piece:
                self._out.append(piece)
                continue
            self.flush()
            if transport.can_write_eof():
                transport.write_eof()
            else:
                transport.close()
        if self._library.close_expected() and self._drop_alarm is None:
            self._drop_alarm = asyncio.get_running_loop().call_later(CLOSE_SECONDS, transport.abort)

    def drop(self, why: str) -> None:
        """Give the connection up."""
        if self._driver is not None:
            log.warning("session %s: dropped: %s", self._driver.name, why)
            self._driver.leave(LOST, why, "server")
        self._out.clear()
        self._transport.abort()

    # Below the messages.

    def _shake_hands(self, data: bytes) -> bytes:
        """Answer the upgrade request; gives what came behind it."""
        waits = self._around.catch_up(self._endpoint, self._transport, lambda: self._go_on(data))
        if waits or self._transport.is_closing() or self._is_put_off(data):
            return b""
        library = self._library
        request, end, rest = data.partition(b"\r\n\r\n")
        trouble = self._trouble.refusal if self._trouble else None
        answer_upgrade(library, request + end, lambda: self._around.refusal(self._endpoint) or trouble)
        self._send_library_output()
        if library.state is State.OPEN:
            self._open()
        (self._line or self).flush()
        return rest

    def _is_put_off(self, data: bytes) -> bool:
        """Whether a fault lets the handshake wait, with what came of it; asked for once."""
        if self._faults is not None:
            return False
        self._faults = self._around.faults.of(self._endpoint)
        if self._faults:
            from gemlive_emulator.server.faults.handshake import trouble

            self._trouble = trouble(self._faults, self.number)
            if seconds := self._trouble.seconds:
                self._transport.pause_reading()
                if seconds < inf:
                    self._wait_alarm = self._clock.call_at(self._clock.now() + seconds, lambda: self._go_on(data))
                return True
        return False

    def _go_on(self, data: bytes) -> None:
        if self in self._around.connections:
            self._transport.resume_reading()
            self.data_received(data)

    def _open(self) -> None:
        try:
            session = self._around.open_session(self._endpoint)
        except Exception as error:
            self._around.failures.tell("", "it could not be made", error)
            self.send_close(INTERNAL, str(error) if isinstance(error, EmulatorError) else INTERNAL_ERROR[1])
            return
        self._driver = driver = Driver(session, self, self._around, self._endpoint)
        self._hear = driver.hear
        if self._faults:
            self.inject(self._faults)
        driver.drive(Connected(), self._clock.now())

    def _wind_up(self, data: bytes) -> None:
        """Let the library end a connection that got no session."""
        library = self._library
        library.receive_data(data)
        library.events_received()
        self._send_library_output()
        self.flush()

    def _give_library(self, driver: Driver, data: bytes, now: float) -> None:
        library = self._library
        if self._line is not None:
            self._line.flush()
        if data:
            library.receive_data(data)
        for frame in library.events_received():
            if (message := self._fragments.join(cast(Frame, frame))) is not None:
                self._hear(message, now)
                driver.listen(now)
        if library.state is not State.OPEN:
            self._splitter.hand_over()
            if library.parser_exc is not None and not driver.over:
                log.warning("session %s: the client broke the WebSocket protocol: %s", driver.name, library.parser_exc)
            if self._line is not None:
                self._line.hear_out(now)
            if (close := library.close_rcvd or library.close_sent) is not None:
                driver.leave(close.code, close.reason, "server" if library.close_rcvd is None else "client")
            driver.leave()
        self._send_library_output()  # last: a client that sees its close answered finds it in the journal

    def _send_library_output(self) -> None:
        pieces = self._library.data_to_send()
        if self._line is None or not self._line.puts_off(pieces):
            self.write_replies(pieces)
