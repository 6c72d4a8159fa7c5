"""The tables of a store in a SQLite file, and how each order is done on them."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any, ClassVar

from gemlive_emulator.store.counters import Spent
from gemlive_emulator.store.orders import Change, Find, Forget, GiveBack, Note, Noted, Order, Spend, Take, Taken
from gemlive_emulator.store.record import Kept, StoreError, read

LAYOUT = 2
"""Of the tables; kept in the file as ``user_version``, where 0 means a file in which nothing stands yet."""

BUSY_SECONDS = 5.0
"""How long to wait while another emulator writes."""

AGAIN_SECONDS = 0.01
"""From one attempt to switch to the log to the next."""

PRUNE_SECONDS = 60.0
"""From one search for what has lapsed to the next."""

PRUNED_AT_ONCE = 20
"""Histories that are removed in one transaction, since others wait for it: each may have thousands of entries."""

TABLES = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS histories (history INTEGER PRIMARY KEY, head TEXT NOT NULL, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS entries (
    history INTEGER, position INTEGER, entry TEXT NOT NULL, PRIMARY KEY (history, position)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS handles (
    handle TEXT PRIMARY KEY, history INTEGER NOT NULL, head TEXT, expires REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS places (
    name TEXT, holder TEXT, expires REAL NOT NULL, PRIMARY KEY (name, holder)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spent (name TEXT PRIMARY KEY, total REAL NOT NULL, until REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, text TEXT NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS old_histories ON histories (expires);
CREATE INDEX IF NOT EXISTS old_handles ON handles (expires);
PRAGMA user_version = {LAYOUT};
COMMIT;
"""


