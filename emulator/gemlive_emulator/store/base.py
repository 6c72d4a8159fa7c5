"""What the server needs of a store."""

from typing import Protocol

from gemlive_emulator.session.history import LiveSnapshot, Snapshot
from gemlive_emulator.store.counters import Counters, Soon
from gemlive_emulator.store.record import Kept

HANDLE_SECONDS = 2 * 3600.0
"""How long a handle lasts after the session ended: two hours (Live API documentation)."""


class Scribe(Protocol):
    """Writes one session down. What it is told is stored in the order in which it was told."""

    @property
    def behind(self) -> bool:
        """Whether more was said than is written down, in a session whose handle stands for all that is said."""
        ...

    def remember(self, handle: str, snapshot: Snapshot | LiveSnapshot, now: float) -> Soon[None]:
        """Keep a snapshot under its handle, in place of an earlier one; when this is done nothing can lose it."""
        ...

    def follow(self, now: float) -> Soon[None]:
        """Write down what was said since, and let the handles that stand for the session last from now on."""
        ...

    def forget(self, handle: str) -> Soon[None]:
        """Let nobody find the snapshot of a handle any more."""
        ...


class Store(Counters, Protocol):
    """Keeps snapshots of sessions under their handles.

    There is no clock inside: ``now`` is seconds since 1970, by the clock of the emulator. An answer that comes later
    comes as a future, which fails with :class:`~gemlive_emulator.store.record.StoreError` if the store is out of reach.
    """

    async def open(self) -> None:
        """Get ready.

        Raises:
            StoreError: it cannot be used, and why.
        """
        ...

    async def close(self) -> None:
        """Finish what was begun, and let go of files, threads and connections."""
        ...

    def scribe(self, model: str = "", key: str = "", session: str = "", lasts: float | None = None) -> Scribe:
        """Who writes a session down.

        Args:
            model: see :class:`~gemlive_emulator.store.record.Kept`.
            key: see there.
            session: see there.
            lasts: seconds for which its handles can be found after they were last written; ``None`` as those of others.
        """
        ...

    def find(self, handle: str, now: float) -> Soon[Kept | None]:
        """What is kept under a handle; ``None`` for one that never was, was forgotten, or is too old."""
        ...
