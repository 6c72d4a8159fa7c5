"""The only readers of time. Everything else is told what time it is.

Three clocks, one interface. A :class:`RealClock` is the machine's; a :class:`RateClock` runs faster or slower; a
:class:`ManualClock` stands still until a test moves it.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Literal, Protocol

ClockKind = Literal["real", "rate", "manual", "own"]
"""What moves a clock: the machine, the machine at another rate, somebody's hand, or something of the caller's own."""


def wall_time() -> float:
    """Seconds since 1970 by the machine's clock, for the absolute times that clients give; all else is a Clock's."""
    return time.time()  # noqa: TID251 - the clock reads the time


class Alarm(Protocol):
    """Something that will ring once, unless it is cancelled."""

    def cancel(self) -> None:
        """Do not ring."""
        ...


class Clock(Protocol):
    """What a driver needs of time. All times are seconds on this clock; where zero lies has no meaning."""

    def now(self) -> float:
        """What time it is."""
        ...

    def call_at(self, when: float, callback: Callable[[], None]) -> Alarm:
        """Call ``callback`` on the event loop at ``when``, or as soon as possible if that is past."""
        ...

    def hold(self) -> None:
        """Work that takes no time on this clock is under way (synthesis); a clock moved by hand waits for it."""
        ...

    def release(self) -> None:
        """One such piece of work is done."""
        ...

    def stir(self) -> None:
        """Something came in or went out; a clock moved by hand lets it settle before it goes on."""
        ...


class RateClock:
    """Runs ``rate`` times as fast as the machine's clock.

    Args:
        rate: seconds that pass on this clock in one real second.

    Attributes:
        rate: the same.
    """

    def __init__(self, rate: float = 1.0) -> None:
        self.rate = rate
        self._origin = time.monotonic()  # noqa: TID251 - the clock reads the time

    def now(self) -> float:
        """Seconds on this clock since it was made."""
        return (time.monotonic() - self._origin) * self.rate  # noqa: TID251 - the clock reads the time

    def call_at(self, when: float, callback: Callable[[], None]) -> Alarm:
        """See :meth:`Clock.call_at`."""
        return asyncio.get_running_loop().call_later(max(0.0, when - self.now()) / self.rate, callback)

    def hold(self) -> None:
        """Nothing: this clock waits for nobody."""

    def release(self) -> None:
        """Nothing: this clock waits for nobody."""

    def stir(self) -> None:
        """Nothing: this clock waits for nobody."""


class RealClock(RateClock):
    """The machine's own pace."""

    def __init__(self) -> None:
        super().__init__(1.0)


class _ManualAlarm:
    """An entry of the manual clock's heap."""

    __slots__ = ("_clock", "callback")

    def __init__(self, clock: "ManualClock", callback: Callable[[], None]) -> None:
        self._clock = clock
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        if self.callback is not None:
            self.callback = None
            self._clock.tidy()


def since_1970(clock: Clock) -> float:
    """What to add to the times of this clock to have seconds since 1970, as it is now.

    They have passed at the rate of the clock from the beginning on, so that emulators that run at the same rate agree,
    whenever each was started.
    """
    rate = clock.rate if isinstance(clock, RateClock) else 1.0
    return time.time() * rate - clock.now()  # noqa: TID251 - the clock reads the time


QUIET_PASSES = 20
"""Passes of the event loop without anything new after which all is quiet. A message on the loopback interface needs one
to arrive, one to be answered, and one for the answer to arrive; a client that opens a new connection twelve (measured:
google-genai over wss)."""

MOST_PASSES = 10_000
"""Passes after which time goes on even so: one client that never stops sending must not hold it up for all."""

MOST_SECONDS = 366 * 86_400.0
"""The longest single move. Sessions live for a day at most; and far out, small steps would be lost in rounding."""

MOST_CANCELLED = 64
"""Cancelled alarms that may lie in the heap, if it is not mostly made of them: where nobody moves the time they would
pile up."""