class SqliteFile:
    """One connection to the file. Everything here takes its time, so it belongs into a thread, always the same one.

    Args:
        path: of the file; made if there is none.

    Raises:
        StoreError: it cannot be opened, is no database, or was written by a later release.
    """

    def __init__(self, path: Path) -> None:
        self._prune_at = float("-inf")
        try:
            self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        except sqlite3.Error as error:
            raise StoreError(f"{path}: {error}; the folder has to be there, and you need the right to write") from error
        try:
            self._prepare(path)
        except sqlite3.Error as error:
            self._db.close()
            raise StoreError(f"{path}: {error}; give a file that only the emulator writes, or a new one") from error
        except StoreError:
            self._db.close()
            raise

    def close(self) -> None:
        """Let go of the file; the last one to do so leaves it in one piece, without a log beside it."""
        self._db.close()

    def carry_out(self, orders: Sequence[Order]) -> list[Any]:
        """Do the orders in one transaction: they all hold, or none does.

        Raises:
            StoreError: the file is full, damaged or busy for too long.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            results = [self._result(order) for order in orders]
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreError(f"the store cannot be written or read: {error}") from error
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        return results

    def _prepare(self, path: Path) -> None:
        db = self._db
        # What a commit wrote into the log is the system's then, and no kill of this process takes it away. NORMAL waits
        # for the disk at checkpoints alone: if the power fails, the file is sound, and may lack the last commits.
        self._use_log()
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA journal_size_limit = 16777216")
        layout = db.execute("PRAGMA user_version").fetchone()[0]
        if layout > LAYOUT:
            raise StoreError(
                f"{path}: its tables are of layout {layout}, and this emulator knows {LAYOUT}; it was written by a "
                "later release, so give this one a file of its own"
            )
        if layout < LAYOUT:
            db.executescript(TABLES)

    def _use_log(self) -> None:
        """Switch to the write-ahead log, for which SQLite does not always wait for others by itself."""
        db = self._db
        db.execute("PRAGMA busy_timeout = 0")
        for _ in range(round(BUSY_SECONDS / AGAIN_SECONDS)):
            with suppress(sqlite3.OperationalError):
                db.execute("PRAGMA journal_mode = WAL")
                break
            Event().wait(AGAIN_SECONDS)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")

    def _result(self, order: Order) -> Any:
        try:
            return self._DO[type(order)](self, order)
        except StoreError as error:
            return error

    def _change(self, order: Change) -> None:
        db, history = self._db, order.history
        latest = db.execute(
            "SELECT position FROM entries WHERE history = ? ORDER BY position DESC LIMIT 1", (history,)
        ).fetchone()
        first = order.first if order.first <= (latest[0] + 1 if latest else 0) else 0
        db.executemany(
            "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)",
            [(history, position, entry) for position, entry in enumerate(order.entries(first), first)],
        )
        db.execute("INSERT OR REPLACE INTO histories VALUES (?, ?, ?)", (history, order.head, order.expires))
        head = order.head if order.moment else None
        db.executemany(
            "INSERT OR REPLACE INTO handles VALUES (?, ?, ?, ?)",
            [(handle, history, head, order.expires) for handle in order.handles],
        )
        self._prune(order.now)

    def _find(self, order: Find) -> Kept | None:
        found = self._db.execute(
            "SELECT history, coalesce(handles.head, histories.head) FROM handles JOIN histories USING (history) "
            "WHERE handle = ? AND handles.expires > ?",
            (order.handle, order.now),
        ).fetchone()
        if found is None:
            return None
        history, head = found
        entries = self._db.execute("SELECT entry FROM entries WHERE history = ? ORDER BY position", (history,))
        return read(head, f"[{','.join(entry for (entry,) in entries)}]")

    def _forget(self, order: Forget) -> None:
        self._db.execute("DELETE FROM handles WHERE handle = ?", (order.handle,))

    def _take(self, order: Take) -> bool:
        db, name, holder = self._db, order.name, order.holder
        db.execute("DELETE FROM places WHERE name = ? AND expires <= ?", (name, order.now))
        others = db.execute("SELECT count(*) FROM places WHERE name = ? AND holder != ?", (name, holder)).fetchone()[0]
        held = db.execute("SELECT 1 FROM places WHERE name = ? AND holder = ?", (name, holder)).fetchone()
        if not held and others >= order.most:
            return False
        db.execute("INSERT OR REPLACE INTO places VALUES (?, ?, ?)", (name, holder, order.expires))
        return True

    def _give_back(self, order: GiveBack) -> None:
        self._db.execute("DELETE FROM places WHERE name = ? AND holder = ?", (order.name, order.holder))

    def _taken(self, order: Taken) -> int:
        counted = "SELECT count(*) FROM places WHERE name = ? AND expires > ?"
        return int(self._db.execute(counted, (order.name, order.now)).fetchone()[0])

    def _spend(self, order: Spend) -> Spent:
        self._db.execute("DELETE FROM spent WHERE name = ? AND until <= ?", (order.name, order.now))
        if not order.amount:
            found = self._db.execute("SELECT total, until FROM spent WHERE name = ?", (order.name,)).fetchone()
            return Spent(*(found or (0.0, order.until)))
        total, until = self._db.execute(
            "INSERT INTO spent VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET total = total + excluded.total "
            "RETURNING total, until",
            (order.name, order.amount, order.until),
        ).fetchone()
        return Spent(total, until)

    def _note(self, order: Note) -> None:
        self._db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?, ?)", (order.name, order.text, order.expires))
        self._prune(order.now)

    def _noted(self, order: Noted) -> str | None:
        wanted = "SELECT text FROM notes WHERE name = ? AND expires > ?"
        found = self._db.execute(wanted, (order.name, order.now)).fetchone()
        return found[0] if found is not None else None

    def _prune(self, now: float) -> None:
        """Remove what has lapsed, a little at a time."""
        if now < self._prune_at:
            return
        db = self._db
        old = [
            history
            for (history,) in db.execute(
                "SELECT history FROM histories WHERE expires <= ? LIMIT ?", (now, PRUNED_AT_ONCE)
            )
        ]
        for history in old:
            db.execute("DELETE FROM entries WHERE history = ?", (history,))
            db.execute("DELETE FROM histories WHERE history = ?", (history,))
        db.execute("DELETE FROM handles WHERE expires <= ?", (now,))
        db.execute("DELETE FROM places WHERE expires <= ?", (now,))
        db.execute("DELETE FROM notes WHERE expires <= ?", (now,))
        db.execute("DELETE FROM spent WHERE until <= ?", (now,))
        if len(old) < PRUNED_AT_ONCE:
            self._prune_at = now + PRUNE_SECONDS

    _DO: ClassVar[dict[type, Callable[..., Any]]] = {
        Change: _change,
        Find: _find,
        Forget: _forget,
        Take: _take,
        GiveBack: _give_back,
        Taken: _taken,
        Note: _note,
        Noted: _noted,
        Spend: _spend,
    }
