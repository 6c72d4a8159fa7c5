"""Orders are gathered while others are done, keep their order, and fail together only if the store does."""

import asyncio

import pytest

from gemlive_emulator.store.batches import Batches
from gemlive_emulator.store.orders import Forget


def orders(text):
    return [Forget(letter) for letter in text]


class Slow:
    """Does a batch when it is told to."""

    def __init__(self, answer=lambda order: order.handle.upper()):
        self.batches = []
        self.answer = answer
        self.go = asyncio.Semaphore(0)

    async def carry_out(self, orders):
        self.batches.append("".join(order.handle for order in orders))
        await self.go.acquire()
        return [self.answer(order) for order in orders]


async def test_what_comes_in_one_turn_of_the_loop_is_one_batch_and_what_comes_meanwhile_the_next():
    slow = Slow()
    batches = Batches(slow.carry_out)
    answers = [batches.submit(order) for order in orders("abc")]
    await asyncio.sleep(0)
    answers += [batches.submit(order) for order in orders("de")]
    assert slow.batches == ["abc"]
    for _ in range(2):
        slow.go.release()
    assert await asyncio.gather(*answers) == list("ABCDE")
    assert slow.batches == ["abc", "de"]
    later = batches.submit(Forget("f"))
    slow.go.release()
    assert await later == "F"


async def test_one_that_fails_leaves_the_others_alone():
    def answer(order):
        return ValueError(order.handle) if order.handle == "b" else order.handle

    slow = Slow(answer)
    slow.go.release()
    batches = Batches(slow.carry_out)
    a, b, c = [batches.submit(order) for order in orders("abc")]
    assert (await a, await c) == ("a", "c")
    with pytest.raises(ValueError, match="b"):
        await b


async def test_when_the_store_fails_all_of_the_batch_fail_and_the_next_is_tried():
    fails = [True, False]

    async def carry_out(orders):
        if fails.pop(0):
            raise OSError("gone")
        return [order.handle for order in orders]

    batches = Batches(carry_out)
    results = await asyncio.gather(*map(batches.submit, orders("ab")), return_exceptions=True)
    assert [str(result) for result in results] == ["gone", "gone"]
    assert await batches.submit(Forget("c")) == "c"


async def test_who_no_longer_waits_is_passed_over():
    slow = Slow()
    batches = Batches(slow.carry_out)
    a, b = [batches.submit(order) for order in orders("ab")]
    a.cancel()
    slow.go.release()
    assert await b == "B"


async def test_draining_waits_for_what_comes_meanwhile():
    slow = Slow()
    batches = Batches(slow.carry_out)
    await batches.drain()
    first = batches.submit(Forget("a"))
    await asyncio.sleep(0)
    second = batches.submit(Forget("b"))
    for _ in range(2):
        slow.go.release()
    await batches.drain()
    assert (first.result(), second.result()) == ("A", "B")
