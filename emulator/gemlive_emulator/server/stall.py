"""The watch over a client that does not read."""

import asyncio
from collections.abc import Callable


class Stall:
    """Looks again and again whether a client has read anything, until :meth:`cancel`.

    Args:
        transport: of the client; some bytes wait there.
        seconds: between two looks; real ones.
        give_up: called once, with why, when it has read nothing between two of them.
    """

    __slots__ = ("_alarm", "_give_up", "_seconds", "_transport", "_waited")

    def __init__(self, transport: asyncio.Transport, seconds: float, give_up: Callable[[str], None]) -> None:
        self._transport = transport
        self._seconds = seconds
        self._give_up = give_up
        self._watch()

    def cancel(self) -> None:
        """Look no more."""
        self._alarm.cancel()

    def _watch(self) -> None:
        self._waited = self._transport.get_write_buffer_size()
        self._alarm = asyncio.get_running_loop().call_later(self._seconds, self._judge)

    def _judge(self) -> None:
        if self._transport.get_write_buffer_size() < self._waited:
            self._watch()
        else:
            self._give_up(f"the client has read nothing for {self._seconds:g} s")
