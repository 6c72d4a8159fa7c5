"""Work that may have to ask a store in the middle of it: done at once where the store answers at once.

It is written as a generator, which waits by ``yield from answer_of(store.spend(...))``. With a store in memory it never
stops on the way, so nobody pays for a future.
"""

from asyncio import Future, get_running_loop
from collections.abc import Generator
from typing import Any, Generic, TypeAlias, TypeVar, cast

from gemlive_emulator.server.clock import Clock
from gemlive_emulator.store.counters import Soon

T = TypeVar("T")

Waits: TypeAlias = Generator[Future[Any], None, T]
"""Work that gives a ``T``, and stops at each future that it waits for."""


def answer_of(soon: Soon[T]) -> Waits[T]:
    """What a store answers, whenever it comes.

    Raises:
        StoreError: the store is out of reach.
    """
    if isinstance(soon, Future):
        later = cast("Future[T]", soon)
        yield later
        return later.result()
    return soon


class Rest(Generic[T]):
    """What is left of some work. Calling it, once, goes on with it; the future that it gives tells what came of it.

    Cancelling that future leaves the rest undone. The clock is held while the store is waited for.
    """

    __slots__ = ("_clock", "_done", "_steps", "_waits_for")

    def __init__(self, steps: Waits[T], waits_for: "Future[Any]", clock: Clock) -> None:
        self._steps = steps
        self._waits_for = waits_for
        self._clock = clock
        self._done: Future[T]
        # Nobody may ever go on with it, and asyncio complains of errors that nobody has seen.
        waits_for.add_done_callback(_see)

    def __call__(self) -> "Future[T]":
        """Go on."""
        self._done = get_running_loop().create_future()
        self._wait_for(self._waits_for)
        return self._done

    def _wait_for(self, future: "Future[Any]") -> None:
        self._clock.hold()
        future.add_done_callback(self._go_on)

    def _go_on(self, waited_for: "Future[Any]") -> None:
        self._clock.release()
        _see(waited_for)
        if self._done.cancelled():
            self._steps.close()
            return
        try:
            following = next(self._steps)
        except StopIteration as end:
            self._done.set_result(end.value)
        except Exception as error:
            self._done.set_exception(error)
        else:
            self._wait_for(following)


def begin(work: Waits[T], clock: Clock) -> T | Rest[T]:
    """Do as much as can be done at once: all of it, or up to where somebody has to be waited for."""
    try:
        waits_for = next(work)
    except StopIteration as end:
        return cast(T, end.value)
    return Rest(work, waits_for, clock)


async def finish(work: Waits[T], clock: Clock) -> T:
    """Do all of it."""
    begun = begin(work, clock)
    if isinstance(begun, Rest):
        return await cast(Rest[T], begun)()
    return begun


def _see(future: "Future[Any]") -> None:
    if not future.cancelled():
        future.exception()
