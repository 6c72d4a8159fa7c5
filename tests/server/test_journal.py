"""What the journal keeps, how much of it, and who may read it."""

import logging
import threading
from itertools import islice
from types import SimpleNamespace
from typing import cast

import pytest

from gemlive_emulator.audio.speech import OUTPUT_RATE, Chunk
from gemlive_emulator.server import page as page_module
from gemlive_emulator.server.entries import Sound
from gemlive_emulator.server.journal import MOST_SESSIONS, Journal
from gemlive_emulator.server.page import LONGEST_TEXT, MOST_ENTRIES
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.commands import (
    ActivityEnded,
    ActivityStarted,
    GenerationComplete,
    GoingAway,
    HandleIssued,
    InputHeard,
    Interrupted,
    SetupAccepted,
    SpeechPart,
    TextPart,
    Thought,
    ToolCalls,
    ToolCallsCancelled,
    TurnComplete,
    TurnOpened,
    WordsOnly,
)
from gemlive_emulator.session.google_tools import CodeRan
from gemlive_emulator.session.tools import ToolCall
from gemlive_emulator.session.usage import Usage
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.tape import Tape, Taped

ADMISSION = cast(Admission, SimpleNamespace(model="gemini-x", modality="AUDIO", voice="Kore"))


def test_a_record_says_what_happened_and_when() -> None:
    page = Journal().open("one", 10.0)
    happenings = [
        (SetupAccepted("one"), "setup", {"model": "gemini-x", "modality": "AUDIO", "voice": "Kore"}),
        (ActivityStarted(1.5), "activity_started", {"offset": 1.5}),
        (
            InputHeard("hello", "recording", "hello.wav 0.99", 0.8),
            "heard",
            {"text": "hello", "by": "recording", "detail": "hello.wav 0.99", "seconds": 0.8},
        ),
        (ActivityEnded(3.25), "activity_ended", {"offset": 3.25}),
        (
            ToolCalls((ToolCall("light", {"on": True}, "c1"),)),
            "tool_calls",
            {"calls": [{"id": "c1", "name": "light", "args": {"on": True}}]},
        ),
        (ToolCallsCancelled(("c1",)), "tool_calls_cancelled", {"ids": ["c1"]}),
        (CodeRan("5\n"), "google_tool", {"happened": "CodeRan", "output": "5\n", "outcome": "OK"}),
        (Interrupted(1.2345), "interrupted", {"heard_ms": 1234}),
        (
            TurnComplete(Usage({"TEXT": 3}, {"AUDIO": 25}), "SOME_REASON"),
            "turn_complete",
            {
                "usage": {
                    "prompt": {"TEXT": 3},
                    "response": {"AUDIO": 25},
                    "unlisted": 0,
                    "unlisted_response": 0,
                    "thoughts": 0,
                },
                "reason": "SOME_REASON",
            },
        ),
    ]
    for number, (command, _, _) in enumerate(happenings):
        page.take(command, 11.0 + number, ADMISSION)
    page.close(20.0, 1000, "bye", "client")
    record = page.record()
    assert (record.name, record.model, record.opened, record.closed) == ("one", "gemini-x", 10.0, 20.0)
    assert record.close_code == 1000
    told = [(entry.kind, dict(entry.details)) for entry in record.entries]
    assert told[:-1] == [(kind, details) for _, kind, details in happenings]
    assert told[-1] == ("close", {"code": 1000, "words": "bye", "by": "client"})
    assert [entry.time for entry in record.entries] == [*(11.0 + number for number in range(len(happenings))), 20.0]


