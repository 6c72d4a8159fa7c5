"""What the stores outside this process have in common: orders to them, and who writes sessions down."""

from abc import ABC, abstractmethod
from asyncio import Future
from collections.abc import Callable, Sequence
from functools import partial
from os import urandom
from typing import Any

from gemlive_emulator.session.history import History, LiveSnapshot, Snapshot
from gemlive_emulator.store.base import HANDLE_SECONDS
from gemlive_emulator.store.batches import Batches
from gemlive_emulator.store.counters import Spent
from gemlive_emulator.store.orders import Change, Find, Forget, GiveBack, Note, Noted, Order, Spend, Take, Taken
from gemlive_emulator.store.record import Kept, entries_of, head_of

Submit = Callable[[Order], Future[Any]]


class SharedStore(ABC):
    """A store that other processes can use at the same time, and that outlives this one.

    Args:
        lasts: seconds for which a snapshot can be found after it was last written.
    """

    shared = True

    def __init__(self, lasts: float = HANDLE_SECONDS) -> None:
        self._lasts = lasts
        self._batches = Batches(self._carry_out)

    @abstractmethod
    async def _carry_out(self, orders: Sequence[Order]) -> Sequence[Any]:
        """Do these orders; gives the result of each, or the exception."""

    def scribe(self, model: str = "", key: str = "", session: str = "", lasts: float | None = None) -> "SharedScribe":
        """See :meth:`~gemlive_emulator.store.base.Store.scribe`."""
        return SharedScribe(self._batches.submit, self._lasts if lasts is None else lasts, model, key, session)

    def find(self, handle: str, now: float) -> Future[Kept | None]:
        """See :meth:`~gemlive_emulator.store.base.Store.find`."""
        return self._batches.submit(Find(handle, now))

    def take(self, name: str, holder: str, most: int, lasts: float, now: float) -> Future[bool]:
        """See :meth:`~gemlive_emulator.store.counters.Counters.take`."""
        return self._batches.submit(Take(name, holder, most, now + lasts, now))

    def give_back(self, name: str, holder: str) -> Future[None]:
        """See :meth:`~gemlive_emulator.store.counters.Counters.give_back`."""
        return self._batches.submit(GiveBack(name, holder))

    def spend(self, name: str, amount: float, window: float, now: float) -> Future[Spent]:
        """See :meth:`~gemlive_emulator.store.counters.Counters.spend`."""
        return self._batches.submit(Spend(name, amount, now + window, now))

    def taken(self, name: str, now: float) -> Future[int]:
        """See :meth:`~gemlive_emulator.store.counters.Counters.taken`."""
        return self._batches.submit(Taken(name, now))

    def note(self, name: str, text: str, lasts: float, now: float) -> Future[None]:
        """See :meth:`~gemlive_emulator.store.counters.Counters.note`."""
        return self._batches.submit(Note(name, text, now + lasts, now))

    def noted(self, name: str, now: float) -> Future[str | None]:
        """See :meth:`~gemlive_emulator.store.counters.Counters.noted`."""
        return self._batches.submit(Noted(name, now))

    def reset(self) -> None:  # noqa: B027 - there is nothing to do
        """Nothing: it is not this emulator's alone to forget."""


class SharedScribe:
    """Writes one session down, each thing that was said once, however many handles are given."""

    __slots__ = (
        "_history",
        "_key",
        "_last",
        "_lasts",
        "_live",
        "_model",
        "_number",
        "_session",
        "_state",
        "_submit",
        "_written",
    )

    def __init__(self, submit: Submit, lasts: float, model: str, key: str, session: str) -> None:
        self._submit = submit
        self._lasts = lasts
        self._model = model
        self._key = key
        self._session = session
        # Not by the names of the session: those of a seed come again at the next start.
        self._number = int.from_bytes(urandom(8)) >> 1
        self._history: History | None = None
        self._live: dict[str, LiveSnapshot] = {}
        self._written = 0
        self._state = _state(History())
        self._last = ""

    @property
    def behind(self) -> bool:
        """See :class:`~gemlive_emulator.store.base.Scribe`."""
        return bool(self._live) and self._history is not None and _state(self._history) != self._state

    def remember(self, handle: str, snapshot: Snapshot | LiveSnapshot, now: float) -> Future[None]:
        """See :class:`~gemlive_emulator.store.base.Scribe`."""
        if isinstance(snapshot, LiveSnapshot):
            self._live[handle] = snapshot
        return self._write((handle,), snapshot, now)

    def follow(self, now: float) -> Future[None]:
        """See :class:`~gemlive_emulator.store.base.Scribe`."""
        # All of its handles again: those of a session that said nothing for hours may have lapsed.
        handles = tuple(self._live)
        return self._write(handles, self._live[handles[-1]], now)

    def forget(self, handle: str) -> Future[None]:
        """See :class:`~gemlive_emulator.store.base.Scribe`."""
        self._live.pop(handle, None)
        return self._submit(Forget(handle))

    def _write(self, handles: tuple[str, ...], snapshot: Snapshot | LiveSnapshot, now: float) -> Future[None]:
        history = self._history = snapshot.history
        end = len(history.entries)
        first = self._written
        if first and entries_of(history, first, first - 1) != [self._last]:
            first -= 1  # what it costs may grow after it was said
        self._last = entries_of(history, end, end - 1)[0] if end else ""
        self._written, self._state = end, _state(history)
        return self._submit(
            Change(
                history=self._number,
                first=first,
                end=end,
                entries=partial(entries_of, history, end),
                head=head_of(Kept(snapshot, self._model, self._key, self._session)),
                handles=handles,
                moment=isinstance(snapshot, Snapshot),
                expires=now + self._lasts,
                now=now,
            )
        )


def _state(history: History) -> tuple[Any, ...]:
    """What tells whether anything has happened to a history."""
    counts = len(history.entries), history.turns, history.start, history.age, sum(history.tokens.values())
    return *counts, history.pending
