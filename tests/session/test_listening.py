"""Speech in: when the user is taken to speak, what was said, and what the turn holds."""

import base64
from typing import Any

import pytest
from book import (
    CASCADE,
    FIXED,
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

from gemlive_emulator.audio.wav import to_wav
from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.session.commands import (
    ActivityEnded,
    ActivityStarted,
    InputHeard,
    Transcribe,
    TurnComplete,
    Warn,
)
from gemlive_emulator.session.events import AudioReceived, Transcribed
from gemlive_emulator.session.hearing import Words
from gemlive_emulator.session.steps import Say, Silence
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.common import Blob
from gemlive_emulator.wire.endpoint import Endpoint

VERTEX = "projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash"
MANUAL = {"realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}}}
FRAME = {"realtimeInput": {"video": {"mimeType": "image/jpeg", "data": "AAAA"}}}


def audio(data: str = "AAAA", mime_type: str | None = "audio/pcm;rate=16000") -> dict[str, Any]:
    return {"realtimeInput": {"audio": {"data": data} | ({"mimeType": mime_type} if mime_type else {})}}


def test_speech_is_a_turn_once_silence_follows():
    ear = Ear()
    book = listening(ear, foreknown=says("Tell me a story."))
    happened = spoken(book)
    assert kinds(happened)[:3] == ["ActivityStarted", "InputHeard", "ActivityEnded"]
    assert only(happened, ActivityStarted).offset == pytest.approx(0.1, abs=0.021)
    assert only(happened, ActivityEnded).offset == pytest.approx(1.5, abs=0.021)
    (turn,) = ear.turns
    assert (turn.text, turn.source, turn.number) == ("Tell me a story.", "speech", 1)
    assert turn.heard == Words("Tell me a story.", "script")
    assert turn.speech_seconds == pytest.approx(1.0, abs=0.021)
    book.finish()
    assert book.session.deadline is None


def test_all_of_it_in_one_message_is_the_same_turn_at_once():
    slow, fast = listening(echo), listening(echo)
    spoken(slow)
    fast.speak(tone(1.0) + quiet(0.6), chunk_ms=None, real_time=False)
    said = [
        [one.command for one in book.log if isinstance(one.command, InputHeard | ActivityStarted | ActivityEnded)]
        for book in (slow, fast)
    ]
    assert said[0] == said[1] != []
    assert fast.now == 0


def test_words_that_nobody_knows_are_a_placeholder_with_the_length():
    ear = Ear()
    book = listening(ear)
    spoken(book, seconds=1.84)
    (turn,) = ear.turns
    assert turn.heard == Words("(speech 1.84 s)", "placeholder")


def test_what_the_outside_recognises_comes_before_the_placeholder():
    asked: list[Transcribe] = []

    def recognise(request: Transcribe) -> Words:
        asked.append(request)
        return Words("Stop.", "recording", "stop.wav 0.98")

    book = listening(echo, transcribe=recognise)
    heard = only(spoken(book), InputHeard)
    assert (heard.text, heard.by, heard.detail) == ("Stop.", "recording", "stop.wav 0.98")
    assert asked[0].rate == 16_000
    assert tone(1.0) in asked[0].pcm


def test_a_script_is_asked_once_an_utterance_and_may_pass():
    ear = Ear()
    book = listening(ear, foreknown=says("one", None, "three"))
    for _ in range(3):
        spoken(book)
        book.finish()
    assert [turn.heard and turn.heard.by for turn in ear.turns] == ["script", "placeholder", "script"]


def test_nothing_overtakes_words_that_are_awaited():
    book = listening(echo)
    request = None
    # By hand, for the playbook answers at once.
    session, now = book.session, book.now
    happened = session.handle(AudioReceived(tone(1.0) + quiet(0.6) + tone(1.0), "audio/pcm"), now)
    request = next(one for one in happened if isinstance(one, Transcribe))
    assert [type(one).__name__ for one in happened] == ["ActivityStarted", "Transcribe"]
    assert session.handle(Transcribed(request.id + 1, None), now) == []
    answered = session.handle(Transcribed(request.id, Words("hi", "recogniser")), now)
    names = [type(one).__name__ for one in answered]
    assert names[:3] == ["InputHeard", "ActivityEnded", "TurnOpened"]
    assert names[-3:] == ["ActivityStarted", "Interrupted", "TurnComplete"]
    assert session.handle(Transcribed(request.id, None), now) == []


def test_the_header_of_the_file_tells_the_words():
    ear = Ear()
    book = listening(ear)
    file = to_wav(tone(1.0) + quiet(0.6), 16_000, text="Tell me a joke.")
    for at in range(0, len(file), 4096):
        book.happen(AudioReceived(file[at : at + 4096], "audio/pcm;rate=16000"))
    assert ear.turns[0].heard == Words("Tell me a joke.", "metadata")


@pytest.mark.parametrize(
    ("model", "answered"), [(OLD, True), (CASCADE, True), (NATIVE, True), (MIDDLE, False), (NEW, False)]
)
def test_speech_that_nothing_follows_is_answered_where_the_family_does(model: str, answered: bool):
    """Recorded on the half-cascade, JS and .NET: three seconds in one message; 3.8 waits for audio (openclaw#152830)."""
    ear = Ear()
    book = listening(ear, model)
    book.speak(tone(3.0), chunk_ms=None, real_time=False)
    book.advance(0.9)
    assert ear.turns == []
    book.advance(3600)
    assert len(ear.turns) == answered


@pytest.mark.parametrize(("model", "ends"), [(OLD, False), (NATIVE, True), (MIDDLE, True), (NEW, False)])
def test_the_end_of_the_stream_ends_the_turn_where_the_family_does(model: str, ends: bool):
    ear = Ear()
    book = listening(ear, model, overrides={"behaviour.hearing.idle_end": 0.0})
    book.speak(tone(1.0))
    book.receive({"realtimeInput": {"audioStreamEnd": True}})
    assert len(ear.turns) == ends


def test_what_was_ignored_goes_into_the_next_utterance():
    """3.8: audioStreamEnd is ignored, and the words show up with the next ones (openclaw#152844)."""
    ear = Ear()
    book = listening(ear, NEW, foreknown=says("Hello. Are you there?"))
    book.speak(tone(1.0))
    book.receive({"realtimeInput": {"audioStreamEnd": True}})
    book.advance(40)
    assert ear.turns == []
    spoken(book)
    assert [turn.text for turn in ear.turns] == ["Hello. Are you there?"]
    assert ear.turns[0].speech_seconds == pytest.approx(2.0, abs=0.05)


def test_a_setting_takes_the_place_of_the_idle_rule():
    ear = Ear()
    book = Playbook(ear, terms=Terms(idle_end=0.25, overrides=FIXED))
    book.open(NEW)
    book.speak(tone(1.0))
    book.advance(0.25)
    assert len(ear.turns) == 1


def test_the_idle_rule_counts_from_the_last_sound():
    ear = Ear()
    book = listening(ear, NATIVE)
    for _ in range(5):
        book.speak(tone(0.2), chunk_ms=None)
        book.advance(0.7)
    assert ear.turns == []
    book.advance(0.3)
    assert len(ear.turns) == 1


@pytest.mark.parametrize("chunk_ms", [20, None])
def test_the_idle_rule_ends_the_last_of_several_utterances_that_came_at_once(chunk_ms: int | None):
    ear = Ear()
    book = listening(ear, NATIVE)
    book.speak((tone(0.5) + quiet(0.6)) * 2 + tone(1.0), chunk_ms=chunk_ms, real_time=False)
    book.advance(60)
    assert [turn.speech_seconds for turn in ear.turns] == pytest.approx([0.5, 0.5, 1.0], abs=0.021)


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


@pytest.mark.parametrize(
    ("mime_type", "rate"), [("audio/pcm;rate=8000", 8_000), ("audio/pcm;rate=48000", 48_000), ("audio/pcm", 16_000)]
)
def test_any_rate_is_heard(mime_type: str, rate: int):
    ear = Ear()
    book = listening(ear)
    book.happen(AudioReceived(tone(1.0, rate) + quiet(0.6, rate), mime_type))
    assert ear.turns[0].speech_seconds == pytest.approx(1.0, abs=0.021)


@pytest.mark.parametrize("mime_type", ["audio/wav", "audio/webm", "image/jpeg", "audio/pcm;rate=1", "nonsense"])
@pytest.mark.parametrize("fast", [True, False])
def test_a_wrong_type_is_refused_and_the_hint_says_what_is_right(mime_type: str, fast: bool):
    book = opened(echo, NEW)
    happened = book.happen(AudioReceived(b"\0\0", mime_type)) if fast else book.receive(audio(mime_type=mime_type))
    assert book.closed == (1007, "Request contains an invalid argument.")
    assert "audio/pcm;rate=16000" in happened[-1].command.hint  # type: ignore[union-attr]


def test_a_frame_that_is_no_image_is_refused():
    book = opened(echo, NEW)
    happened = book.receive({"realtimeInput": {"video": {"mimeType": "video/mp4", "data": "AAAA"}}})
    assert book.closed == (1007, "Request contains an invalid argument.")
    assert "image/jpeg" in happened[-1].command.hint  # type: ignore[union-attr]


def test_audio_without_a_type_is_taken_with_a_word():
    book = opened(echo, NEW)
    assert "audio/pcm;rate=16000" in only(book.receive(audio(mime_type=None)), Warn).text
    assert book.closed is None


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
    assert [turn.other_parts for turn in ear.turns] == [frames, 0]


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
    assert ear.turns[0].other_parts == 90
    book.finish()
    assert only(book.log, TurnComplete).usage.prompt["IMAGE"] == 90 * 258


@pytest.mark.parametrize(("model", "seen"), [(OLD, 1), (NATIVE, 0), (MIDDLE, 1), (NEW, 0)])
def test_a_typed_turn_sees_frames_where_the_family_does(model: str, seen: int):
    ear = Ear()
    book = opened(ear, model)
    book.receive(FRAME)
    book.say("What is this?")
    assert ear.turns[0].other_parts == seen


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
    assert book.session.deadline is None
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


def test_sound_before_the_setup_is_refused_and_sound_before_its_answer_is_kept():
    book = Playbook(echo)
    book.happen(AudioReceived(b"\0\0", "audio/pcm"))
    assert book.closed == (1007, "setup must be the first message and only the first")


def test_as_message_is_the_message():
    message = AudioReceived(b"\1\0", "audio/pcm").as_message()
    assert message.realtime_input is not None
    assert message.realtime_input.audio == Blob(data=b"\1\0", mime_type="audio/pcm")


def test_who_hangs_up_while_speaking_is_forgotten():
    book = listening(echo)
    book.speak(tone(1.0))
    book.hang_up()
    assert book.finish() == []
    assert book.happen(AudioReceived(quiet(1.0), "audio/pcm")) == []
