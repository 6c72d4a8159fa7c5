"""What a spoken turn holds and costs, where the client signals it, and what may be said to nobody."""

import base64
from typing import Any

import pytest
from book import (
    MIDDLE,
    NATIVE,
    NEW,
    OLD,
    STEADY,
    TEXT,
    Ear,
    echo,
    kinds,
    listening,
    only,
    opened,
    quiet,
    replies,
    says,
    spoken,
    times,
    tone,
)

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.session.commands import ActivityEnded, TurnComplete, Warn
from gemlive_emulator.session.events import AudioReceived
from gemlive_emulator.session.steps import Say, Silence
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.endpoint import Endpoint

VERTEX = "projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash"
MANUAL = {"realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}}}
FRAME = {"realtimeInput": {"video": {"mimeType": "image/jpeg", "data": "AAAA"}}}


def test_by_hand_the_client_tells_when_the_user_speaks():
    ear = Ear()
    book = opened(ear, MIDDLE, **MANUAL)
    book.speak(tone(1.0))
    assert kinds(book.receive({"realtimeInput": {"activityStart": {}}})) == ["ActivityStarted"]
    book.speak(tone(0.5))
    book.speak(quiet(3.0))
    book.advance(60)
    assert ear.turns == []
    happened = book.receive({"realtimeInput": {"activityEnd": {}}})
    assert only(happened, ActivityEnded).offset == pytest.approx(4.5)
    assert ear.turns[0].speech_seconds == pytest.approx(3.5)


def test_by_hand_an_end_without_a_start_is_refused():
    book = opened(echo, MIDDLE, **MANUAL)
    book.receive({"realtimeInput": {"activityEnd": {}}})
    assert book.closed == (1007, "Precondition check failed.")


def test_by_hand_a_second_start_is_ignored_with_a_word():
    book = opened(echo, MIDDLE, **MANUAL)
    book.receive({"realtimeInput": {"activityStart": {}}})
    assert "ignored" in only(book.receive({"realtimeInput": {"activityStart": {}}}), Warn).text


def test_by_hand_an_activity_without_sound_is_what_was_typed_in_it():
    ear = Ear()
    book = opened(ear, MIDDLE, **MANUAL)
    book.receive({"realtimeInput": {"activityStart": {}}})
    book.receive({"realtimeInput": {"text": "What is this?"}})
    book.receive({"realtimeInput": {"text": ""}})
    book.receive(FRAME)
    book.receive({"realtimeInput": {"activityEnd": {}}})
    (turn,) = ear.turns
    assert (turn.text, turn.other_parts, turn.heard, turn.speech_seconds) == ("What is this?", 1, None, 0)


def test_by_hand_the_stream_has_no_end():
    ear = Ear()
    book = opened(ear, MIDDLE, **MANUAL)
    book.receive({"realtimeInput": {"activityStart": {}}})
    book.speak(tone(0.5))
    book.receive({"realtimeInput": {"audioStreamEnd": True}})
    assert ear.turns == []


def test_signals_are_refused_while_the_server_decides():
    book = opened(echo, MIDDLE)
    book.receive({"realtimeInput": {"activityStart": {}}})
    assert book.closed == (
        1007,
        "Explicit activity control is not supported when automatic activity detection is enabled.",
    )


def test_typed_text_while_the_user_speaks_is_part_of_the_turn():
    ear = Ear()
    book = listening(ear, NEW, foreknown=says("Look at this."))
    book.speak(tone(0.5))
    book.receive({"realtimeInput": {"text": "https://example.com"}})
    assert ear.turns == []
    spoken(book)
    assert [turn.text for turn in ear.turns] == ["Look at this. https://example.com"]


def test_an_empty_text_ends_the_speech():
    ear = Ear()
    book = listening(ear, NEW, foreknown=says("Look at this."))
    book.speak(tone(0.5))
    book.receive({"realtimeInput": {"text": ""}})
    assert [turn.text for turn in ear.turns] == ["Look at this."]


def test_content_that_was_gathered_stands_before_the_speech():
    ear = Ear()
    book = listening(ear, OLD, foreknown=says("Tell me more."))
    book.say("I live in Oslo.", complete=False)
    spoken(book)
    assert [said.text for said in ear.conversations[0].history] == ["I live in Oslo."]
    assert ear.turns[0].text == "Tell me more."


def test_the_history_has_what_was_said_aloud():
    ear = Ear()
    book = listening(ear, NEW, foreknown=says("Hello."))
    spoken(book)
    book.finish()
    book.say("And now?")
    first, second = ear.conversations[1].history
    assert (first.role, first.text, first.modality) == ("user", "Hello.", "AUDIO")
    assert (second.role, second.text) == ("model", "You said: Hello.")


def test_a_frame_that_is_no_image_is_refused():
    book = opened(echo, NEW)
    happened = book.receive({"realtimeInput": {"video": {"mimeType": "video/mp4", "data": "AAAA"}}})
    assert book.closed == (1007, "Request contains an invalid argument.")
    assert "image/jpeg" in happened[-1].command.hint  # type: ignore[union-attr]


def test_the_old_media_chunks_are_heard_and_seen_by_their_type_and_only_the_first_counts():
    ear = Ear()
    book = listening(ear, OLD, foreknown=says("What is this?"))
    loud = tone(0.5)
    book.happen(AudioReceived(loud, "audio/pcm"))

    def chunks(*blobs: tuple[str, bytes]) -> dict[str, Any]:
        told = [{"mimeType": kind, "data": base64.b64encode(data).decode()} for kind, data in blobs]
        return {"realtimeInput": {"mediaChunks": told}}

    book.receive(chunks(("image/png", b"x"), ("image/png", b"y")))
    book.receive(chunks(("audio/pcm;rate=16000", loud + quiet(0.6))))
    (turn,) = ear.turns
    assert (turn.text, turn.other_parts) == ("What is this?", 1)
    assert turn.speech_seconds == pytest.approx(1.0, abs=0.021)


def test_the_old_media_chunks_are_refused_by_newer_families():
    book = opened(echo, MIDDLE)
    book.receive({"realtimeInput": {"mediaChunks": [{"mimeType": "audio/pcm", "data": "AAAA"}]}})
    assert book.closed == (
        1007,
        "realtime_input.media_chunks is deprecated. Use audio, video, or text instead.",
    )


@pytest.mark.parametrize(
    ("model", "coverage", "frames"),
    [
        (OLD, None, 2),
        (MIDDLE, None, 3),
        (OLD, "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO", 3),
        (OLD, "TURN_INCLUDES_ALL_INPUT", 3),
        (MIDDLE, "TURN_INCLUDES_ONLY_ACTIVITY", 2),
        (OLD, "TURN_COVERAGE_UNSPECIFIED", 2),
    ],
)
def test_a_spoken_turn_holds_the_frames_that_its_coverage_says(model: str, coverage: str | None, frames: int):
    ear = Ear()
    config = {"realtimeInputConfig": {"turnCoverage": coverage}} if coverage else {}
    book = listening(ear, model, **config)
    book.receive(FRAME)
    book.speak(tone(0.5))
    book.receive(FRAME)
    book.receive(FRAME)
    spoken(book)
    spoken(book)
    assert [turn.other_parts for turn in ear.turns] == [turn.frames for turn in ear.turns] == [frames, 0]


def test_all_input_counts_silence_too():
    def prompt(coverage: str) -> int:
        book = listening(echo, OLD, realtimeInputConfig={"turnCoverage": coverage})
        book.speak(quiet(2.0))
        spoken(book)
        book.finish()
        return only(book.log, TurnComplete).usage.prompt["AUDIO"]

    assert prompt("TURN_INCLUDES_ONLY_ACTIVITY") == 25
    assert prompt("TURN_INCLUDES_ALL_INPUT") == pytest.approx(25 * 3.5, abs=1)


def test_frames_and_then_an_empty_text_are_a_turn():
    """A notebook of Google's streams a video at 30 frames a second and ends it so."""
    ear = Ear()
    book = opened(ear, VERTEX)
    for _ in range(90):
        book.receive(FRAME)
        book.advance(1 / 30)
    book.receive({"realtimeInput": {"text": ""}})
    assert ear.turns[0].other_parts == ear.turns[0].frames == 90
    book.finish()
    assert only(book.log, TurnComplete).usage.prompt["IMAGE"] == 90 * 258


@pytest.mark.parametrize(("model", "seen"), [(OLD, 1), (NATIVE, 0), (MIDDLE, 1), (NEW, 0)])
def test_a_typed_turn_sees_frames_where_the_family_does(model: str, seen: int):
    ear = Ear()
    book = opened(ear, model)
    book.receive(FRAME)
    image = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    turn = {"role": "user", "parts": [{"text": "What is this?"}, image]}
    book.receive({"clientContent": {"turns": [turn], "turnComplete": True}})
    assert (ear.turns[0].other_parts, ear.turns[0].frames) == (seen + 1, seen)


def test_frames_cost_less_at_low_resolution():
    book = opened(echo, OLD, generationConfig={**TEXT, "mediaResolution": "MEDIA_RESOLUTION_LOW"})
    book.receive(FRAME)
    book.receive({"realtimeInput": {"text": "What is this?"}})
    book.finish()
    assert only(book.log, TurnComplete).usage.prompt["IMAGE"] == 64


@pytest.mark.parametrize(("model", "tokens"), [(NEW, [75, 150]), (NATIVE, [1, 2])])
def test_speech_counts_by_its_seconds_or_one_a_turn(model: str, tokens: list[int]):
    """25 a second (measured: 2.95 s are 72); on 2.5 the recordings grow by one a turn."""
    book = listening(replies(Say("x", sound="none")), model)
    for _ in tokens:
        spoken(book, seconds=3.0)
        book.finish()
    ends = [one.command for one in book.log if isinstance(one.command, TurnComplete)]
    assert [end.usage.prompt["AUDIO"] for end in ends] == tokens


def test_silence_is_an_answer():
    """Proactive audio: the model need not answer; then nothing comes at all, not even an end of the turn."""
    turns = iter([Silence(), Say("Oh, pizza!")])

    def reply(turn: Any, conversation: Any) -> Any:
        yield next(turns)

    book = opened(reply, NEW)
    assert kinds(book.say("I love coq au vin.")) == []
    assert book.session.next_event is None
    book.say("And pizza?")
    book.finish()
    assert book.messages[-1].body["serverContent"] == {"turnComplete": True}
    assert len(times(book.log, TurnComplete)) == 1


def test_after_other_steps_silence_ends_the_reply():
    book = opened(replies(Say("Well."), Silence(), Say("never")), OLD, generationConfig=TEXT)
    book.say("hi")
    book.finish()
    assert book.said == "Well."
    assert only(book.log, TurnComplete)


@pytest.mark.parametrize(("asked", "proactive"), [({}, False), ({"proactivity": {"proactiveAudio": True}}, True)])
def test_a_responder_may_know_whether_it_has_to_answer(asked: dict[str, Any], proactive: bool):
    ear = Ear()
    book = Playbook(ear, Endpoint(None), terms=Terms(pace=STEADY))
    book.open("publishers/google/models/gemini-live-2.5-flash-native-audio", **asked)
    book.say("hi")
    assert ear.conversations[0].proactive is proactive
