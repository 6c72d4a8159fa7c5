"""Interruption, and the failures around it: modes 11 to 19 of what a client developer should rehearse."""

import re
import uuid
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from book import (
    MIDDLE,
    NATIVE,
    NEW,
    OLD,
    STEADY,
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

from gemlive_emulator.session.behaviour import Pace
from gemlive_emulator.session.commands import (
    GenerationComplete,
    InputHeard,
    Interrupted,
    SpeechPart,
    ToolCalls,
    ToolCallsCancelled,
    TurnComplete,
    TurnOpened,
    Warn,
    WordsOnly,
)
from gemlive_emulator.session.steps import (
    CallTools,
    Conversation,
    EndTurn,
    Interrupt,
    InterruptAfterEnd,
    Pause,
    Reply,
    Say,
    Step,
    ToolCall,
    Transcript,
    UserTurn,
)
from gemlive_emulator.testing.playbook import Playbook, silent_speech
from gemlive_emulator.wire.endpoint import Endpoint

STORY = Say("Once upon a time there was a rabbit that had lost its way in the great wood behind the hill.")
WEATHER = CallTools((ToolCall("get_weather", {"city": "Oslo"}),))


def in_turns(*replies_in_order: list[Step]) -> Any:
    """A responder that takes the next of these replies with each turn."""
    left = iter(replies_in_order)

    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        for step in next(left):  # noqa: UP028 - what a tool returned cannot be sent into a list
            yield step

    return respond


def content(book: Playbook) -> list[dict[str, Any]]:
    """What the client got as server content, audio data aside."""
    return [message.body["serverContent"] for message in book.messages if "serverContent" in message.body]


def fields(book: Playbook) -> list[str]:
    """The first field of each server content, repeats folded."""
    names: list[str] = []
    for one in content(book):
        name = next(iter(one), "")
        if not names or names[-1] != name:
            names.append(name)
    return names


# Mode 11: barge-in during playback, and its variant while the answer is still being made.


@pytest.mark.parametrize("model", [OLD, NATIVE, MIDDLE, NEW])
def test_speech_during_playback_interrupts_once_generation_is_complete(model: str):
    book = listening(in_turns([STORY], [Say("Yes?")]), model)
    book.say("Tell me a story")
    book.advance(4.0)
    assert times(book.log, GenerationComplete) != []
    happened = book.speak(tone(0.2))
    assert kinds(happened) == ["ActivityStarted", "Interrupted", "TurnComplete"]
    assert "GenerationComplete" not in kinds(spoken(book))
    book.finish()
    assert book.said == ""
    assert [type(one.command).__name__ for one in book.log].count("TurnComplete") == 2


def test_speech_during_generation_drops_what_was_not_sent_and_there_is_no_generation_complete():
    book = listening(in_turns([STORY], [Say("Yes?")]), NEW)
    book.say("Tell me a story")
    book.advance(1.3)
    sent = len(times(book.log, SpeechPart))
    assert sent > 0
    happened = book.speak(tone(0.2))
    after = kinds(happened)[kinds(happened).index("Interrupted") :]
    assert after == ["Interrupted", "TurnComplete"]
    assert times(book.log, GenerationComplete) == []
    assert kinds(book.advance(0.5)) == []


def test_the_client_sees_interrupted_then_the_end_with_usage_then_the_words():
    """Recorded on 2.5: the transcription of the user comes after both."""
    book = listening(
        in_turns([STORY], [Say("Yes?")]),
        NATIVE,
        foreknown=says("Hello, my name is Marcelo."),
        inputAudioTranscription={},
    )
    book.say("Tell me a story")
    book.advance(4.0)
    spoken(book)
    assert fields(book) == [
        "modelTurn",
        "generationComplete",
        "interrupted",
        "turnComplete",
        "inputTranscription",
        "modelTurn",
    ]
    heard = [one["inputTranscription"]["text"] for one in content(book) if "inputTranscription" in one]
    assert heard == [" Hello", ",", " my", " name", " is Marcelo."]
    ends = [message.body for message in book.messages if "turnComplete" in message.body.get("serverContent", {})]
    assert ends[0]["usageMetadata"]["responseTokensDetails"][0]["modality"] == "AUDIO"


def test_the_history_keeps_what_the_client_can_have_heard_and_tells_how_much_that_was():
    ear = Ear()

    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        list(ear(turn, conversation))
        yield STORY

    book = listening(respond, NEW)
    book.say("Tell me a story")
    book.advance(3.5)
    first = times(book.log, SpeechPart)[0]
    happened = spoken(book)
    cut = only(happened, Interrupted)
    assert cut.heard == pytest.approx(times(happened, Interrupted)[0] - first)
    book.finish()
    told = ear.conversations[1].history[-1].text
    assert STORY.text.startswith(told)
    assert 0 < len(told) < len(STORY.text)
    # The playbook's voice takes 80 ms a character.
    assert len(told) * 0.08 == pytest.approx(cut.heard, abs=0.8)


def test_without_interruption_the_answer_goes_on_and_the_speech_is_answered_after_it():
    book = listening(in_turns([STORY], [Say("Yes?")]), NEW, realtimeInputConfig={"activityHandling": "NO_INTERRUPTION"})
    book.say("Tell me a story")
    book.advance(2.0)
    spoken(book)
    assert times(book.log, Interrupted) == []
    book.finish()
    ends = times(book.log, TurnComplete)
    opens = times(book.log, TurnOpened)
    assert len(ends) == len(opens) == 2
    assert opens[1] == ends[0]


@pytest.mark.parametrize(("model", "interrupts"), [(OLD, True), (NATIVE, False), (MIDDLE, True), (NEW, True)])
@pytest.mark.parametrize("by", ["content", "realtime"])
def test_typed_text_interrupts_where_the_family_does(model: str, interrupts: bool, by: str):
    book = opened(in_turns([STORY], [Say("Yes?")]), model)
    book.say("Tell me a story")
    book.advance(2.0)
    happened = book.say("Stop") if by == "content" else book.receive({"realtimeInput": {"text": "Stop"}})
    assert ("Interrupted" in kinds(happened)) is interrupts
    book.finish()
    assert len(times(book.log, TurnComplete)) == 2


def test_a_signalled_start_interrupts():
    manual = {"realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}}}
    book = opened(replies(STORY), MIDDLE, **manual)
    book.say("Tell me a story")
    book.advance(2.0)
    assert kinds(book.receive({"realtimeInput": {"activityStart": {}}})) == [
        "ActivityStarted",
        "Interrupted",
        "TurnComplete",
    ]


def test_typed_turns_that_wait_behind_a_cut_answer_were_said_but_are_not_answered():
    ear = Ear()
    book = listening(ear, NATIVE, foreknown=says("Stop."))
    book.say("one")
    book.receive(
        {
            "clientContent": {
                "turns": [
                    {"role": "model", "parts": [{"text": "noted"}]},
                    {"role": "user", "parts": [{"text": "two"}]},
                ],
                "turnComplete": True,
            }
        }
    )
    book.advance(1.2)
    spoken(book)
    assert [turn.text for turn in ear.turns] == ["one", "Stop."]
    history = [(said.role, said.text) for said in ear.conversations[1].history]
    assert [entry for entry in history if entry[1] in ("one", "noted", "two")] == [
        ("user", "one"),
        ("model", "noted"),
        ("user", "two"),
    ]


# Mode 12: barge-in during a tool call.


def weather(turn: UserTurn, conversation: Conversation) -> Iterator[Step]:
    (result,) = yield WEATHER  # type: ignore[misc]
    yield Say(f"It is {result['temperature']} degrees.")


def response(call: str, **values: Any) -> dict[str, Any]:
    return {"toolResponse": {"functionResponses": [{"id": call, "name": "get_weather", "response": values}]}}


@pytest.mark.parametrize(
    ("model", "form"),
    [(OLD, r"function-call-\d{19}"), (NATIVE, r"function-call-\d{19}"), (MIDDLE, r"fc_\d{19}"), (NEW, r"call_\d+")],
)
def test_a_call_waits_for_its_response_and_the_answer_ends_the_turn(model: str, form: str):
    book = opened(weather, model)
    book.say("The weather in Oslo?")
    (call,) = only(book.finish(), ToolCalls).calls
    assert re.fullmatch(form, call.id)
    assert book.messages[-1].body == {
        "toolCall": {"functionCalls": [{"name": "get_weather", "args": {"city": "Oslo"}, "id": call.id}]}
    }
    assert times(book.log, TurnComplete) == []
    book.receive(response(call.id, temperature=-3))
    book.finish()
    assert len(times(book.log, TurnOpened)) == len(times(book.log, TurnComplete)) == 1


def test_on_vertex_the_ids_are_uuids():
    book = Playbook(weather, Endpoint(None))
    book.open("projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash")
    book.say("The weather in Oslo?")
    (call,) = only(book.finish(), ToolCalls).calls
    assert uuid.UUID(call.id).version == 4


def test_several_calls_wait_for_all_of_their_responses_and_the_results_come_in_order():
    given: list[Any] = []

    def both(turn: UserTurn, conversation: Conversation) -> Iterator[Step]:
        results = yield CallTools((ToolCall("a", {}, "1"), ToolCall("b", {}, "2")))  # type: ignore[misc]
        given.extend(results)
        yield Say("Done.")

    book = opened(both, OLD)
    book.say("go")
    book.finish()
    assert book.receive(response("2", value="second")) == []
    assert "'3'" in only(book.receive(response("3")), Warn).text
    assert "'2'" in only(book.receive(response("2", value="again")), Warn).text
    book.receive(response("1", value="first"))
    assert given == [{"value": "first"}, {"value": "second"}]


def test_speech_cancels_the_call_and_a_late_response_is_ignored():
    book = listening(weather, MIDDLE)
    book.say("The weather in Oslo?")
    (call,) = only(book.advance(1.5), ToolCalls).calls
    happened = book.speak(tone(0.2))
    assert kinds(happened) == ["ActivityStarted", "ToolCallsCancelled", "Interrupted", "TurnComplete"]
    assert only(happened, ToolCallsCancelled).ids == (call.id,)
    assert {"toolCallCancellation": {"ids": [call.id]}} in [message.body for message in book.messages]
    assert call.id in only(book.receive(response(call.id, temperature=1)), Warn).text


def test_where_nothing_is_cancelled_the_speech_waits_for_the_end_of_the_turn():
    """Measured on 3.8: toolCallCancellation in none of 41 sessions."""
    book = listening(in_turns([WEATHER, Say("Cold.")], [Say("Yes?")]), NEW)
    book.say("The weather in Oslo?")
    (call,) = only(book.advance(1.5), ToolCalls).calls
    spoken(book)
    assert times(book.log, Interrupted) == []
    book.receive(response(call.id, temperature=1))
    book.finish()
    assert len(times(book.log, TurnComplete)) == 2


@pytest.mark.parametrize("model", [OLD, NATIVE, MIDDLE, NEW])
def test_typed_input_waits_for_the_end_of_a_tool_turn(model: str):
    """Recorded in a notebook of Google's: the question is answered after the weather, and nothing is cancelled."""
    book = opened(in_turns([WEATHER, Say("Cold.")], [Say("A casino.")]), model)
    book.say("The weather in Oslo?")
    (call,) = only(book.advance(1.5), ToolCalls).calls
    assert kinds(book.say("Tell me about the casino meanwhile")) == []
    book.receive(response(call.id, temperature=1))
    book.finish()
    assert times(book.log, Interrupted) == []
    assert len(times(book.log, TurnComplete)) == 2


@pytest.mark.parametrize("sent", ["audio", "text"])
def test_a_family_may_refuse_input_while_a_call_is_pending(sent: str):
    """Measured on 2.5 of December 2025 (forum thread 114644)."""
    book = listening(weather, NATIVE, overrides={"behaviour.hearing.refuses_while_calling": True})
    book.speak(quiet(0.1))
    assert book.closed is None
    book.say("The weather in Oslo?")
    book.advance(1.5)
    if sent == "audio":
        book.speak(quiet(0.02))
    else:
        book.receive({"realtimeInput": {"text": "Hello?"}})
    assert book.closed == (1008, "Operation is not implemented, or supported, or enabled.")


# Mode 13: the model hears itself.


def test_an_echo_interrupts_twice_half_a_second_after_the_first_audio_and_then_the_answer_goes_on():
    book = opened(replies(Interrupt(after=0.5, times=2), STORY), NEW)
    book.say("Tell me a story")
    book.finish()
    opens, cuts = times(book.log, TurnOpened), times(book.log, Interrupted)
    assert len(opens) == 3
    assert len(cuts) == 2
    first_audio = [min(at for at in times(book.log, SpeechPart) if at >= opened_at) for opened_at in opens]
    assert [cut - audio for cut, audio in zip(cuts, first_audio, strict=False)] == pytest.approx([0.5, 0.5])
    assert opens[1:] == cuts
    assert len(times(book.log, GenerationComplete)) == 1


def test_an_echo_may_interrupt_before_the_first_audio():
    book = opened(replies(Interrupt(), STORY), NEW)
    happened = book.say("Tell me a story") + book.advance(0)
    assert kinds(happened)[:3] == ["TurnOpened", "Interrupted", "TurnComplete"]
    book.finish()
    first, second = (one.command for one in book.log if isinstance(one.command, TurnComplete))
    assert (first.usage.response, second.usage.response["AUDIO"] > 0) == ({"AUDIO": 0}, True)


def test_a_real_echo_does_the_same():
    """The client's microphone picks the answer up: the emulator hears itself speak and stops."""
    book = listening(echo, NEW, pace=Pace(0.1, 0.1, 0.2, 4.0))
    spoken(book)
    book.advance(0.5)
    happened = kinds(book.speak(tone(0.3)))
    assert happened[happened.index("ActivityStarted") :] == ["ActivityStarted", "Interrupted", "TurnComplete"]


def test_an_echo_that_comes_too_late_does_nothing():
    book = opened(replies(Interrupt(after=60), Say("Short.")), NEW)
    book.say("hi")
    book.finish()
    assert times(book.log, Interrupted) == []
    assert len(times(book.log, TurnComplete)) == 1


def test_typed_turns_wait_for_the_end_of_the_echoes():
    book = opened(in_turns([Interrupt(after=0.5), STORY], [Interrupt(after=0.5), STORY], [Say("Yes?")]), NATIVE)
    book.say("Tell me a story")
    book.say("And then?")
    book.finish()
    assert len(times(book.log, TurnOpened)) == 3
    assert len(times(book.log, TurnComplete)) == 3


# Mode 14: interrupted without a cause, and a session that is dead ever after.


def test_an_interruption_without_a_cause_follows_the_end_and_later_turns_are_empty():
    book = listening(
        in_turns([Say("Hello!"), InterruptAfterEnd()], []),
        NATIVE,
        foreknown=says("Anybody?"),
        inputAudioTranscription={},
    )
    book.say("hi")
    book.finish()
    assert fields(book)[-2:] == ["turnComplete", "interrupted"]
    before = len(book.messages)
    spoken(book)
    book.finish()
    later = [next(iter(message.body["serverContent"])) for message in book.messages[before:]]
    assert later == ["inputTranscription", "generationComplete", "turnComplete"]


# Mode 15: empty turns.


def test_an_empty_turn_may_tell_a_reason():
    book = opened(replies(EndTurn("RESPONSE_REJECTED"), Say("never")), NEW)
    book.say("hi")
    book.finish()
    assert content(book)[-2:] == [
        {"generationComplete": True},
        {"turnComplete": True, "turnCompleteReason": "RESPONSE_REJECTED"},
    ]


@pytest.mark.parametrize("model", [OLD, NATIVE, MIDDLE, NEW])
def test_words_may_come_without_any_audio(model: str):
    book = opened(replies(Say("Hello there, friend.", sound="none")), model, outputAudioTranscription={})
    book.say("hi")
    book.finish()
    said = "".join(one["outputTranscription"].get("text", "") for one in content(book) if "outputTranscription" in one)
    assert said == "Hello there, friend."
    assert not any("inlineData" in part for one in content(book) for part in one.get("modelTurn", {}).get("parts", []))
    assert only(book.log, TurnComplete).usage.response == {"AUDIO": 0}
    assert only(book.log, WordsOnly).text == "Hello there, friend."


def test_words_without_audio_are_not_told_to_who_does_not_ask():
    book = opened(replies(Say("Hello.", sound="none")), NEW)
    book.say("hi")
    book.finish()
    assert not any("outputTranscription" in one for one in content(book))


def test_audio_may_be_as_long_as_the_speech_and_hold_nothing():
    book = opened(replies(Say("Hello there.", sound="silent")), NEW)
    book.say("hi")
    book.finish()
    parts = [one.command.chunk for one in book.log if isinstance(one.command, SpeechPart)]
    assert sum(part.samples for part in parts) == round(len("Hello there.") * 0.08 * 24_000)
    assert all(set(part.base64) <= set(b"A=") for part in parts)


# Mode 16: the end too early, and the end never.


def test_a_turn_may_stall_then_repeat_what_the_user_said_and_then_answer():
    book = listening(replies(Pause(50), Transcript(), Say("Here I am.")), NEW, foreknown=says("Hello?"))
    spoken(book)
    book.advance(49)
    assert len(times(book.log, InputHeard)) == 1
    book.finish()
    first, second = (one for one in book.log if isinstance(one.command, InputHeard))
    assert second.at - first.at == pytest.approx(50, abs=1.1)
    assert (first.command.text, second.command.text) == ("Hello?", "Hello?")
    assert len(times(book.log, TurnComplete)) == 1


def test_a_transcript_may_say_something_else():
    book = opened(replies(Transcript("Hallo?"), Say("Yes.")), MIDDLE)
    book.say("Hello?")
    book.finish()
    assert only(book.log, InputHeard).text == "Hallo?"


# Mode 17: how audio arrives.


def delivered(**pace: Any) -> list[tuple[float, int]]:
    """When the parts of four seconds of speech went out, and how long they were in samples."""
    steady = {"first_text": 0.5, "next_text": 0.25, "first_audio": 1.0, "speed": 4.0}
    book = opened(replies(Say("x" * 50)), NEW, pace=Pace(**{**steady, **pace}))
    book.say("hi")
    book.finish()
    return [(one.at, one.command.chunk.samples) for one in book.log if isinstance(one.command, SpeechPart)]


def test_an_empty_part_may_come_first():
    parts = delivered(empty_first=True)
    assert parts[0] == (1.0, 0)
    assert parts[1][0] == 1.0
    assert parts[1:] == delivered()


def test_silence_may_follow_the_speech():
    parts, plain = delivered(trailing_silence=0.5), delivered()
    assert parts[:-1] == plain
    assert parts[-1][1] == 12_000


def test_the_end_is_held_back_until_trailing_silence_has_played_too():
    book = opened(replies(Say("x" * 50)), NEW, pace=Pace(0.5, 0.25, 1.0, 4.0, trailing_silence=0.5))
    book.say("hi")
    book.finish()
    assert times(book.log, TurnComplete)[0] - times(book.log, SpeechPart)[0] == pytest.approx(4.5)


def test_a_text_turn_has_no_silence_behind_it():
    book = opened(
        replies(Say("Hello.")),
        OLD,
        pace=Pace(0.5, 0.25, 1.0, 4.0, trailing_silence=0.5),
        generationConfig={"responseModalities": ["TEXT"]},
    )
    book.say("hi")
    book.finish()
    assert times(book.log, SpeechPart) == []


def test_parts_may_be_late_by_chance_but_the_same_for_the_same_seed():
    jittery, plain = delivered(jitter=0.2), delivered()
    assert jittery == delivered(jitter=0.2)
    late = [there - here for (there, _), (here, _) in zip(jittery, plain, strict=True)]
    assert late == sorted(late)
    assert 0 < late[-1] < 0.2 * len(late)


def test_there_may_be_gaps():
    parts = delivered(gap=3.0, gap_every=1.0)
    pauses = [then - now for (now, _), (then, _) in pairwise(parts)]
    assert sum(pause > 3 for pause in pauses) == 3


# Mode 18 is in test_listening.py: no end of speech. Here its last part.


def test_a_low_end_sensitivity_may_never_end():
    """Measured once, in noise: with END_SENSITIVITY_LOW the turn never closes."""
    low = {"automaticActivityDetection": {"endOfSpeechSensitivity": "END_SENSITIVITY_LOW"}}
    ear = Ear()
    book = listening(ear, NEW, overrides={"behaviour.hearing.low_never_ends": True}, realtimeInputConfig=low)
    book.speak(tone(1.0) + quiet(60), chunk_ms=1000)
    assert ear.turns == []


# Mode 19: a pause splits the utterance.


def test_a_pause_splits_the_utterance_and_the_first_answer_is_cut():
    book = listening(
        echo,
        MIDDLE,
        overrides={"behaviour.hearing.silence_ms": 800},
        foreknown=says("I would like", "a table for two."),
    )
    book.speak(tone(1.0) + quiet(1.0) + tone(1.0) + quiet(1.0))
    book.finish()
    assert [one.command.text for one in book.log if isinstance(one.command, InputHeard)] == [
        "I would like",
        "a table for two.",
    ]
    assert [type(one.command).__name__ for one in book.log].count("TurnComplete") == 2
    assert len(times(book.log, Interrupted)) == 1


def test_a_longer_silence_that_was_asked_for_is_not_honoured_where_the_family_does_not():
    """Reported on 3.1: 6,000 ms asked for, ended at about 2,000 (live-api-examples#50)."""
    asked = {"automaticActivityDetection": {"silenceDurationMs": 6000}}
    ears = []
    for model in (MIDDLE, NEW):
        ear = Ear()
        listening(ear, model, realtimeInputConfig=asked).speak(tone(1.0) + quiet(3.0))
        ears.append(ear)
    assert [len(ear.turns) for ear in ears] == [1, 0]


def test_the_playbooks_pace_is_what_these_times_mean():
    assert STEADY.first_audio == 1.0
    assert silent_speech("x" * 50).seconds == 4.0
