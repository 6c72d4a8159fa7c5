"""Clocks: one that is moved by hand does everything in order; the others keep the machine's pace."""

import asyncio
from typing import cast

import pytest

from gemlive_emulator.server import clock as clocks
from gemlive_emulator.server.clock import (
    MOST_CANCELLED,
    MOST_SECONDS,
    Clock,
    ManualClock,
    RateClock,
    RealClock,
    kind_of,
    since_1970,
)


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


@pytest.mark.parametrize("seconds", [MOST_SECONDS + 1, float("inf"), float("nan")])
async def test_a_move_has_an_end(seconds: float) -> None:
    clock = ManualClock()
    with pytest.raises(ValueError, match="is too far: a move has 31622400 seconds at most"):
        await clock.advance(seconds)
    assert clock.now() == 0.0


async def test_all_alarms_of_one_time_ring_before_what_they_stir_settles() -> None:
    clock, seen = ManualClock(), []

    def ring(name: str) -> None:
        seen.append(name)
        asyncio.get_running_loop().call_soon(seen.append, f"{name} settled")

    for name in "ab":
        clock.call_at(1.0, lambda name=name: ring(name))
    clock.call_at(2.0, lambda: ring("c"))
    await clock.advance(3.0)
    assert seen == ["a", "b", "a settled", "b settled", "c", "c settled"]


async def test_what_an_alarm_sets_for_the_same_time_waits_until_it_has_settled() -> None:
    clock, seen = ManualClock(), []

    def ring() -> None:
        seen.append("first")
        asyncio.get_running_loop().call_soon(seen.append, "settled")
        clock.call_at(0.5, lambda: seen.append("set for the past"))
        clock.call_at(1.0, lambda: seen.append("set for now"))

    clock.call_at(1.0, ring)
    clock.call_at(1.0, lambda: seen.append("beside it"))
    await clock.advance(1.0)
    assert seen == ["first", "settled", "set for the past", "beside it", "set for now"]


async def test_an_alarm_can_cancel_another_of_the_same_time() -> None:
    clock, rung = ManualClock(), []
    clock.call_at(1.0, lambda: other.cancel())
    other = clock.call_at(1.0, lambda: rung.append("other"))
    clock.call_at(1.0, lambda: rung.append("last"))
    await clock.advance(1.0)
    assert rung == ["last"]


async def test_cancelled_alarms_do_not_pile_up_where_time_stands_still() -> None:
    clock, rung = ManualClock(), []
    clock.call_at(5.0, lambda: rung.append(5.0))
    for _ in range(100 * MOST_CANCELLED):
        alarm = clock.call_at(4.0, lambda: rung.append(4.0))
        alarm.cancel()
        alarm.cancel()
    assert len(clock._alarms) <= 2 * MOST_CANCELLED
    clock.call_at(3.0, lambda: rung.append(3.0))
    await clock.advance(10.0)
    assert rung == [3.0, 5.0]
    assert (clock._alarms, clock._cancelled) == ([], 0)


async def test_who_never_stops_does_not_hold_up_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "MOST_PASSES", 50)
    clock, over = ManualClock(), False

    def chatter() -> None:
        clock.stir()
        if not over:
            asyncio.get_running_loop().call_soon(chatter)

    chatter()
    async with asyncio.timeout(5):
        await clock.advance(1.0)
    over = True
    assert clock.now() == 1.0


@pytest.mark.parametrize(
    ("clock", "kind"),
    [(RealClock(), "real"), (RateClock(60.0), "rate"), (ManualClock(), "manual"), (cast(Clock, object()), "own")],
)
def test_a_clock_has_a_kind(clock: Clock, kind: str) -> None:
    assert kind_of(clock) == kind


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


def test_clocks_of_the_same_rate_agree_on_seconds_since_1970_whenever_they_were_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Machine:
        """Its two clocks; only one of them begins in 1970."""

        at = 1_000_000.0

        def time(self) -> float:
            return self.at

        def monotonic(self) -> float:
            return self.at - 999_000.0

    machine = Machine()
    monkeypatch.setattr(clocks, "time", machine)
    first, epoch = RateClock(60.0), since_1970(RateClock(60.0))
    machine.at += 10
    second = RateClock(60.0)
    assert second.now() + since_1970(second) == first.now() + epoch
    machine.at += 10
    assert second.now() + since_1970(second) == first.now() + epoch
    real = RateClock()
    assert real.now() + since_1970(real) == machine.at
