"""The written form of a session: read back as it was, and refused with words where it cannot be."""

import json
from dataclasses import fields

import pytest

from gemlive_emulator.session.history import History, LiveSnapshot, Snapshot
from gemlive_emulator.store.record import VERSION, Kept, StoreError, entries_of, fingerprint, head_of, read
from servers import PENDING, history


def written(kept):
    said = kept.snapshot.history
    return head_of(kept), array(entries_of(said, len(said.entries)))


def array(entries):
    return f"[{','.join(entries)}]"


@pytest.mark.parametrize("live", [False, True])
def test_what_was_written_is_read_back(live):
    said = history("one", "two", "three", turns=2)
    said.age, said.pending = 61.5, (PENDING,)
    kept = Kept(LiveSnapshot(said) if live else said.snapshot(), "a-model", fingerprint("a-key"), "a-session")
    again = read(*written(kept))
    assert (again.model, again.key, again.session) == (kept.model, kept.key, kept.session)
    assert type(again.snapshot) is type(kept.snapshot)
    assert again.snapshot.restore() == kept.snapshot.restore()


def test_the_form_holds_everything_that_a_history_and_a_snapshot_hold():
    # A field that is new in the core has to be written down too: add it to head_of or entries_of, and to read.
    shared = ["tokens", "turns", "start", "age", "pending"]
    assert [field.name for field in fields(History)] == ["entries", "costs", *shared]
    assert [field.name for field in fields(Snapshot)] == ["history", "length", *shared]
    assert [field.name for field in fields(LiveSnapshot)] == ["history"]


def test_a_moment_is_read_without_what_was_said_after_it():
    said = history("one", "two")
    head = head_of(Kept(said.snapshot()))
    said.add(said.entries[0], 0)
    assert [one.text for one in read(head, array(entries_of(said, 3))).snapshot.restore().entries] == ["one", "two"]


def test_it_is_plain_json_with_a_version():
    head, entries = written(Kept(history("Hä?").snapshot(), "m", "k", "s"))
    assert json.loads(head) == {
        "version": 1,
        "live": False,
        "length": 1,
        "tokens": {"TEXT": 9},
        "turns": 1,
        "start": 0,
        "age": 0.0,
        "pending": [],
        "model": "m",
        "key": "k",
        "session": "s",
    }
    assert entries == '[["user","H\\u00e4?","TEXT",{"TEXT":9}]]'


def test_fields_that_are_unknown_are_passed_over():
    head, entries = written(Kept(history("one").snapshot()))
    assert read(json.dumps({**json.loads(head), "weather": "fine"}), entries).snapshot.length == 1


def test_what_an_earlier_form_did_not_hold_is_not_there():
    """Written by an emulator that did not keep calls."""
    head, entries = written(Kept(history("one").snapshot()))
    earlier = json.loads(head)
    del earlier["pending"]
    assert read(json.dumps(earlier), entries).snapshot.restore() == history("one")


def test_a_later_form_may_say_more_of_a_call():
    said = history("one")
    said.pending = (PENDING,)
    head, entries = written(Kept(said.snapshot()))
    later = json.loads(head)
    [reply] = later["pending"]
    for told in (reply, reply["turn"], reply["turn"]["heard"], reply["calls"][0], reply["calls"][1]["result"]):
        told["weather"] = "fine"
    assert read(json.dumps(later), entries).snapshot.restore().pending == (PENDING,)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_version_is_refused_and_told_what_would_be_right(version):
    head = json.dumps({**json.loads(head_of(Kept(history("one").snapshot()))), "version": version})
    with pytest.raises(
        StoreError, match=rf"version {version!r} .* reads version {VERSION}; give each release"
    ) as refused:
        read(head, "[]")
    assert "store of its own" in str(refused.value)


@pytest.mark.parametrize(
    ("head", "entries"),
    [
        ("", "[]"),
        ("{", "[]"),
        ("[]", "[]"),
        ("{}", "[]"),
        ('{"version":1}', "[]"),
        (
            '{"version":1,"live":false,"length":1,"tokens":{},"turns":1,"start":0,"age":0,"model":"","key":"","session":""}',
            "[]",
        ),
        (
            '{"version":1,"live":false,"length":1,"tokens":{},"turns":1,"start":0,"age":0,"model":"","key":"","session":""}',
            "[7]",
        ),
        (
            '{"version":1,"live":false,"length":1,"tokens":{},"turns":1,"start":0,"age":0,"model":"","key":"","session":""}',
            "[[7]]",
        ),
        (
            '{"version":1,"live":false,"length":0,"tokens":{},"turns":1,"start":0,"age":0,"model":"","key":"","session":""}',
            "[",
        ),
    ],
)
def test_what_is_no_such_form_is_refused(head, entries):
    with pytest.raises(StoreError, match="cannot be read"):
        read(head, entries)


def test_a_key_is_told_from_others_and_not_given_away():
    assert fingerprint("AIza-canary") == fingerprint("AIza-canary") != fingerprint("AIza-canarx")
    assert "canary" not in fingerprint("AIza-canary")
    assert fingerprint("") == ""