def test_what_is_of_no_interest_is_not_kept_and_sound_is_only_counted() -> None:
    page = Journal().open("one", 0.0)
    page.take(Thought("hm"), 1.0, ADMISSION)
    for _ in range(3):
        page.take(SpeechPart(Chunk(b"AAAA", OUTPUT_RATE // 10), "", ""), 1.0, ADMISSION)
    for _ in range(1000):
        page.audio_in.add(1, 320, 16_000)
    page.audio_in.add(1, 5, 0)
    record = page.record()
    assert [entry.kind for entry in record.entries] == ["speech_started"]
    assert record.audio_out == Sound(3, 3 * OUTPUT_RATE // 5, 0.3)
    assert record.audio_in == Sound(1001, 320_005, 10.0)


def test_what_is_said_is_one_entry_however_many_pieces_it_has() -> None:
    page = Journal().open("one", 0.0)
    chunk = Chunk(b"AAAA", OUTPUT_RATE // 10)
    answers = [
        (TurnOpened(), TextPart("Good "), TextPart("day."), GenerationComplete(), TurnComplete(Usage())),
        (TurnOpened(), SpeechPart(chunk, "Good", "Good "), SpeechPart(chunk, " day.", "day."), Interrupted(0.1)),
        (TurnOpened(), WordsOnly("Never heard."), TurnComplete(Usage())),
    ]
    for time, answer in enumerate(answers):
        for command in answer:
            page.take(command, float(time), ADMISSION)
    page.take(TextPart("Cut"), 3.0, ADMISSION)
    page.close(4.0, 1006, "", "client")
    told = [(entry.time, entry.kind, entry.details) for entry in page.entries() if entry.kind == "said"]
    assert told == [
        (0.0, "said", {"text": "Good day.", "spoken": False}),
        (1.0, "said", {"text": "Good day.", "spoken": True}),
        (2.0, "said", {"text": "Never heard.", "spoken": False}),
        (4.0, "said", {"text": "Cut", "spoken": False}),
    ]
    kinds = [entry.kind for entry in page.entries()]
    assert kinds[:4] == ["turn_started", "said", "generation_complete", "turn_complete"]
    assert kinds[4:8] == ["turn_started", "speech_started", "said", "interrupted"]


def test_handles_and_what_a_client_answers_to_calls_are_noted() -> None:
    page = Journal().open("one", 0.0)
    page.take(HandleIssued("h1", 3), 1.0, ADMISSION)
    payload = b'{"toolResponse": {"functionResponses": [{"id": "c1", "name": "light", "response": {"on": true}}]}}'
    page.heard(payload, 2.0)
    page.understood(decode(payload).message, 2.0)
    page.understood(decode(b'{"realtimeInput": {"text": "hello"}}').message, 3.0)
    assert [(entry.kind, entry.details) for entry in page.entries()] == [
        ("handle", {"handle": "h1", "consumed": 3}),
        ("tool_response", {"responses": [{"id": "c1", "name": "light", "response": {"on": True}}]}),
    ]


def test_all_that_happened_is_told_in_order_with_the_messages_of_clients() -> None:
    journal = Journal()
    one, two = journal.open("one", 0.0), journal.open("two", 1.0)
    one.heard(b'{"setup": {}}', 1.0)
    two.heard(b"{", 2.0)
    one.note(3.0, "go_away", time_left=5.0)
    one.sent((b'{"goAway": {}}',), 3.0)
    two.note(4.0, "go_away", time_left=6.0)
    told = [(session, entry.kind, entry.time) for session, entry in journal.since(0)]
    assert told == [
        ("one", "message", 1.0),
        ("two", "message", 2.0),
        ("one", "go_away", 3.0),
        ("two", "go_away", 4.0),
    ]
    first, second, third = (entry for _, entry in islice(journal.since(0), 3))
    assert first.details == {"message": {"setup": {}}, "has": ("setup",)}
    assert second.details == {"message": None, "has": ()}
    assert [entry.time for _, entry in journal.since(third.number)] == [4.0]
    assert [entry.time for _, entry in journal.since(0, "two")] == [2.0, 4.0]
    assert [entry.time for _, entry in journal.since(0, kind="message")] == [1.0, 2.0]
    assert [entry.time for _, entry in journal.since(second.number, "one", "go_away")] == [3.0]


def test_sessions_that_have_ended_are_forgotten_when_that_is_wanted() -> None:
    journal = Journal()
    ended, still_open = journal.open("ended", 0.0), journal.open("open", 0.0)
    ended.close(1.0, 1000, "", "client")
    journal.forget_ended()
    still_open.note(2.0, "fault", name="late")
    assert [record.name for record in journal.records] == ["open"]
    assert [session for session, _ in journal.since(0)] == ["open"]
    assert journal.page("ended") is None


def test_who_watches_is_told_of_messages_too() -> None:
    journal, seen = Journal(), []
    page = journal.open("one", 0.0)
    with journal.watched(lambda session, entry: seen.append((session, entry))):
        page.heard(b'{"setup": {}}', 1.0)
    assert seen == [("one", next(journal.since(0))[1])]


def test_who_goes_while_others_are_told_keeps_nothing_from_them() -> None:
    journal, seen = Journal(), []
    page = journal.open("one", 0.0)
    first = journal.watched(lambda session, entry: first.__exit__(None, None, None))
    first.__enter__()
    with journal.watched(lambda session, entry: seen.append(entry.kind)):
        page.note(1.0, "go_away")
        page.note(2.0, "close")
    assert seen == ["go_away", "close"]


def test_what_was_noted_before_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal()
    page = journal.open("one", 0.0)
    for number in range(500):
        page.heard(b'{"setup": {}}', float(number))
        page.note(float(number), "go_away")
    *_, (_, last) = journal.since(0)
    page.note(500.0, "close")
    read: list[object] = []
    monkeypatch.setattr("gemlive_emulator.server.journal.in_full", read.append)
    assert len(list(journal.since(last.number))) == len(read) == 1


def test_the_tape_of_a_session_has_its_messages_and_its_end() -> None:
    page = Journal().open("one", 10.0, Endpoint(path="/ws/live", connection=3))
    page.heard(b'{"setup": {}}', 10.5)
    page.sent((b'{"setupComplete": {}}', b'{"goAway": {}}'), 11.0)
    page.sent((), 11.0)
    page.close(12.0, 1011, "over", "server")
    assert page.record().tape == Tape(
        "one",
        "/ws/live",
        (
            Taped(0.5, "client", b'{"setup": {}}'),
            Taped(1.0, "server", b'{"setupComplete": {}}'),
            Taped(1.0, "server", b'{"goAway": {}}'),
            Taped(2.0, "server", code=1011, words="over"),
        ),
        about={"by": "gemlive-emulator", "model": "", "connection": 3, "sound": False},
    )


def test_a_record_does_not_change_any_more() -> None:
    page = Journal().open("one", 0.0)
    before = page.record()
    page.audio_in.add(1, 2, 16_000)
    page.take(ActivityStarted(0.1), 1.0, ADMISSION)
    page.close(2.0, 1006, "", "client")
    assert before.entries == ()
    assert before.audio_in == Sound()
    assert before.closed is None
    assert before.close_code is None


def test_a_record_keeps_the_newest_entries_and_counts_the_others() -> None:
    page = Journal().open("one", 0.0)
    for number in range(MOST_ENTRIES + 7):
        page.note(float(number), "interrupted", heard_ms=number)
    record = page.record()
    assert len(record.entries) == MOST_ENTRIES
    assert record.dropped == 7
    assert record.entries[0].details == {"heard_ms": 7}


def test_the_journal_keeps_the_newest_sessions_and_counts_the_others() -> None:
    journal = Journal()
    pages = [journal.open(str(number), 0.0) for number in range(MOST_SESSIONS + 3)]
    pages[0].note(1.0, "interrupted", heard_ms=1)
    assert [record.name for record in journal.records] == [str(number) for number in range(3, MOST_SESSIONS + 3)]
    assert journal.dropped == 3


def test_long_words_are_cut() -> None:
    page = Journal().open("one", 0.0)
    page.take(InputHeard("x" * 10_000_000), 0.0, ADMISSION)
    (entry,) = page.record().entries
    assert entry.details["text"] == "x" * LONGEST_TEXT


def test_words_heard_and_interruptions_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gemlive_emulator.session")
    page = Journal().open("one", 0.0)
    page.take(InputHeard("typed"), 0.0, ADMISSION)
    page.take(InputHeard("good\nmorning", "recording", "morning.wav", 1.0), 0.0, ADMISSION)
    page.take(Interrupted(0.42), 0.0, ADMISSION)
    assert [record.message for record in caplog.records] == [
        'session one: heard "good\\nmorning", known by recording (morning.wav)',
        "session one: interrupted; the client can have heard 420 ms",
    ]


def test_it_may_be_read_while_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "MOST_ENTRIES", 50)
    journal = Journal()
    seen: list[int] = []

    def read() -> None:
        while len(seen) < 100:
            for record in journal.records:
                numbers = [entry.details["heard_ms"] for entry in record.entries]
                assert numbers == list(range(record.dropped, record.dropped + len(numbers)))
                seen.append(len(numbers))

    reader = threading.Thread(target=read)
    reader.start()
    while reader.is_alive():
        page = journal.open("one", 0.0)
        for number in range(300):
            page.note(0.0, "interrupted", heard_ms=number)
    assert len(seen) >= 100
    assert {record.dropped for record in journal.records} == {250}


def test_who_watches_is_told_everything_at_once_also_of_sessions_that_are_not_kept() -> None:
    journal, seen = Journal(), []
    before = journal.open("before", 0.0)
    for number in range(MOST_SESSIONS):
        journal.open(f"one of many {number}", 0.0)
    with journal.watched(lambda session, entry: seen.append((session, entry.kind, dict(entry.details)))):
        before.take(GoingAway(50.0), 1.0, ADMISSION)
        before.take(TurnComplete(Usage({}, {}), "WHY"), 2.0, ADMISSION)
        before.close(3.0, 1011, "enough", "server")
    before.note(4.0, "fault", name="late")
    assert [record.name for record in journal.records].count("before") == 0
    assert [(session, kind) for session, kind, _ in seen] == [
        ("before", kind) for kind in ("go_away", "turn_complete", "close")
    ]
    assert seen[0][2] == {"time_left": 50.0}
    assert seen[1][2]["reason"] == "WHY"
    assert seen[2][2] == {"code": 1011, "words": "enough", "by": "server"}
