"""Audio is held back as long as nothing can come of it, and nothing else notices."""

import asyncio
import json
from typing import Any

import pytest
from live_server import AUDIO_MODEL, serving
from test_audio_stream import MIME, SPEECH, happened, listening, message, only_record
from test_frames import masked

from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.entries import Sound
from gemlive_emulator.server.frames import BINARY, TEXT, take_usual
from gemlive_emulator.server.intake import LEAST_HELD_SECONDS, MOST_HELD, Intake
from gemlive_emulator.server.journal import Journal
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.session.events import AudioReceived, Event, MessageReceived, TimePassed
from gemlive_emulator.session.session import Session
from gemlive_emulator.wire.codec import decode

RATE = 24_000
QUIET = bytes(960)
TYPED = b'{"realtimeInput":{"text":"typed"}}'
SECOND_SETUP = b'{"setup":{"model":"models/gemini-2.0-flash-live-001"}}'


def an_intake(slack: int, number: int = 0) -> tuple[Intake, Sound]:
    """One that knows how its client writes; the session can wait for so many bytes less one."""
    counted = Sound()
    intake = Intake(lambda rate: slack, counted, 65_536, number)
    first = message(QUIET)
    assert not intake.take(first)
    intake.learn(first, decode(first, strict=False))
    return intake, counted


def portions(intake: Intake, *sizes: int) -> list[bool]:
    """Whether the session has to hear it, after each of these portions."""
    told = []
    for now, size in enumerate(sizes):
        assert intake.take(message(bytes(size)))
        told.append(intake.count(now))
    return told


def test_audio_is_held_until_something_can_come_of_it() -> None:
    intake, counted = an_intake(3 * 960)
    assert portions(intake, 960, 960, 960) == [False, False, True]
    assert intake.held() == (3, 2_880, RATE)
    assert counted == Sound()
    assert intake.since == 2
    assert intake.release() == AudioReceived(bytes(2_880), MIME, 3, 960)
    assert counted == Sound(3, 2_880, 0.06)
    assert intake.held() == (0, 0, RATE)
    assert portions(intake, 2_878, 2) == [False, True]


def test_what_comes_at_one_moment_is_counted_together() -> None:
    intake, _ = an_intake(5_000)
    for _ in range(3):
        intake.take(message(QUIET))
    assert not intake.count(7.0)
    assert not intake.count(8.0)
    assert intake.since == 7.0
    assert intake.release() == AudioReceived(bytes(2_880), MIME, 3, 2_880)


def test_where_nothing_can_wait_nothing_does() -> None:
    intake, _ = an_intake(0)
    assert portions(intake, 2) == [True]


def test_slack_that_was_foreseen_is_not_asked_for_again_until_something_happens() -> None:
    intake, _ = an_intake(3 * 960)
    intake.foresee()
    intake._slack = lambda rate: 960
    assert portions(intake, 960, 960, 960) == [False, False, True]
    intake.release()
    intake.forget()
    assert portions(intake, 960) == [True]


async def test_what_happens_to_the_session_changes_what_was_foreseen() -> None:
    async with listening() as (served, client):
        await sent_alone(client, *[message(QUIET)] * 30)
        (connection,) = served.around.connections
        intake = connection._driver._intake  # type: ignore[attr-defined]
        assert intake._foreseen == intake._slack(RATE)
        await sent_alone(client, TYPED)
        await client.turn()
        assert intake._foreseen is None


def test_clients_that_begin_together_are_not_heard_together() -> None:
    seconds = []
    for number in range(9):
        intake, _ = an_intake(1_000_000, number)
        told = portions(intake, *[960] * 40)
        seconds.append((told.index(True) + 1) * 0.02)
    assert seconds == pytest.approx([LEAST_HELD_SECONDS + 0.02 * number for number in range(9)])


def test_messages_with_nothing_in_them_do_not_fill_the_memory() -> None:
    intake, _ = an_intake(1_000)
    assert portions(intake, *[0] * MOST_HELD).index(True) == MOST_HELD - 1


