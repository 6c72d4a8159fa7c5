"""What waits at the gate: everything behind what is not stored yet, in its order, and nothing once nobody reads."""

from asyncio import Future, sleep

import pytest

from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.gate import Gate


class Outlet:
    """Writes down what it is told."""

    def __init__(self):
        self.told = []

    def send(self, payloads):
        self.told += payloads

    def flush(self):
        pass

    def send_close(self, code, words):
        self.told.append((code, words))

    def hang_up(self, *, reset):
        self.told.append("reset" if reset else "end")

    def inject(self, faults):
        self.told += faults


@pytest.fixture
def outlet():
    return Outlet()


@pytest.fixture
def failures():
    return []


@pytest.fixture
async def gate(outlet, failures):
    clock = ManualClock()
    yield Gate(outlet, clock, failures.append)
    # Nothing holds the clock any more.
    await clock.advance(1)


async def test_what_comes_before_passes_and_what_comes_behind_waits(gate, outlet):
    stored = Future()
    gate.send(["a"])
    gate.wait_for(stored)
    gate.send(["b", "c"])
    gate.inject(["fault"])
    gate.hang_up(reset=True)
    gate.flush()
    assert outlet.told == ["a"]
    stored.set_result(None)
    await sleep(0)
    assert outlet.told == ["a", "b", "c", "fault", "reset"]
    gate.send_close(1000, "")
    assert outlet.told[-1] == (1000, "")


async def test_two_that_are_stored_the_other_way_round_change_no_order(gate, outlet):
    first, second = Future(), Future()
    gate.wait_for(first)
    gate.send(["a"])
    gate.wait_for(second)
    gate.send(["b"])
    second.set_result(None)
    await sleep(0)
    assert outlet.told == []
    first.set_result(None)
    await sleep(0)
    assert outlet.told == ["a", "b"]


async def test_what_is_not_stored_drops_all_behind_it_and_nothing_before_it(gate, outlet, failures):
    first, second, third = Future(), Future(), Future()
    lost = OSError("gone")
    for letter, stored in (("a", first), ("b", second), ("c", third)):
        gate.wait_for(stored)
        gate.send([letter])
    # All at the same moment, as at the end of one batch.
    first.set_result(None)
    second.set_exception(lost)
    third.set_exception(OSError("gone as well"))
    await sleep(0)
    assert outlet.told == ["a"]
    assert failures == [lost]
    gate.send_close(1011, "sorry")
    assert outlet.told == ["a", (1011, "sorry")]


async def test_nothing_passes_when_nobody_reads(gate, outlet, failures):
    before, after = Future(), Future()
    gate.wait_for(before)
    gate.send(["a"])
    gate.drop()
    gate.send(["b"])
    gate.wait_for(after)
    gate.send(["c"])
    before.set_exception(OSError("nobody waits for it"))
    after.set_result(None)
    await sleep(0)
    assert outlet.told == []
    assert failures == []


async def test_who_stopped_waiting_is_no_failure(gate, outlet, failures):
    stored = Future()
    gate.wait_for(stored)
    gate.send(["a"])
    stored.cancel()
    await sleep(0)
    assert outlet.told == ["a"]
    assert failures == []


async def test_the_clock_is_held_meanwhile(outlet, failures):
    clock, stored = ManualClock(), Future()
    gate = Gate(outlet, clock, failures.append)
    gate.wait_for(stored)
    gate.send(["a"])
    seen = []

    async def look():
        seen.extend(outlet.told)
        stored.set_result(None)

    from asyncio import gather

    await gather(clock.advance(5), look())
    assert (seen, outlet.told) == ([], ["a"])


async def test_the_way_behind_the_gate_may_change(gate, outlet):
    stored, other = Future(), Outlet()
    gate.wait_for(stored)
    gate.send(["a"])
    gate.outlet = other
    stored.set_result(None)
    await sleep(0)
    assert (outlet.told, other.told) == ([], ["a"])
