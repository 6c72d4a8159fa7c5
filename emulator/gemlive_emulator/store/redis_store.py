"""Sessions in a Redis or Valkey server: one begun at one emulator is resumed at another, and counts hold for all."""

import asyncio
from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gemlive_emulator.store.base import HANDLE_SECONDS
from gemlive_emulator.store.counters import Spent
from gemlive_emulator.store.orders import Change, Find, Forget, GiveBack, Note, Noted, Order, Spend, Take, Taken
from gemlive_emulator.store.record import StoreError, read
from gemlive_emulator.store.redis_scripts import CHANGE, FIND, SPEND, TAKE
from gemlive_emulator.store.shared import SharedStore

SECONDS_TO_CONNECT = 2.0
SECONDS_TO_ANSWER = 3.0

LEAST_LIFE = 1
"""Milliseconds; the server takes no less."""

LEAST_COUNTED = 3600.0
"""Seconds of the server's clock for which counts are kept at least. When a place or a window lapses is said by the
emulator's clock, which may stand still meanwhile; the server's only clears away what nobody asks for any more."""

MANY = 500
"""Entries above which they are not written out on the loop: others would have to wait for some milliseconds."""

LONG = 100_000
"""Characters of a history above which it is not read there."""

PREFIX = "gemlive:"
"""Of all keys, so that the server may be used for other things as well."""


class Call(NamedTuple):
    """An order in the server's words.

    Attributes:
        words: of the command.
        result: makes the result of what the server answers.
    """

    words: tuple[str | float | int, ...]
    result: Callable[[Any], Any] = lambda answer: None


class RedisStore(SharedStore):
    """A server that emulators on several machines share. Each order is one command, so nobody sees half of it.

    Args:
        url: ``redis://``, ``rediss://`` (TLS) or ``unix://``, with user, password and database as redis-py takes them.
        lasts: seconds for which a snapshot can be found after it was last written.
        haste: seconds of the emulator's clock that pass in one of the server's, whose own clock lets keys lapse.
    """

    def __init__(self, url: str, lasts: float = HANDLE_SECONDS, haste: float = 1.0) -> None:
        super().__init__(lasts)
        self._haste = haste
        self._where = urlsplit(url)._replace(query="").geturl().rpartition("@")[2]
        # The connection may have been closed while nobody asked; that is worth one attempt more, and no waiting.
        self._server = Redis.from_url(
            url,
            decode_responses=True,
            socket_connect_timeout=SECONDS_TO_CONNECT,
            socket_timeout=SECONDS_TO_ANSWER,
            retry=Retry(NoBackoff(), 1),
        )

    async def open(self) -> None:
        """See :meth:`~gemlive_emulator.store.base.Store.open`."""
        try:
            await self._server.ping()
        except (RedisError, OSError) as error:
            await self._server.aclose()
            raise self._lost(error) from error

    async def close(self) -> None:
        """See :meth:`~gemlive_emulator.store.base.Store.close`."""
        await self._batches.drain()
        await self._server.aclose()

    async def _carry_out(self, orders: Sequence[Order]) -> Sequence[Any]:
        calls = [await self._made(order) for order in orders]
        answers = await self._ask(calls)
        torn = [at for at, answer in enumerate(answers) if answer == "torn"]
        if torn:
            # The server has lost what was written before, or let it lapse: write it all again.
            again = await self._ask([await self._made(orders[at], anew=True) for at in torn])
            for at, answer in zip(torn, again, strict=True):
                answers[at] = answer
        return [await self._result(call, answer) for call, answer in zip(calls, answers, strict=True)]

    async def _made(self, order: Order, anew: bool = False) -> Call:
        """The call of an order; one of a change that is torn writes the whole history anew."""
        if not isinstance(order, Change):
            return self._call(order)
        first = 0 if anew else order.first
        if order.end - first > MANY:
            return await asyncio.to_thread(self._change, order, first)
        return self._change(order, first)

    async def _ask(self, calls: Sequence[Call]) -> list[Any]:
        try:
            async with self._server.pipeline(transaction=False) as pipeline:
                for call in calls:
                    pipeline.execute_command(*call.words)
                return await pipeline.execute(raise_on_error=False)
        except (RedisError, OSError) as error:
            raise self._lost(error) from error

    async def _result(self, call: Call, answer: Any) -> Any:
        if isinstance(answer, Exception):
            return self._lost(answer)
        try:
            if isinstance(answer, list) and len(answer[-1]) > LONG:
                return await asyncio.to_thread(call.result, answer)
            return call.result(answer)
        except StoreError as error:
            return error

    def _lost(self, error: Exception) -> StoreError:
        return StoreError(f"the store {self._where} does not answer as it should: {error}")

    def _call(self, order: Find | Forget | Take | GiveBack | Taken | Spend | Note | Noted) -> Call:
        match order:
            case Find():
                return _find(order)
            case Forget():
                return Call(("DEL", _handle(order.handle)))
            case Take():
                life = self._life(order.expires - order.now, LEAST_COUNTED)
                told = (order.now, order.holder, order.most, order.expires, life)
                return Call(("EVAL", TAKE, 1, _places(order.name), *told), bool)
            case GiveBack():
                return Call(("ZREM", _places(order.name), order.holder))
            case Taken():
                return Call(("ZCOUNT", _places(order.name), f"({order.now}", "+inf"), int)
            case Note():
                life = self._life(order.expires - order.now, LEAST_COUNTED)
                return Call(("SET", _note(order.name), f"{order.expires} {order.text}", "PX", life))
            case Noted():
                return Call(("GET", _note(order.name)), lambda answer: _still(answer, order.now))
            case Spend():
                life = self._life(order.until - order.now, LEAST_COUNTED)
                used = (order.now, order.amount, order.until, life)
                return Call(
                    ("EVAL", SPEND, 1, f"{PREFIX}spent:{order.name}", *used),
                    lambda answer: Spent(float(answer[0]), float(answer[1])),
                )

    def _change(self, order: Change, first: int) -> Call:
        keys = (*_history(order.history), *map(_handle, order.handles))
        life = self._life(order.expires - order.now)
        told = (first, order.history, order.head, int(order.moment), order.expires, life)
        return Call(("EVAL", CHANGE, len(keys), *keys, *told, *order.entries(first)))

    def _life(self, seconds: float, least: float = 0.0) -> int:
        """Milliseconds of the server's clock, for seconds of the emulator's; ``least`` is of the server's."""
        return max(LEAST_LIFE, ceil(1000 * max(seconds / self._haste, least)))


def _find(order: Find) -> Call:
    def result(answer: Any) -> Any:
        if not answer:
            return None
        expires, head, entries = answer
        return read(head, entries) if float(expires) > order.now else None

    return Call(("EVAL", FIND, 1, _handle(order.handle), *_history("")), result)


def _still(answer: str | None, now: float) -> str | None:
    """The text of a note that has not lapsed."""
    expires, _, text = (answer or "0").partition(" ")
    return text if float(expires) > now else None


def _places(name: str) -> str:
    return f"{PREFIX}places:{name}"


def _note(name: str) -> str:
    return f"{PREFIX}note:{name}"


def _handle(handle: str) -> str:
    return f"{PREFIX}handle:{handle}"


def _history(number: int | str) -> tuple[str, str]:
    """The keys of what was said and of the head."""
    return f"{PREFIX}entries:{number}", f"{PREFIX}head:{number}"
