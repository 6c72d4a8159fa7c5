"""Snapshots in memory: found by handle, for a while, as many as fit."""

from gemlive_emulator.store.memory import HANDLE_SECONDS, MemoryStore


def test_a_snapshot_is_found_by_its_handle() -> None:
    store = MemoryStore()
    store.put("a", "first", 0.0)
    store.put("a", "second", 1.0)
    assert store.get("a", 2.0) == "second"
    assert store.get("b", 2.0) is None


def test_a_handle_lasts_two_hours_from_when_it_was_last_put() -> None:
    store = MemoryStore()
    store.put("a", "x", 0.0)
    store.put("a", "x", 100.0)
    assert store.get("a", HANDLE_SECONDS + 99.9) == "x"
    assert store.get("a", HANDLE_SECONDS + 100.0) is None
    assert len(store) == 0


def test_the_one_used_longest_ago_makes_room() -> None:
    store = MemoryStore(most=2)
    store.put("a", 1, 0.0)
    store.put("b", 2, 0.0)
    store.get("a", 0.0)
    store.put("c", 3, 0.0)
    assert [store.get(handle, 0.0) for handle in "abc"] == [1, None, 3]


def test_one_can_be_forgotten() -> None:
    store = MemoryStore()
    store.put("a", 1, 0.0)
    store.put("b", 2, 0.0)
    store.forget("a")
    store.forget("never there")
    assert [store.get(handle, 0.0) for handle in "ab"] == [None, 2]


def test_everything_can_be_forgotten() -> None:
    store = MemoryStore()
    store.put("a", 1, 0.0)
    store.clear()
    assert len(store) == 0
    assert store.get("a", 0.0) is None
