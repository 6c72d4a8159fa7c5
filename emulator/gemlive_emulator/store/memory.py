"""Snapshots of sessions in memory, found by their resumption handle."""

from collections import OrderedDict
from typing import Any

HANDLE_SECONDS = 2 * 3600.0
"""How long a handle lasts after the session ended: two hours (Live API documentation)."""

MOST_SNAPSHOTS = 10_000


class MemoryStore:
    """Keeps the snapshots used last; finding and keeping one take constant time.

    There is no clock inside: the caller says what time it is.

    Args:
        most: how many snapshots are kept; one more drops the one that was used longest ago.
        lasts: seconds for which a snapshot can be found after it was last put.
    """

    def __init__(self, most: int = MOST_SNAPSHOTS, lasts: float = HANDLE_SECONDS) -> None:
        self._most = most
        self._lasts = lasts
        self._kept: OrderedDict[str, tuple[float, Any]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, handle: str, snapshot: Any, now: float) -> None:
        """Keep a snapshot under its handle, in place of an earlier one."""
        self._kept[handle] = (now + self._lasts, snapshot)
        self._kept.move_to_end(handle)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def get(self, handle: str, now: float) -> Any | None:
        """The snapshot of a handle; ``None`` for one that never was, was dropped, or is too old."""
        found = self._kept.get(handle)
        if found is None:
            return None
        expires, snapshot = found
        if expires <= now:
            del self._kept[handle]
            return None
        self._kept.move_to_end(handle)
        return snapshot

    def forget(self, handle: str) -> None:
        """Let nobody find the snapshot of a handle any more."""
        self._kept.pop(handle, None)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
