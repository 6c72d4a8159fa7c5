"""What a file alone has to do: stay small and sound, be shared, and say what is wrong with it."""

import asyncio
import sqlite3

import pytest

from gemlive_emulator.session.history import History, LiveSnapshot
from gemlive_emulator.session.steps import Said
from gemlive_emulator.store import sqlite_file
from gemlive_emulator.store.record import StoreError
from gemlive_emulator.store.sqlite import SqliteStore
from servers import LASTS, history, settled, texts

NOW = 1000.0


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sessions.db"


@pytest.fixture
async def store(path):
    store = SqliteStore(path, LASTS)
    await store.open()
    yield store
    await store.close()


def rows(path, table):
    with sqlite3.connect(path) as db:
        found = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    db.close()
    return found


async def test_what_was_said_is_written_once(path, store):
    said, scribe = History(), store.scribe()
    await settled(scribe.remember("h", LiveSnapshot(said), NOW))
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE writes (position)")
        db.execute("CREATE TRIGGER t AFTER INSERT ON entries BEGIN INSERT INTO writes VALUES (new.position); END")
    db.close()
    for number in range(100):
        said.add(Said("user", str(number)), 1)
        await settled(scribe.follow(NOW))
    assert rows(path, "entries") == rows(path, "writes") == 100


async def test_what_has_lapsed_is_removed(path, store):
    for number in range(30):
        await settled(store.scribe().remember(f"h{number}", history("one", "two").snapshot(), NOW))
    await settled(store.take("place", "holder", 1, LASTS, NOW))
    await settled(store.spend("tokens", 1, LASTS, NOW))
    later = NOW + LASTS + sqlite_file.PRUNE_SECONDS
    # More than are removed at once.
    for number in range(2):
        await settled(store.scribe().remember(f"new{number}", history("three").snapshot(), later))
    assert {name: rows(path, name) for name in ("histories", "entries", "handles", "places", "spent")} == {
        "histories": 2,
        "entries": 2,
        "handles": 2,
        "places": 0,
        "spent": 0,
    }


async def test_nothing_is_looked_for_all_the_time(path, store):
    for seconds, kept in ((0, 1), (70, 2), (LASTS + 1, 3), (70 + sqlite_file.PRUNE_SECONDS, 3)):
        await settled(store.scribe().remember(f"h{seconds}", history("one").snapshot(), NOW + seconds))
        assert rows(path, "histories") == kept


async def test_the_file_is_in_one_piece_after_it_was_closed(tmp_path, path):
    store = SqliteStore(path)
    await store.open()
    await settled(store.scribe().remember("h", history("one").snapshot(), NOW))
    assert path.with_name("sessions.db-wal").exists()
    await store.close()
    assert [file.name for file in tmp_path.iterdir()] == ["sessions.db"]


async def test_closing_what_was_never_opened_does_nothing(path):
    await SqliteStore(path).close()
    assert not path.exists()


async def test_many_can_open_a_new_file_at_the_same_time(path):
    stores = [SqliteStore(path) for _ in range(8)]
    await asyncio.gather(*(store.open() for store in stores))
    for number, store in enumerate(stores):
        await settled(store.scribe().remember(f"h{number}", history("one").snapshot(), NOW))
    assert all([texts(await settled(stores[0].find(f"h{n}", NOW))) == ["one"] for n in range(8)])
    for store in stores:
        await store.close()


async def test_who_writes_at_the_same_time_is_waited_for(path, store):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    stored = store.scribe().remember("h", history("one").snapshot(), NOW)
    for _ in range(3):
        await asyncio.sleep(0)
    assert not stored.done()
    other.execute("COMMIT")
    other.close()
    await settled(stored)
    assert texts(await settled(store.find("h", NOW))) == ["one"]


async def test_a_file_that_others_do_not_let_go_of_fails_what_waits_and_nothing_later(monkeypatch, path):
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.01)
    store = SqliteStore(path)
    await store.open()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="cannot be written or read: database is locked"):
        await settled(store.scribe().remember("h", history("one").snapshot(), NOW))
    other.execute("COMMIT")
    other.close()
    await settled(store.scribe().remember("h", history("two").snapshot(), NOW))
    assert texts(await settled(store.find("h", NOW))) == ["two"]
    await store.close()


