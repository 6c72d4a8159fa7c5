"""Sound that is heard when there is time for it.

What a session has to hear, it hears at once. Where there is only enough held for hearing to be worth the while, the
bytes that have arrived meanwhile come first: with a thousand clients on one core each waits less for the others.
"""

import asyncio
from collections import OrderedDict
from typing import Protocol

HEARD_AT_A_TIME = 2
"""Sessions that hear in one pass of the event loop. One would do, if no pass ever read from more than a few clients."""


class Hearer(Protocol):
    """What the queue needs of a driver."""

    def hear_now(self) -> None:
        """Let the session hear all that is held, and send what comes of it."""
        ...


class Leisure:
    """The sessions that are to hear something before long, those first that waited longest."""

    __slots__ = ("_is_scheduled", "_waiting")

    def __init__(self) -> None:
        self._waiting: OrderedDict[Hearer, None] = OrderedDict()
        self._is_scheduled = False

    def hear(self, hearer: Hearer, *, at_once: bool) -> None:
        """Enough is held for this one; ``at_once`` if something can come of it."""
        if at_once:
            self.discard(hearer)
            hearer.hear_now()
        else:
            self._waiting[hearer] = None
            self._schedule()

    def discard(self, hearer: Hearer) -> None:
        """This one has nothing to hear any more."""
        self._waiting.pop(hearer, None)

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._hear_some)

    def _hear_some(self) -> None:
        self._is_scheduled = False
        waiting = self._waiting
        if len(waiting) > HEARD_AT_A_TIME:
            self._schedule()
        for _ in range(min(HEARD_AT_A_TIME, len(waiting))):
            waiting.popitem(last=False)[0].hear_now()
