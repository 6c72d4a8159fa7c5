"""Clocks: one that is moved by hand does everything in order; the others keep the machine's pace."""

import asyncio

import pytest

from gemlive_emulator.server.clock import ManualClock, RateClock, RealClock


async def test_a_manual_clock_rings_in_order_each_at_its_time() -> None:
    clock, rung = ManualClock(100.0), []
    for when in (103.0, 101.0, 102.0, 101.0):
        clock.call_at(when, lambda when=when: rung.append((when, clock.now())))
    await clock.advance(2.5)
    assert rung == [(101.0, 101.0), (101.0, 101.0), (102.0, 102.0)]
    assert clock.now() == 102.5
    await clock.advance(0.5)
    assert rung[-1] == (103.0, 103.0)


async def test_what_an_alarm_sets_on_the_way_rings_too() -> None:
    clock, rung = ManualClock(), []

    def again() -> None:
        rung.append(clock.now())
        clock.call_at(clock.now() + 1.0, again)

    clock.call_at(1.0, again)
    await clock.advance(5.0)
    assert rung == [1.0, 2.0, 3.0, 4.0, 5.0]


async def test_a_cancelled_alarm_does_not_ring() -> None:
    clock, rung = ManualClock(), []
    clock.call_at(1.0, lambda: rung.append(1)).cancel()
    clock.call_at(1.0, lambda: rung.append(2))
    await clock.advance(1.0)
    assert rung == [2]


async def test_a_past_time_rings_at_the_next_advance() -> None:
    clock, rung = ManualClock(10.0), []
    clock.call_at(5.0, lambda: rung.append(clock.now()))
    assert rung == []
    await clock.advance(0)
    assert rung == [10.0]


async def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="time does not go back"):
        await ManualClock().advance(-1.0)


async def test_a_manual_clock_waits_for_work_that_is_under_way() -> None:
    clock, order = ManualClock(), []
    work: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def start() -> None:
        clock.hold()
        work.add_done_callback(lambda _: (clock.release(), order.append(("spoken", clock.now()))))
        asyncio.get_running_loop().call_later(0.01, work.set_result, None)

    clock.call_at(1.0, start)
    clock.call_at(2.0, lambda: order.append(("later", clock.now())))
    await clock.advance(3.0)
    assert order == [("spoken", 1.0), ("later", 2.0)]


async def test_a_manual_clock_lets_what_it_stirred_settle() -> None:
    clock, seen = ManualClock(), []

    def step(left: int) -> None:
        clock.stir()
        seen.append((left, clock.now()))
        if left:
            asyncio.get_running_loop().call_soon(step, left - 1)

    clock.call_at(1.0, lambda: step(8))
    await clock.advance(10.0)
    assert seen == [(left, 1.0) for left in range(8, -1, -1)]


async def test_calls_at_once_add_up() -> None:
    clock = ManualClock()
    await asyncio.gather(clock.advance(1.0), clock.advance(2.0))
    assert clock.now() == 3.0


async def test_calls_at_once_all_wait_for_work_that_is_under_way() -> None:
    clock = ManualClock()
    clock.hold()
    both = asyncio.gather(clock.advance(1.0), clock.advance(2.0))
    asyncio.get_running_loop().call_later(0.01, clock.release)
    async with asyncio.timeout(5):
        await both
    assert clock.now() == 3.0


@pytest.mark.parametrize("clock", [RealClock(), RateClock(1000.0)])
async def test_clocks_of_the_machine_ring_by_themselves(clock: RateClock) -> None:
    rung: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    begin = clock.now()
    clock.call_at(begin + 0.02, lambda: rung.set_result(clock.now()))
    cancelled = clock.call_at(begin + 0.01, lambda: rung.set_exception(AssertionError("it was cancelled")))
    cancelled.cancel()
    assert await rung >= begin + 0.019
    clock.hold()
    clock.stir()
    clock.release()


async def test_a_rate_clock_runs_faster() -> None:
    clock = RateClock(3600.0)
    rung: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    clock.call_at(clock.now() + 30.0, lambda: rung.set_result(None))
    async with asyncio.timeout(5):
        await rung