async def test_a_batch_holds_whole_or_not_at_all(path, store):
    with sqlite3.connect(path) as db:
        db.execute(
            "CREATE TRIGGER t BEFORE INSERT ON handles WHEN new.handle = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    db.close()
    stored = [store.scribe().remember(handle, history("one").snapshot(), NOW) for handle in ("good", "bad")]
    results = await asyncio.gather(*stored, return_exceptions=True)
    assert [type(result) for result in results] == [StoreError, StoreError]
    assert await settled(store.find("good", NOW)) is None


async def test_what_cannot_be_written_at_all_is_in_nobodys_way(store):
    """It is no fault of the file; the transaction must not stay open all the same."""
    said = history("one", "two")
    said.entries[0] = Said("user", object(), "TEXT")  # type: ignore[arg-type] # that is the fault
    with pytest.raises(TypeError):
        await settled(store.scribe().remember("bad", said.snapshot(), NOW))
    await settled(store.scribe().remember("good", history("one").snapshot(), NOW))
    assert texts(await settled(store.find("good", NOW))) == ["one"]


async def test_one_that_cannot_be_read_leaves_the_others_alone(path, store):
    for handle in ("good", "bad"):
        await settled(store.scribe().remember(handle, history("one").snapshot(), NOW))
    with sqlite3.connect(path) as db:
        db.execute("UPDATE handles SET head = '{\"version\": 99}' WHERE handle = 'bad'")
    db.close()
    good, bad = store.find("good", NOW), store.find("bad", NOW)
    assert texts(await settled(good)) == ["one"]
    with pytest.raises(StoreError, match="version 99"):
        await settled(bad)


async def test_a_folder_that_is_not_there_is_told(tmp_path):
    path = tmp_path / "nowhere" / "s.db"
    with pytest.raises(StoreError, match="unable to open database file; the folder has to be there") as told:
        await SqliteStore(path).open()
    assert str(path) in str(told.value)


async def test_a_file_that_is_something_else_is_left_as_it_is(path):
    path.write_text("shopping list: " + "milk, " * 100)
    with pytest.raises(StoreError, match="file is not a database; give a file that only the emulator writes"):
        await SqliteStore(path).open()
    assert path.read_text().startswith("shopping list: milk")


async def test_a_file_of_an_earlier_release_is_brought_up_to_date(path):
    store = SqliteStore(path)
    await store.open()
    await settled(store.scribe().remember("h", history("one").snapshot(), NOW))
    await store.close()
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE notes")
        db.execute("PRAGMA user_version = 1")
    db.close()
    await store.open()
    await settled(store.note("n", "text", 10.0, NOW))
    assert await settled(store.noted("n", NOW)) == "text"
    assert texts(await settled(store.find("h", NOW))) == ["one"]
    await store.close()


async def test_a_file_of_a_later_release_is_left_as_it_is(path):
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 7")
    db.close()
    with pytest.raises(StoreError, match=r"layout 7, and this emulator knows 2; .* a file of its own"):
        await SqliteStore(path).open()


@pytest.fixture
def reader(path):
    """Somebody who looks at a file that has no log yet, for which SQLite does not wait."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE something (else_)")
    other.execute("BEGIN")
    other.execute("SELECT * FROM something").fetchall()
    yield other
    other.close()


async def test_who_looks_at_the_file_at_the_same_time_is_waited_for(path, reader, monkeypatch):
    waits = []

    class Meanwhile:
        def wait(self, seconds):
            waits.append(seconds)
            reader.execute("COMMIT")

    monkeypatch.setattr(sqlite_file, "Event", Meanwhile)
    store = SqliteStore(path)
    await store.open()
    await store.close()
    assert waits == [sqlite_file.AGAIN_SECONDS]


async def test_and_not_for_ever(path, reader, monkeypatch):
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.03)
    with pytest.raises(StoreError, match="database is locked"):
        await SqliteStore(path).open()