def test_when_all_is_over_nothing_is_taken_and_nobody_is_asked() -> None:
    def slack(rate: int) -> int:
        raise AssertionError("nobody is to be asked")

    intake = Intake(slack, Sound(), 65_536, 0)
    first = message(QUIET)
    intake.learn(first, decode(first, strict=False))
    assert intake.take(first)
    intake.end()
    assert not intake.take(first)
    assert not intake.count(1.0)
    assert intake.held() == (0, 0, RATE)
    intake.learn(first, decode(first, strict=False))
    assert portions(intake, 2) == [True]


@pytest.mark.parametrize("kind", [TEXT, BINARY])
def test_frames_are_taken_up_to_one_that_is_another(kind: int) -> None:
    intake, _ = an_intake(1_000_000)
    known = masked(0x80 | kind, message(QUIET))
    for rest in (
        b"",
        known[:-1],
        known[:3],
        masked(0x81, TYPED * 5),
        masked(0x89, b"ping"),
        masked(0x81, b"{}" * 40_000),
    ):
        assert intake.take_frames(memoryview(known * 2 + rest)) == 2 * len(known)
    assert len(intake.pieces) == 12


def test_a_frame_longer_than_the_limit_is_not_taken() -> None:
    frame = masked(0x81, message(QUIET))
    taken: list[bytes] = []
    assert take_usual(frame, len(frame) - 9, taken.append) == 0
    assert take_usual(frame, len(frame) - 8, taken.append) == len(frame)
    assert taken == [message(QUIET)]


async def sent_alone(client: Any, *messages: bytes) -> None:
    """Each in a read of its own."""
    for each in messages:
        client.socket.transport.write(masked(0x81, each))
        await (await client.socket.ping())


async def test_what_is_held_is_counted_all_the_same(events: list[Event]) -> None:
    async with listening() as (served, client):
        await sent_alone(client, *[message(QUIET)] * 3)
        assert only_record(served).audio_in == Sound(3, 2_880, 0.06)
        assert not [event for event in events if isinstance(event, AudioReceived)]


async def test_what_is_held_comes_before_any_other_message(events: list[Event]) -> None:
    async with listening() as (_, client):
        await sent_alone(client, *[message(QUIET)] * 3, TYPED)
        await client.turn()
    assert [type(event) for event in events[1:]] == [MessageReceived, AudioReceived, MessageReceived]
    assert events[2] == AudioReceived(bytes(1_920), MIME, 2, 960)


async def test_a_loop_that_brings_bytes_brings_the_same_as_one_that_fills_a_buffer(events: list[Event]) -> None:
    """As uvloop does, which sees a ``Protocol`` where asyncio sees a ``BufferedProtocol``."""
    read = masked(0x81, message(QUIET)) * 2 + masked(0x81, TYPED) + masked(0x81, message(QUIET))
    told = []
    for brings_bytes in (True, False):
        events.clear()
        async with listening() as (served, client):
            await sent_alone(client, message(QUIET))
            (connection,) = served.around.connections
            if brings_bytes:
                connection.data_received(read)  # type: ignore[attr-defined]
            else:
                client.socket.transport.write(read)
            await client.turn()
            told.append((list(events), only_record(served).audio_in))
    assert told[0] == told[1]
    assert [type(event) for event in told[0][0][2:4]] == [AudioReceived, MessageReceived]
    assert told[0][1].messages == 4


async def test_what_is_held_comes_before_the_end(events: list[Event]) -> None:
    async with listening() as (served, client):
        await sent_alone(client, *[message(QUIET)] * 4)
    await served.empty()
    assert events[2:] == [AudioReceived(bytes(2_880), MIME, 3, 960)]
    assert only_record(served).audio_in.messages == 4


