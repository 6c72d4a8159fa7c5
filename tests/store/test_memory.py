"""What memory alone has to do: stay small."""

from dataclasses import replace

from gemlive_emulator.session.history import LiveSnapshot
from gemlive_emulator.session.pending import PendingCall
from gemlive_emulator.session.steps import Said
from gemlive_emulator.session.tools import ToolCall, ToolResult
from gemlive_emulator.store import counters
from gemlive_emulator.store.base import HANDLE_SECONDS
from gemlive_emulator.store.memory import MemoryStore
from servers import PENDING, history


def test_a_handle_lasts_two_hours_if_nothing_else_is_said():
    store = MemoryStore()
    store.scribe().remember("a", history("one").snapshot(), 0.0)
    assert HANDLE_SECONDS == 7200
    assert store.find("a", 7199.9) is not None
    assert store.find("a", 7200.0) is None
    assert len(store) == 0


def test_the_one_used_longest_ago_makes_room():
    store = MemoryStore(most=2)
    for handle in "ab":
        store.scribe().remember(handle, history(handle).snapshot(), 0.0)
    store.find("a", 0.0)
    store.scribe().remember("c", history("c").snapshot(), 0.0)
    assert [store.find(handle, 0.0) is not None for handle in "abc"] == [True, False, True]


def test_so_does_the_longest_ago_if_too_much_was_said():
    store = MemoryStore(characters=100)
    for handle in "abc":
        store.scribe().remember(handle, history("x" * 45).snapshot(), 0.0)
    assert [store.find(handle, 0.0) is not None for handle in "abc"] == [False, True, True]
    store.forget("b")
    store.scribe().remember("d", history("x" * 45).snapshot(), 0.0)
    assert [store.find(handle, 0.0) is not None for handle in "cd"] == [True, True]
    store.scribe().remember("e", history("x" * 1000).snapshot(), 0.0)
    assert [store.find(handle, 0.0) is not None for handle in "cde"] == [False, False, True]


def test_what_is_said_in_a_session_counts_once_whatever_its_handles():
    store, said = MemoryStore(characters=100), history("x" * 40)
    scribe = store.scribe()
    for handle in "abc":
        scribe.remember(handle, said.snapshot(), 0.0)
    said.add(Said("user", "x" * 40), 0)
    scribe.remember("c", said.snapshot(), 0.0)
    assert len(store) == 3
    said.add(Said("user", "x" * 40), 0)
    scribe.remember("d", said.snapshot(), 0.0)
    assert [store.find(handle, 0.0) is not None for handle in "abcd"] == [False, False, False, True]


def test_what_functions_returned_to_a_reply_that_waits_counts_too():
    store, said = MemoryStore(characters=1000), history("x" * 40)
    store.scribe().remember("a", history("x" * 40).snapshot(), 0.0)
    scribe = store.scribe()
    scribe.remember("b", LiveSnapshot(said), 0.0)
    assert not scribe.behind
    said.pending = (
        replace(PENDING, calls=(PendingCall(ToolCall("f"), result=ToolResult("1", "f", {"is": "x" * 950})),)),
    )
    assert scribe.behind
    scribe.follow(0.0)
    assert [store.find(handle, 0.0) is not None for handle in "ab"] == [False, True]
    said.pending = ()
    scribe.follow(0.0)
    store.scribe().remember("c", history("x" * 900).snapshot(), 0.0)
    assert [store.find(handle, 0.0) is not None for handle in "bc"] == [True, True]


def test_a_snapshot_is_kept_without_copying_what_was_said():
    store, said = MemoryStore(), history("one")
    scribe = store.scribe()
    scribe.remember("a", LiveSnapshot(said), 0.0)
    kept = store.find("a", 0.0)
    assert kept is not None
    assert kept.snapshot.history is said
    said.add(Said("user", "two"), 0)
    assert len(kept.snapshot.restore().entries) == 2


def test_names_that_are_counted_do_not_pile_up(monkeypatch):
    monkeypatch.setattr(counters, "MOST_NAMES", 2)
    store = MemoryStore()
    for name in "abc":
        store.take(name, "holder", 1, 60.0, 0.0)
        store.spend(name, 1, 60.0, 0.0)
    # The oldest is as if it had never been.
    assert [store.take(name, "other", 1, 60.0, 0.0) for name in "cba"] == [False, False, True]
    assert [store.spend(name, 0, 60.0, 0.0).total for name in "cba"] == [1, 1, 0]


def test_nor_do_notes_however_long(monkeypatch):
    monkeypatch.setattr(counters, "MOST_NAMES", 3)
    monkeypatch.setattr(counters, "MOST_NOTED", 100)
    store = MemoryStore()
    for name in "abcd":
        store.note(name, name, 60.0, 0.0)
    assert [store.noted(name, 0.0) for name in "abcd"] == [None, "b", "c", "d"]
    store.note("b", "x" * 99, 60.0, 0.0)
    assert [store.noted(name, 0.0) for name in "cd"] == [None, "d"]
    store.note("e", "x" * 1000, 60.0, 0.0)
    assert [store.noted(name, 0.0) is not None for name in "bde"] == [False, False, True]
    assert store.noted("e", 60.0) is None
    store.note("f", "x" * 99, 60.0, 0.0)
    store.reset()
    for name in "gh":
        store.note(name, "x" * 50, 60.0, 0.0)
    assert [store.noted(name, 0.0) is not None for name in "fgh"] == [False, True, True]
