"""Snapshots of sessions in memory, found by their resumption handle."""

import json
from collections import OrderedDict

from gemlive_emulator.records import dataclass
from gemlive_emulator.session.history import History, LiveSnapshot, Snapshot
from gemlive_emulator.session.pending import PendingReply
from gemlive_emulator.store.base import HANDLE_SECONDS
from gemlive_emulator.store.counters import MemoryCounters
from gemlive_emulator.store.record import Kept

MOST_SNAPSHOTS = 10_000
MOST_CHARACTERS = 128 * 1024 * 1024
"""Of all that was said in the sessions that are kept; a client may say megabytes, leave, and come again."""


@dataclass(slots=True)
class _Weight:
    """Of one history: under how many handles it is kept, and how many of its entries and characters are counted, and
    how many characters of what functions returned to replies that still wait."""

    handles: int = 0
    entries: int = 0
    characters: int = 0
    returned: int = 0


class _Weights:
    """How many characters there are in the histories that are kept; each counts once, whatever its handles."""

    def __init__(self) -> None:
        self.total = 0
        # By identity: what is kept cannot go, so nothing else can have its place.
        self._of: dict[int, _Weight] = {}

    def add(self, history: History) -> None:
        """One handle more for a history, and what was said in it since."""
        weight = self._of.setdefault(id(history), _Weight())
        new = sum(len(said.text) for said in history.entries[weight.entries :])
        returned = _returned(history)
        self.total += new + returned - weight.returned
        weight.handles += 1
        weight.entries = len(history.entries)
        weight.characters += new
        weight.returned = returned

    def remove(self, history: History) -> None:
        """One handle less."""
        weight = self._of[id(history)]
        weight.handles -= 1
        if not weight.handles:
            self.total -= weight.characters + weight.returned
            del self._of[id(history)]


def _returned(history: History) -> int:
    """Characters of what was returned to replies that are pending: a client may return megabytes, and keep one back."""
    results = (call.result for reply in history.pending for call in reply.calls)
    return sum(len(json.dumps(dict(result.response))) for result in results if result is not None)


class MemoryStore(MemoryCounters):
    """Keeps the snapshots used last; finding and keeping one take constant time. Everything is answered at once.

    Args:
        most: how many snapshots are kept; one more drops the one that was used longest ago, and so does what is said in
            them beyond ``characters``.
        lasts: seconds for which a snapshot can be found after it was last put.
        characters: see :data:`MOST_CHARACTERS`.
    """

    def __init__(
        self, most: int = MOST_SNAPSHOTS, lasts: float = HANDLE_SECONDS, characters: int = MOST_CHARACTERS
    ) -> None:
        super().__init__()
        self._most = most
        self._lasts = lasts
        self._characters = characters
        self._weights = _Weights()
        self._kept: OrderedDict[str, tuple[float, Kept]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    async def open(self) -> None:
        """Nothing is needed."""

    async def close(self) -> None:
        """Nothing is held."""

    def scribe(self, model: str = "", key: str = "", session: str = "", lasts: float | None = None) -> "MemoryScribe":
        """See :meth:`~gemlive_emulator.store.base.Store.scribe`."""
        return MemoryScribe(self, model, key, session, lasts)

    def put(self, handle: str, kept: Kept, now: float, lasts: float | None = None) -> None:
        """Keep a snapshot under its handle, in place of an earlier one."""
        self._weights.add(kept.snapshot.history)
        self.forget(handle)
        self._kept[handle] = (now + (self._lasts if lasts is None else lasts), kept)
        # The one that has just come stays, however long it is.
        while len(self._kept) > self._most or (len(self._kept) > 1 and self._weights.total > self._characters):
            self.forget(next(iter(self._kept)))

    def find(self, handle: str, now: float) -> Kept | None:
        """See :meth:`~gemlive_emulator.store.base.Store.find`."""
        found = self._kept.get(handle)
        if found is None:
            return None
        expires, kept = found
        if expires <= now:
            self.forget(handle)
            return None
        self._kept.move_to_end(handle)
        return kept

    def forget(self, handle: str) -> None:
        """Let nobody find the snapshot of a handle any more."""
        forgotten = self._kept.pop(handle, None)
        if forgotten is not None:
            self._weights.remove(forgotten[1].snapshot.history)


class MemoryScribe:
    """Keeps the snapshots of one session; they hold the history itself, so that nothing has to be written."""

    __slots__ = ("_key", "_lasts", "_live", "_model", "_session", "_state", "_store")

    def __init__(
        self, store: MemoryStore, model: str = "", key: str = "", session: str = "", lasts: float | None = None
    ) -> None:
        self._store = store
        self._model = model
        self._key = key
        self._session = session
        self._lasts = lasts
        self._live: dict[str, LiveSnapshot] = {}
        self._state = _state(History())

    @property
    def behind(self) -> bool:
        """See :class:`~gemlive_emulator.store.base.Scribe`."""
        return any(_state(snapshot.history) != self._state for snapshot in self._live.values())

    def remember(self, handle: str, snapshot: Snapshot | LiveSnapshot, now: float) -> None:
        """See :class:`~gemlive_emulator.store.base.Scribe`."""
        self._store.put(handle, Kept(snapshot, self._model, self._key, self._session), now, self._lasts)
        if isinstance(snapshot, LiveSnapshot):
            self._live[handle] = snapshot
            self._state = _state(snapshot.history)

    def follow(self, now: float) -> None:
        """See :class:`~gemlive_emulator.store.base.Scribe`."""
        for handle, snapshot in self._live.items():
            self.remember(handle, snapshot, now)

    def forget(self, handle: str) -> None:
        """See :class:`~gemlive_emulator.store.base.Scribe`."""
        self._live.pop(handle, None)
        self._store.forget(handle)


def _state(history: History) -> tuple[int, tuple[PendingReply, ...]]:
    """What tells whether more was said, or something happened to replies that wait."""
    return len(history.entries), history.pending
