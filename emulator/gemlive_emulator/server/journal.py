"""The journal: what happened in this process, session by session. Bounded; sound is only kept if the settings say so.

The driver writes, on the event loop; anybody reads, from any thread. A copy of what a thousand clients stream would
fill the memory in minutes.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from gemlive_emulator.server.clock import Clock
from gemlive_emulator.server.entries import Entry, Record, Watcher
from gemlive_emulator.server.page import Noted, Page, in_full
from gemlive_emulator.server.reasons import Reasons
from gemlive_emulator.server.taping import MOST_IN_ALL, Kept
from gemlive_emulator.wire.endpoint import Endpoint

if TYPE_CHECKING:
    from gemlive_emulator.scenario.choice import Choice

MOST_SESSIONS = 200


class Journal:
    """The sessions of one emulator, the newest last; beyond :data:`MOST_SESSIONS` the oldest are dropped.

    Args:
        kept: what is kept of messages.

    Attributes:
        reasons: logs why rules do not answer.
    """

    def __init__(self, kept: Kept = "words") -> None:
        self.reasons = Reasons()
        self._kept: Kept = kept
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._pages: deque[Page] = deque(maxlen=MOST_SESSIONS)
        self._watchers: list[Watcher] = []
        self._opened = 0

    def open(self, name: str, now: float, endpoint: Endpoint = Endpoint()) -> Page:  # noqa: B008 -- frozen
        """Begin the record of a session."""
        page = Page(name, now, self.reasons, endpoint, kept=self._kept, numbers=self._numbers, watchers=self._watchers)
        with self._lock:
            self._opened += 1
            self._pages.append(page)
            self._make_room()
        return page

    def _make_room(self) -> None:
        kept = sum(page.roll.octets for page in self._pages)
        for page in self._pages:
            if kept <= MOST_IN_ALL:
                return
            kept -= page.roll.octets
            page.roll.forget()

    def page(self, name: str) -> Page | None:
        """The page of a session, while it is written; ``None`` if it is no longer kept."""
        with self._lock:
            return next((page for page in reversed(self._pages) if page.name == name), None)

    def forget_ended(self) -> None:
        """Keep only the sessions that are open. Safe from any thread."""
        with self._lock:
            self._pages = deque((page for page in self._pages if not page.is_closed), maxlen=MOST_SESSIONS)

    def noting(self, session: str, clock: Clock) -> Callable[["Choice"], None]:
        """What writes down which rule answers in a session; the clock says when."""
        page = self.page(session)

        def note(choice: "Choice") -> None:
            if page is not None:
                page.chosen(clock.now(), choice)

        return note

    def since(self, number: int, session: str | None = None, kind: str | None = None) -> Iterator[tuple[str, Entry]]:
        """What :meth:`unread` gives, read one by one: the names of sessions, and entries. Safe from any thread."""
        return ((name, in_full(noted)) for name, noted in self.unread(number, session, kind))

    def unread(self, number: int, session: str | None = None, kind: str | None = None) -> list[tuple[str, Noted]]:
        """What happened behind that number, in order; messages of clients too. Safe from any thread.

        Args:
            number: of the last entry that is known, 0 for none.
            session: only what happened in that one.
            kind: only what is of this one.
        """
        pages = [page for page in self.pages if session in (None, page.name)]
        found = [(page.name, noted) for page in pages for noted in page.since(number, kind)]
        return sorted(found, key=lambda one: one[1][0])

    @contextmanager
    def watched(self, watcher: Watcher) -> Iterator[None]:
        """Tell ``watcher`` everything that is noted meanwhile, of sessions that are no longer kept too."""
        self._watchers.append(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)

    @property
    def pages(self) -> tuple[Page, ...]:
        """Of the sessions that are kept, the oldest first. Safe from any thread."""
        with self._lock:
            return tuple(self._pages)

    @property
    def records(self) -> tuple[Record, ...]:
        """Copies of all that is kept. Safe from any thread."""
        return tuple(page.record() for page in self.pages)

    @property
    def dropped(self) -> int:
        """How many sessions at the beginning are no longer kept."""
        with self._lock:
            return self._opened - len(self._pages)
