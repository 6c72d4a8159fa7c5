"""Sessions in a SQLite file: they survive the end of the emulator, however it comes."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from gemlive_emulator.store.base import HANDLE_SECONDS
from gemlive_emulator.store.orders import Order
from gemlive_emulator.store.shared import SharedStore
from gemlive_emulator.store.sqlite_file import SqliteFile


class SqliteStore(SharedStore):
    """A file that several emulators of one machine may use at the same time.

    It has a thread of its own: a commit costs less than handing it over, but every now and then one waits for the disk
    or for another emulator, and no session may wait with it that wants nothing of the store.

    Args:
        path: of the file; made if there is none.
        lasts: seconds for which a snapshot can be found after it was last written.
    """

    def __init__(self, path: Path, lasts: float = HANDLE_SECONDS) -> None:
        super().__init__(lasts)
        self._path = path
        self._thread: ThreadPoolExecutor | None = None
        self._file: SqliteFile | None = None

    async def open(self) -> None:
        """See :meth:`~gemlive_emulator.store.base.Store.open`."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="gemlive-store")
        try:
            self._file = await asyncio.get_running_loop().run_in_executor(self._thread, SqliteFile, self._path)
        except BaseException:
            self._thread.shutdown()
            raise

    async def close(self) -> None:
        """See :meth:`~gemlive_emulator.store.base.Store.close`."""
        await self._batches.drain()
        thread, file = self._thread, self._file
        if thread is not None and file is not None:
            await asyncio.get_running_loop().run_in_executor(thread, file.close)
            thread.shutdown()
        self._thread = self._file = None

    async def _carry_out(self, orders: Sequence[Order]) -> Sequence[Any]:
        thread, file = self._thread, self._file
        assert thread is not None, "the store is not open"
        assert file is not None, "the store is not open"
        return await asyncio.get_running_loop().run_in_executor(thread, file.carry_out, orders)
