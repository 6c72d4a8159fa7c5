"""The line between a session and its socket while there are faults on it."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from math import inf
from typing import Protocol

from gemlive_emulator.scenario.faults.form import Act, End, HalfOpen, Insert, SlowClose, SlowPong, Stall
from gemlive_emulator.scenario.faults.parcel import Parcel
from gemlive_emulator.scenario.faults.watch import Fault, Watches
from gemlive_emulator.server.clock import Alarm, Clock
from gemlive_emulator.server.driver import Driver
from gemlive_emulator.server.faults.pace import Pace, framed, sliced
from gemlive_emulator.server.faults.uplink import Uplink
from gemlive_emulator.server.frames import FIN, PONG


class Wire(Protocol):
    """What the line needs of the connection."""

    @property
    def opcode(self) -> int:
        """Of the frames that messages have."""
        ...

    @property
    def closed_by_client(self) -> bool:
        """Whether the client has sent a close frame, and first."""
        ...

    def put(self, octets: bytes) -> None:
        """Gather bytes as they are, unless the connection is closing."""
        ...

    def flush(self) -> None:
        """Write what was gathered."""
        ...

    def write_replies(self, pieces: Sequence[bytes]) -> None:
        """Write what the WebSocket library answers by itself."""
        ...

    def send_close(self, code: int, words: str) -> None:
        """Gather a close frame."""
        ...

    def hang_up(self, *, reset: bool) -> None:
        """End the connection without one."""
        ...

    def freeze(self) -> None:
        """Read nothing more."""
        ...

    def drop(self, why: str) -> None:
        """Give the connection up."""
        ...


class Line:
    """Stands where a driver's outlet and a connection's ear were.

    Args:
        wire: the connection.
        driver: of its session.
        clock: of all sessions.
        number: of the connection.
        limit: bytes that may wait here.
    """

    def __init__(self, wire: Wire, driver: Driver, clock: Clock, number: int, limit: int) -> None:
        self._wire = wire
        self._driver = driver
        self._clock = clock
        self._limit = limit
        now = clock.now()
        self._watches = Watches(number, now, lambda fault, at: driver.suffer(fault.name, at))
        self._pace = Pace(now)
        self._uplink = Uplink(now)
        self._queue: deque[tuple[float, int, Callable[[], None]]] = deque()
        self._waiting = 0
        self._overtaken: list[tuple[int, Parcel]] = []
        self._over = False
        self._pong = 0.0
        self._close = 0.0
        self._alarm: Alarm | None = None
        self._rings_at = inf
        self._replies: list[Alarm] = []

    def inject(self, faults: Iterable[Fault]) -> None:
        """Let these faults strike as well; what happens at once happens with the next flush."""
        self._act(self._watches.add(faults), self._clock.now())

    def remove(self, faults: Collection[Fault]) -> None:
        """Let these faults strike no longer."""
        self._watches.remove(faults)

    def stop(self) -> None:
        """The connection is gone."""
        self._over = True
        self._queue.clear()
        self._uplink.clear()
        for alarm in (*self._replies, self._alarm):
            if alarm is not None:
                alarm.cancel()

    # What the connection calls.

    def hear(self, payload: bytes, now: float) -> None:
        """Take one message of the client."""
        parcel, acts = self._watches.comes_in(payload)
        self._act(acts, now)
        if self._over:
            return
        self._uplink.take(parcel, now)
        if self._uplink.size > self._limit:
            self.stop()
            self._wire.drop(f"more than {self._limit} bytes wait behind a fault")
        self._hear_arrived(now)

    def hear_out(self, now: float) -> None:
        """The client closes: what it sent before that arrives first."""
        self._uplink.hurry()
        self._hear_arrived(now)
        self._driver.listen(now)
        self.flush()

    def puts_off(self, pieces: Sequence[bytes]) -> bool:
        """Whether it keeps back what the WebSocket library answers by itself, to write it later or never."""
        if self._wire.closed_by_client:
            seconds = self._close
        else:
            seconds = self._pong if any(piece[:1] == bytes((FIN | PONG,)) for piece in pieces) else 0.0
        if not seconds:
            return False
        if seconds < inf:
            when = self._clock.now() + seconds
            self._replies.append(self._clock.call_at(when, partial(self._reply, pieces)))
        return True

    # What the driver calls.

    def send(self, payloads: Sequence[bytes]) -> None:
        """Take messages that go out with the next flush, or later, or changed."""
        now = self._clock.now()
        for payload in payloads:
            if self._over:
                return
            parcels, acts = self._watches.goes_out(payload)
            for parcel in parcels:
                self._take(parcel, now)
            self._act(acts, now)

    def flush(self) -> None:
        """Write what is due."""
        self._release(self._clock.now())
        self._arm()

    def send_close(self, code: int, words: str) -> None:
        """Take a close frame; it goes out behind everything else."""
        self._end(partial(self._wire.send_close, code, words))

    def hang_up(self, *, reset: bool) -> None:
        """End the connection without one, behind everything else."""
        self._end(partial(self._wire.hang_up, reset=reset))

    # How things come in, and go out.

    def _hear_arrived(self, now: float) -> None:
        while not self._over and (payload := self._uplink.arrived(now)) is not None:
            self._driver.hear(payload, now)

    def _take(self, parcel: Parcel, now: float) -> None:
        """Queue a message, or let those behind it overtake it."""
        if parcel.behind:
            self._overtaken.append((parcel.behind, parcel))
            return
        self._ship(parcel, now)
        overtaken = [(left - 1, late) for left, late in self._overtaken]
        self._overtaken = [(left, late) for left, late in overtaken if left]
        for left, late in overtaken:
            if not left:
                self._ship(late, now)

    def _ship(self, parcel: Parcel, now: float) -> None:
        frame = framed(parcel, self._wire.opcode)
        due = self._pace.due(now, len(frame), parcel)
        pieces = sliced(frame, parcel.slice)
        for number, piece in enumerate(pieces):
            if number and parcel.pause:
                self._pace.hold(parcel.pause, now)
                due = self._pace.due(now)
            write = self._write if parcel.slice else self._wire.put
            self._queue_up(due, len(piece), partial(write, piece))

    def _queue_up(self, due: float, size: int, do: Callable[[], None]) -> None:
        if due == inf:
            return
        self._queue.append((due, size, do))
        self._waiting += size
        if self._waiting > self._limit:
            self.stop()
            self._wire.drop(f"more than {self._limit} bytes wait behind a fault")

    def _write(self, piece: bytes) -> None:
        """Write this and nothing else."""
        self._wire.put(piece)
        self._wire.flush()

    def _release(self, now: float) -> None:
        while self._queue and self._queue[0][0] <= now:
            _, size, do = self._queue.popleft()
            self._waiting -= size
            do()
        self._wire.flush()

    def _arm(self) -> None:
        first = min(self._queue[0][0] if self._queue else inf, self._uplink.deadline)
        moment = self._watches.deadline
        if moment is not None and not self._over:
            first = min(first, moment)
        if first == self._rings_at:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._rings_at = first
        self._alarm = None if first == inf else self._clock.call_at(first, self._ring)

    def _ring(self) -> None:
        self._clock.stir()
        now = max(self._clock.now(), self._rings_at)
        self._alarm, self._rings_at = None, inf
        if not self._over:
            self._act(self._watches.pass_time(now), now)
        self._hear_arrived(now)
        self._driver.listen(now)
        self._release(now)
        self._arm()
        self._driver.arm()

    def _reply(self, pieces: Sequence[bytes]) -> None:
        self._clock.stir()
        self._wire.write_replies(pieces)
        self._wire.flush()

    # What happens to the connection.

    def _act(self, acts: Iterable[Act], now: float) -> None:
        for act in acts:
            match act:
                case Stall():
                    (self._uplink if act.upstream else self._pace).hold(act.seconds, now)
                case Insert():
                    self._ship(Parcel(act.payload), now)
                case SlowPong():
                    self._pong = act.seconds
                case SlowClose():
                    self._close = act.seconds
                case HalfOpen():
                    self._end(self._wire.freeze)
                case End():
                    self._end(partial(self._break, act))

    def _end(self, do: Callable[[], None]) -> None:
        """Do this last; what comes after it goes nowhere."""
        if self._over:
            return
        now = self._clock.now()
        for _, late in self._overtaken:
            self._ship(late, now)
        self._overtaken.clear()
        # A server that stands still for ever can still be cut off.
        self._queue_up(now if self._pace.stands else self._pace.due(now), 0, do)
        self._uplink.clear()
        self._over = True

    def _break(self, end: End) -> None:
        self._driver.leave(end.code, end.words, "server")
        if end.how == "frame":
            self._wire.send_close(end.code, end.words)
        else:
            self._wire.hang_up(reset=end.how == "reset")
