"""Orders to a store outside this process, carried out in order, and those that come together in one go."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from gemlive_emulator.store.orders import Order


class Batches:
    """Gathers orders while others are carried out.

    All that the sessions want in one turn of the loop becomes one transaction or one round trip, and the busier the
    store is, the more each of them takes along.

    Args:
        carry_out: does the orders of a batch; gives the result of each, which is an exception where one failed.
    """

    def __init__(self, carry_out: Callable[[Sequence[Order]], Awaitable[Sequence[Any]]]) -> None:
        self._carry_out = carry_out
        self._waiting: list[tuple[Order, asyncio.Future[Any]]] = []
        self._work: asyncio.Task[None] | None = None

    def submit(self, order: Order) -> asyncio.Future[Any]:
        """Give an order; the future tells what came of it."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((order, done))
        if self._work is None:
            self._work = loop.create_task(self._run())
        return done

    async def drain(self) -> None:
        """Wait until nothing is under way."""
        while self._work is not None:
            await self._work

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                for (_, done), result in zip(batch, await self._results([order for order, _ in batch]), strict=True):
                    if done.cancelled():
                        continue
                    if isinstance(result, Exception):
                        done.set_exception(result)
                    else:
                        done.set_result(result)
        finally:
            self._work = None

    async def _results(self, orders: Sequence[Order]) -> Sequence[Any]:
        try:
            return await self._carry_out(orders)
        except Exception as error:
            return [error] * len(orders)
