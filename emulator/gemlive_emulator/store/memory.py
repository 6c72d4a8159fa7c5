"""Snapshots of sessions in memory, found by their resumption handle."""

from collections import OrderedDict

from gemlive_emulator.session.history import LiveSnapshot, Snapshot
from gemlive_emulator.store.base import HANDLE_SECONDS
from gemlive_emulator.store.counters import MemoryCounters
from gemlive_emulator.store.record import Kept

MOST_SNAPSHOTS = 10_000


class MemoryStore(MemoryCounters):
    """Keeps the snapshots used last; finding and keeping one take constant time. Everything is answered at once.

    Args:
        most: how many snapshots are kept; one more drops the one that was used longest ago.
        lasts: seconds for which a snapshot can be found after it was last put.
    """

    def __init__(self, most: int = MOST_SNAPSHOTS, lasts: float = HANDLE_SECONDS) -> None:
        super().__init__()
        self._most = most
        self._lasts = lasts
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
        self._kept[handle] = (now + (self._lasts if lasts is None else lasts), kept)
        self._kept.move_to_end(handle)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def find(self, handle: str, now: float) -> Kept | None:
        """See :meth:`~gemlive_emulator.store.base.Store.find`."""
        found = self._kept.get(handle)
        if found is None:
            return None
        expires, kept = found
        if expires <= now:
            del self._kept[handle]
            return None
        self._kept.move_to_end(handle)
        return kept

    def forget(self, handle: str) -> None:
        """Let nobody find the snapshot of a handle any more."""
        self._kept.pop(handle, None)


class MemoryScribe:
    """Keeps the snapshots of one session; they hold the history itself, so that nothing has to be written."""

    __slots__ = ("_key", "_lasts", "_length", "_live", "_model", "_session", "_store")

    def __init__(
        self, store: MemoryStore, model: str = "", key: str = "", session: str = "", lasts: float | None = None
    ) -> None:
        self._store = store
        self._model = model
        self._key = key
        self._session = session
        self._lasts = lasts
        self._live: dict[str, LiveSnapshot] = {}
        self._length = 0

    @property
    def behind(self) -> bool:
        """See :class:`~gemlive_emulator.store.base.Scribe`."""
        return any(len(snapshot.history.entries) != self._length for snapshot in self._live.values())

    def remember(self, handle: str, snapshot: Snapshot | LiveSnapshot, now: float) -> None:
        """See :class:`~gemlive_emulator.store.base.Scribe`."""
        self._store.put(handle, Kept(snapshot, self._model, self._key, self._session), now, self._lasts)
        if isinstance(snapshot, LiveSnapshot):
            self._live[handle] = snapshot
            self._length = len(snapshot.history.entries)

    def follow(self, now: float) -> None:
        """See :class:`~gemlive_emulator.store.base.Scribe`."""
        for handle, snapshot in self._live.items():
            self.remember(handle, snapshot, now)

    def forget(self, handle: str) -> None:
        """See :class:`~gemlive_emulator.store.base.Scribe`."""
        self._live.pop(handle, None)
        self._store.forget(handle)
