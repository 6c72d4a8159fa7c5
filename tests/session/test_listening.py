"""Speech in: when the user is taken to speak, and what was said."""

import json
from typing import Any

import pytest
from book import (
    CASCADE,
    FIXED,
    MIDDLE,
    NATIVE,
    NEW,
    OLD,
    Ear,
    echo,
    kinds,
    listening,
    only,
    opened,
    quiet,
    says,
    spoken,
    tone,
)

from gemlive_emulator.audio.ear import Ended
from gemlive_emulator.audio.wav import to_wav
from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.session.commands import ActivityEnded, ActivityStarted, InputHeard, Transcribe, Warn
from gemlive_emulator.session.events import AudioReceived, MessageReceived, Recalled, Transcribed
from gemlive_emulator.session.hearing import Words
from gemlive_emulator.session.history import History
from gemlive_emulator.session.listening import MOST_WAITING
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.common import Blob


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
    assert book.session.next_event is None


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


@pytest.mark.parametrize(
    "typed",
    [
        {"realtimeInput": {"text": "And this."}},
        {"clientContent": {"turns": [{"parts": [{"text": "And this."}]}], "turnComplete": True}},
    ],
)
def test_typed_text_does_not_overtake_words_that_are_awaited(typed: dict[str, Any]):
    ear = Ear()
    session = listening(ear, NEW).session
    happened = session.handle(AudioReceived(tone(1.0) + quiet(0.6), "audio/pcm"), 0)
    request = next(one for one in happened if isinstance(one, Transcribe))
    assert session.handle(MessageReceived(decode(json.dumps(typed)).message), 0) == []
    session.handle(Transcribed(request.id, Words("Look at that.", "recogniser")), 0)
    assert [turn.text for turn in ear.turns] == ["Look at that.", "And this."]


def test_a_header_that_does_not_fit_is_told_once():
    book = opened(echo, NEW)
    file = to_wav(quiet(0.1), 24_000)
    assert "24000 Hz" in only(book.happen(AudioReceived(file, "audio/pcm;rate=16000")), Warn).text
    assert kinds(book.speak(quiet(0.1))) == []


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
    assert ear.turns == []
    book.advance(0.02)
    assert len(ear.turns) == 1


def test_the_idle_rule_counts_from_the_last_sound():
    ear = Ear()
    book = listening(ear, NATIVE)
    for _ in range(5):
        book.speak(tone(0.2), chunk_ms=None)
        book.advance(0.7)
    assert ear.turns == []
    book.advance(0.5)
    assert len(ear.turns) == 1


@pytest.mark.parametrize("chunk_ms", [20, 200, 1000, 1500, 2000])
@pytest.mark.parametrize("model", [NATIVE, OLD])
def test_a_microphone_may_give_seconds_at_a_time(model: str, chunk_ms: int):
    ear = Ear()
    book = listening(ear, model)
    book.speak(tone(6.0) + quiet(1.0), chunk_ms=chunk_ms)
    assert [round(turn.speech_seconds) for turn in ear.turns] == [6]


def test_where_time_runs_fast_the_client_does_not():
    """At a minute a second, 20 ms of a microphone are 1.2 s of the session."""
    ear = Ear()
    book = Playbook(ear, terms=Terms(haste=60, overrides=FIXED))
    book.open(NATIVE)
    for _ in range(50):
        book.speak(tone(0.02), chunk_ms=None, real_time=False)
        book.advance(1.2)
    assert ear.turns == []
    book.advance(60)
    assert len(ear.turns) == 1


def test_a_client_that_says_more_than_can_be_looked_at_does_not_fill_the_memory():
    ear = Ear()
    session = listening(ear, NEW).session
    once = tone(0.3) + quiet(0.6)
    happened = session.handle(AudioReceived(once * 100, "audio/pcm"), 0)
    requests = [one for one in happened if isinstance(one, Transcribe)]
    words = []
    while requests:
        happened = session.handle(Transcribed(requests.pop().id, None), 0)
        words += [one for one in happened if isinstance(one, InputHeard)]
        requests += [one for one in happened if isinstance(one, Transcribe)]
        talk = session._talk
        assert talk is not None
        waiting = [one for one in talk._listening._found if isinstance(one, Ended) and one.utterance.pcm]
        assert len(waiting) <= MOST_WAITING
    assert [one.by for one in words] == ["placeholder"] * 100


@pytest.mark.parametrize("chunk_ms", [20, None])
def test_the_idle_rule_ends_the_last_of_several_utterances_that_came_at_once(chunk_ms: int | None):
    ear = Ear()
    book = listening(ear, NATIVE)
    book.speak((tone(0.5) + quiet(0.6)) * 2 + tone(1.0), chunk_ms=chunk_ms, real_time=False)
    book.advance(60)
    assert [turn.speech_seconds for turn in ear.turns] == pytest.approx([0.5, 0.5, 1.0], abs=0.021)


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


def test_audio_without_a_type_is_taken_with_a_word():
    book = opened(echo, NEW)
    assert "audio/pcm;rate=16000" in only(book.receive(audio(mime_type=None)), Warn).text
    assert book.closed is None


def test_sound_before_the_setup_is_refused():
    book = Playbook(echo)
    book.happen(AudioReceived(b"\0\0", "audio/pcm"))
    assert book.closed == (1007, "setup must be the first message and only the first")


def test_sound_before_the_answer_to_the_setup_is_kept():
    book = Playbook(echo, terms=Terms(overrides=FIXED))
    session, now = book.session, book.now
    resuming = {"setup": {"model": NATIVE, "sessionResumption": {"handle": "h"}}}
    session.handle(MessageReceived(decode(json.dumps(resuming)).message), now)
    assert session.handle(AudioReceived(tone(1.0), "audio/pcm"), now) == []
    happened = session.handle(Recalled(History().snapshot()), now)
    assert [type(one).__name__ for one in happened][-1] == "ActivityStarted"


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
