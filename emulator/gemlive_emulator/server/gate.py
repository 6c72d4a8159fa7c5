"""Holds back what a client is told until what it rests on is stored: a handle is worth nothing before it is."""

from asyncio import Future
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from gemlive_emulator.server.clock import Clock
from gemlive_emulator.server.surroundings import Outlet

if TYPE_CHECKING:
    from gemlive_emulator.scenario.faults.watch import Fault


class Gate:
    """An outlet before another one. What comes behind :meth:`wait_for` goes on when that is done, all in its order.

    Args:
        outlet: where everything goes in the end.
        clock: is held meanwhile.
        failed: called with what went wrong, after everything that waited was dropped.

    Attributes:
        outlet: see above.
    """

    __slots__ = ("_clock", "_failed", "_gone", "_waiting", "outlet")

    def __init__(self, outlet: Outlet, clock: Clock, failed: Callable[[Exception], None]) -> None:
        self.outlet = outlet
        self._clock = clock
        self._failed = failed
        self._waiting: deque[Future[Any] | Callable[[], None]] = deque()
        self._gone = False

    def wait_for(self, stored: "Future[Any]") -> None:
        """Let nothing pass that comes from now on until this is done."""
        self._waiting.append(stored)
        self._clock.hold()
        stored.add_done_callback(self._stored)

    def drop(self) -> None:
        """Let nothing pass any more: nobody is there to read it."""
        self._gone = True
        self._waiting.clear()
        # The store may answer late, and must not keep a session in memory until then.
        self._failed = _unheard

    def send(self, payloads: Sequence[bytes]) -> None:
        """See :class:`~gemlive_emulator.server.surroundings.Outlet`."""
        self._pass(lambda: self.outlet.send(payloads))

    def flush(self) -> None:
        """Write what has passed; what waits is written when it passes."""
        self.outlet.flush()

    def send_close(self, code: int, words: str) -> None:
        """See :class:`~gemlive_emulator.server.surroundings.Outlet`."""
        self._pass(lambda: self.outlet.send_close(code, words))

    def hang_up(self, *, reset: bool) -> None:
        """See :class:`~gemlive_emulator.server.surroundings.Outlet`."""
        self._pass(lambda: self.outlet.hang_up(reset=reset))

    def inject(self, faults: "Iterable[Fault]") -> None:
        """See :class:`~gemlive_emulator.server.surroundings.Outlet`."""
        self._pass(lambda: self.outlet.inject(faults))

    def _pass(self, go: Callable[[], None]) -> None:
        if self._waiting:
            self._waiting.append(go)
        elif not self._gone:
            go()

    def _stored(self, stored: "Future[Any]") -> None:
        self._clock.release()
        # Looked at in any case, since asyncio complains of errors that nobody has seen.
        _error_of(stored)
        self._let_pass()
        self.outlet.flush()

    def _let_pass(self) -> None:
        waiting = self._waiting
        while waiting:
            first = waiting[0]
            if not isinstance(first, Future):
                waiting.popleft()
                if not self._gone:
                    first()
            elif not first.done():
                return
            elif (error := _error_of(waiting.popleft())) is not None:
                waiting.clear()
                self._failed(error)


def _unheard(error: Exception) -> None:
    """Nobody is there any more to be told."""


def _error_of(done: Any) -> Exception | None:
    error = None if done.cancelled() else done.exception()
    return error if isinstance(error, Exception) else None
