"""Why rules do not answer, logged a little at a time: those of a large file would keep everybody waiting."""

import asyncio
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from gemlive_emulator.server.redact import redacting_logger

if TYPE_CHECKING:
    from gemlive_emulator.scenario.choice import Choice

SLICE = 50
"""Lines that are logged before others get their turn: a few milliseconds."""

MOST_WAITING = 100
"""Turns that wait to be explained. Each keeps its text; where more come than can be logged, some are left out."""

MOST_AT_END = 20_000
"""Lines that are still logged when the emulator stops: about a second."""

log = redacting_logger("session")


class Reasons:
    """Logs the reasons of choices, one choice after the other, in their order."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, Iterator[str]]] = deque()

    def tell(self, session: str, choice: "Choice") -> None:
        """Log what was chosen, and why the other rules were not.

        The first lines are logged at once if nothing waits, the others in slices between whatever else the event loop
        has to do; all at once where there is none.
        """
        if len(self._waiting) >= MOST_WAITING:
            log.debug(
                "session %s: %s; %d turns wait to be explained, and this is not", session, choice.told, MOST_WAITING
            )
            return
        self._waiting.append((session, choice.explain()))
        if len(self._waiting) == 1:
            self._go_on()

    def finish(self) -> None:
        """Log what still waits, as far as that takes no longer than about a second."""
        for _ in range(MOST_AT_END // SLICE):
            self._log_some()
        if self._waiting:
            log.debug("%d turns are not explained to the end, since the emulator stops", len(self._waiting))
        self._waiting.clear()

    def _go_on(self) -> None:
        self._log_some()
        if not self._waiting:
            return
        try:
            asyncio.get_running_loop().call_soon(self._go_on)
        except RuntimeError:
            while self._waiting:
                self._log_some()

    def _log_some(self) -> None:
        if self._waiting:
            session, lines = self._waiting[0]
            some = list(islice(lines, SLICE))
            for line in some:
                log.debug("session %s: %s", session, line)
            if len(some) < SLICE:
                self._waiting.popleft()
