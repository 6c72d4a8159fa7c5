"""Work with a store in the middle of it: at once where that answers at once, and later in the same order."""

import asyncio
from asyncio import Future
from typing import Any

import pytest

from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.waits import Rest, Waits, answer_of, begin, finish


def added(*numbers: Any) -> Waits[int]:
    """The sum of what several stores answer."""
    total = 0
    for number in numbers:
        total += yield from answer_of(number)
    return total


def future(value: int | None = None) -> "Future[int]":
    made: Future[int] = asyncio.get_running_loop().create_future()
    if value is not None:
        made.set_result(value)
    return made


def begun(work: Waits[int], clock: ManualClock) -> Rest[int]:
    rest = begin(work, clock)
    assert isinstance(rest, Rest)
    return rest


def test_without_a_future_it_is_done_at_once():
    assert begin(added(1, 2, 3), ManualClock()) == 6


async def test_with_futures_it_waits_for_each():
    first, second = future(), future()
    done = begun(added(1, first, 2, second), ManualClock())()
    first.set_result(10)
    await asyncio.sleep(0)
    assert not done.done()
    second.set_result(20)
    assert await done == 33


async def test_finishing_is_the_same_for_both():
    assert await finish(added(1, 2), ManualClock()) == 3
    assert await finish(added(1, future(2)), ManualClock()) == 3


async def test_the_clock_waits_for_the_store():
    clock, asked, rung = ManualClock(), future(), []
    clock.call_at(1.0, lambda: rung.append(clock.now()))
    done = begun(added(asked), clock)()
    moving = asyncio.ensure_future(clock.advance(5))
    for _ in range(100):
        await asyncio.sleep(0)
    assert not rung
    asked.set_result(1)
    await moving
    assert (rung, done.result()) == ([1.0], 1)


async def test_what_fails_on_the_way_is_told_at_the_end():
    asked = future()
    done = begun(added(asked, 1), ManualClock())()
    asked.set_exception(OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        await done


async def test_who_cancels_it_leaves_the_rest_undone():
    first, gone = future(), []

    def work() -> Waits[int]:
        try:
            yield from answer_of(first)
        except GeneratorExit:
            gone.append("closed")
            raise
        raise AssertionError("it went on")

    clock = ManualClock()
    begun(work(), clock)().cancel()
    first.set_exception(OSError("nobody wants to know"))
    await clock.settle()
    assert gone == ["closed"]


async def test_what_nobody_goes_on_with_complains_of_nothing():
    asked = future()
    begun(added(asked), ManualClock())
    asked.set_exception(OSError("nobody wants to know"))
    await asyncio.sleep(0)
    cancelled = future()
    begun(added(cancelled), ManualClock())
    cancelled.cancel()
    await asyncio.sleep(0)