class ManualClock:
    """Stands still until :meth:`advance` moves it.

    Args:
        now: the time to begin with.
    """

    def __init__(self, now: float = 0.0) -> None:
        self._now = self._target = now
        self._alarms: list[tuple[float, int, _ManualAlarm]] = []
        self._order = itertools.count()
        self._cancelled = 0
        self._held = 0
        self._freed: asyncio.Event | None = None
        self._stirred = False

    def now(self) -> float:
        """Where the clock was put."""
        return self._now

    def call_at(self, when: float, callback: Callable[[], None]) -> Alarm:
        """Ring when :meth:`advance` comes to ``when``; a time that is past rings at the next advance, by any amount."""
        alarm = _ManualAlarm(self, callback)
        heapq.heappush(self._alarms, (when, next(self._order), alarm))
        return alarm

    def hold(self) -> None:
        """See :meth:`Clock.hold`."""
        self._held += 1

    def release(self) -> None:
        """See :meth:`Clock.release`."""
        self._held -= 1
        self._stirred = True
        if not self._held and self._freed is not None:
            self._freed.set()
            self._freed = None

    def stir(self) -> None:
        """See :meth:`Clock.stir`."""
        self._stirred = True

    def tidy(self) -> None:
        """One more alarm was cancelled: take such out of the heap once they are most of it."""
        self._cancelled += 1
        if self._cancelled > MOST_CANCELLED and 2 * self._cancelled > len(self._alarms):
            self._alarms[:] = [entry for entry in self._alarms if entry[2].callback is not None]
            heapq.heapify(self._alarms)
            self._cancelled = 0

    async def advance(self, seconds: float) -> None:
        """Move on by ``seconds`` and do everything that falls due on the way, in order, each at its own time.

        Returns when nothing is due and nothing is under way: no synthesis, no message between sockets of this process.
        Several calls at once add up in the order of their calls.

        Raises:
            ValueError: for negative seconds, since time does not go back, and for more than a year of them.
        """
        if seconds < 0:
            raise ValueError(f"time does not go back: advance({seconds!r})")
        if not seconds <= MOST_SECONDS:
            raise ValueError(f"advance({seconds!r}) is too far: a move has {MOST_SECONDS:.0f} seconds at most, a year")
        target = self._target = self._target + seconds
        await self.settle()
        while self._ring_next(target):
            await self.settle()
        self._now = max(self._now, target)

    async def settle(self) -> None:
        """Wait until nothing is under way, without moving the time."""
        quiet = passes = 0
        while quiet < QUIET_PASSES and passes < MOST_PASSES:
            if self._held:
                # One event for all who wait: two may move the clock at once.
                self._freed = self._freed or asyncio.Event()
                await self._freed.wait()
            self._stirred = False
            await asyncio.sleep(0)  # noqa: TID251 - one pass of the loop, not a wait
            quiet = 0 if self._stirred or self._held else quiet + 1
            passes += 1

    def _ring_next(self, target: float) -> bool:
        """Put the clock at the next time up to ``target`` that has an alarm, and let all alarms of that time ring.

        Those that they set wait for the next call, even if they are due: what rang is to settle first.
        """
        rung, alarms, newest = False, self._alarms, next(self._order)
        while alarms and alarms[0][1] < newest and alarms[0][0] <= (self._now if rung else target):
            when, _, alarm = heapq.heappop(alarms)
            callback, alarm.callback = alarm.callback, None
            if callback is None:
                self._cancelled -= 1
                continue
            self._now = max(self._now, when)
            rung = True
            callback()
        return rung


def kind_of(clock: Clock) -> ClockKind:
    """What moves this clock."""
    if isinstance(clock, ManualClock):
        return "manual"
    if isinstance(clock, RateClock):
        return "real" if clock.rate == 1.0 else "rate"
    return "own"