async def test_a_turn_that_ends_by_the_idle_rule_ends_when_it_would_have() -> None:
    """The last sound counts, whether the session has heard it or not."""
    ends = []
    for at_once in (True, False):
        clock = ManualClock()
        async with listening(clock) as (served, client):
            if at_once:
                for connection in served.around.connections:
                    connection._driver._intake._slack = lambda rate: 0  # type: ignore[attr-defined]
            for at in range(0, len(SPEECH) // 2 // 960 * 960, 960):
                await sent_alone(client, message(SPEECH[at : at + 960]))
                await clock.advance(0.02)
            await clock.advance(5.0)
            record = only_record(served)
            ends.append([(entry.time, entry.kind) for entry in record.entries if entry.kind.startswith("activity")])
    assert ends[0] == ends[1]
    assert [kind for _, kind in ends[0]] == ["activity_started", "activity_ended"]


async def test_a_deadline_that_sound_puts_off_brings_the_session_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    times, handle = [], Session.handle

    def watched(self: Session, event: Event, now: float) -> Any:
        if isinstance(event, TimePassed):
            times.append(now)
        return handle(self, event, now)

    monkeypatch.setattr(Session, "handle", watched)
    clock = ManualClock()
    async with listening(clock) as (served, client):
        while clock.now() < 4.0:
            at = round(clock.now() * 50) * 960 % (len(SPEECH) // 960 * 960)
            await sent_alone(client, message(SPEECH[at : at + 960]))
            await clock.advance(0.02)
        assert times == []
        await clock.advance(2.0)
        *_, ended = (entry for entry in only_record(served).entries if entry.kind.startswith("activity"))
        # The last sound came at 3.98 s, and the family waits for a second and for as long as that sound was.
        assert (ended.kind, ended.time) == ("activity_ended", pytest.approx(5.0))


async def test_a_message_that_is_cut_anywhere_is_heard_like_the_others(events: list[Event]) -> None:
    frame = masked(0x81, message(QUIET))
    async with listening() as (served, client):
        for at in (1, 5, 9, len(frame) - 1):
            await sent_alone(client, message(QUIET))
            client.socket.transport.write(frame + frame[:at])
            await asyncio.sleep(0)
            client.socket.transport.write(frame[at:])
            await sent_alone(client, message(QUIET))
        assert only_record(served).audio_in.messages == 16


async def test_a_message_after_a_fragment_closes_as_the_library_does() -> None:
    async with listening() as (served, client):
        await sent_alone(client, *[message(QUIET)] * 2)
        client.socket.transport.write(masked(0x01, message(QUIET)) + masked(0x81, message(QUIET)))
        assert (await client.closed())[0] == 1002
        assert only_record(served).audio_in.messages == 2


async def test_audio_longer_than_the_limit_is_refused_even_if_it_is_known() -> None:
    settings = Settings(max_message=2_000)
    async with serving(settings) as served, served.client(AUDIO_MODEL) as client:
        await sent_alone(client, *[message(QUIET)] * 2)
        client.socket.transport.write(masked(0x81, message(QUIET * 2)))
        assert (await client.closed())[0] == 1009
        assert only_record(served).audio_in.messages == 2


async def test_a_recording_that_keeps_all_has_each_message() -> None:
    async with serving() as served:
        served.around.journal = Journal("all")
        async with served.client(AUDIO_MODEL) as client:
            await sent_alone(client, *[message(QUIET)] * 4)
            taped = [one for one in only_record(served).tape.taped if one.side == "client"]
    assert len(taped) == 5


async def test_nothing_is_taken_past_a_fault_on_the_line(events: list[Event]) -> None:
    clock = ManualClock()
    async with listening(clock) as (served, client):
        await sent_alone(client, *[message(QUIET)] * 2)
        served.around.faults.write("latency", "1s", direction="upstream")
        (connection,) = served.around.connections
        connection.recast((), served.around.faults.all)  # type: ignore[attr-defined]
        await sent_alone(client, *[message(QUIET)] * 2)
        assert only_record(served).audio_in.messages == 2
        await clock.advance(1.0)
        assert only_record(served).audio_in.messages == 4


async def test_a_refusal_closes_at_once_whatever_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening() as (served, client):
        await sent_alone(client, *[message(QUIET)] * 3)
        client.socket.transport.write(
            masked(0x81, message(QUIET)) + masked(0x81, SECOND_SETUP) + masked(0x81, message(QUIET))
        )
        assert (await client.closed())[0] == 1007
        assert only_record(served).audio_in.messages == 4


async def test_what_is_heard_is_the_same_as_if_nothing_was_held(monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    for patient in (True, False):
        if not patient:
            monkeypatch.setattr(Session, "slack", lambda self, rate: 0)
        async with listening() as (served, client):
            sound = bytes(24_000) + SPEECH + bytes(96_000)
            for at in range(0, len(sound), 960):
                client.socket.transport.write(masked(0x81, message(sound[at : at + 960])))
                await asyncio.sleep(0)
            turn = await client.turn()
            record = only_record(served)
        told.append((happened(record), record.audio_in, json.dumps(turn)))
    assert told[0] == told[1]
