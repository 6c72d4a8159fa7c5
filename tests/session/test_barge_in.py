"""Interruption, of answers and of tool calls: modes 11 and 12 of what a client developer should rehearse."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from book import (
    MIDDLE,
    NATIVE,
    NEW,
    OLD,
    Ear,
    content,
    declares,
    fields,
    in_turns,
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

from gemlive_emulator.session.commands import (
    GenerationComplete,
    Interrupted,
    SpeechPart,
    ToolCalls,
    ToolCallsCancelled,
    TurnComplete,
    TurnOpened,
    Warn,
)
from gemlive_emulator.session.hearing import Foreknown
from gemlive_emulator.session.steps import (
    Conversation,
    Interrupt,
    Reply,
    Say,
    Step,
    UserTurn,
)
from gemlive_emulator.session.tools import CallTools, ToolCall
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.endpoint import Endpoint

STORY = Say("Once upon a time there was a rabbit that had lost its way in the great wood behind the hill.")
WEATHER = CallTools((ToolCall("get_weather", {"city": "Oslo"}),))
WEATHER_TOOL = declares("get_weather", behavior="BLOCKING")


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


@pytest.mark.parametrize("model", [OLD, NATIVE, MIDDLE, NEW])
def test_whoever_answers_is_told_of_an_interruption_before_the_turn_that_comes_with_it(model: str):
    told: list[float | str] = []

    def story(turn: UserTurn, conversation: Conversation) -> Reply:
        told.append(turn.text)
        yield STORY

    book = listening(story, model, foreknown=Foreknown(lambda: "Stop", interrupted=told.append))
    book.say("Tell me a story")
    book.advance(4.0)
    spoken(book)
    first, heard, second = told
    assert (first, second) == ("Tell me a story", "Stop")
    assert isinstance(heard, float)
    assert heard * 1000 == pytest.approx(only(book.log, Interrupted).heard * 1000)
    book.finish()
    spoken(book)
    assert told[3:] == ["Stop"]


def test_an_answer_that_is_cut_by_nobody_is_no_interruption_of_the_user():
    told: list[float] = []
    foreknown = Foreknown(interrupted=told.append)
    book = opened(replies(Interrupt(0.5), STORY), NEW, foreknown=foreknown)
    book.say("Tell me a story")
    book.finish()
    assert only(book.log, Interrupted)
    assert told == []


def test_speech_during_generation_drops_what_was_not_sent_and_there_is_no_generation_complete():
    book = listening(
        in_turns([STORY], [Say("Yes?")]), NEW, tools=WEATHER_TOOL, overrides={"behaviour.calling.interrupted": "wait"}
    )
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
    yield Say(f"It is {result.response['temperature']} degrees.")


def response(call: str, name: str = "get_weather", **values: Any) -> dict[str, Any]:
    return {"toolResponse": {"functionResponses": [{"id": call, "name": name, "response": values}]}}


@pytest.mark.parametrize(
    ("model", "form"),
    [(OLD, r"function-call-\d{19}"), (NATIVE, r"function-call-\d{19}"), (MIDDLE, r"fc_\d{19}"), (NEW, r"call_\d+")],
)
def test_a_call_waits_for_its_response_and_the_answer_ends_the_turn(model: str, form: str):
    book = opened(weather, model, tools=WEATHER_TOOL)
    book.say("The weather in Oslo?")
    (call,) = only(book.advance(1.5), ToolCalls).calls
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
    book.open("projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash", tools=WEATHER_TOOL)
    book.say("The weather in Oslo?")
    (call,) = only(book.finish(), ToolCalls).calls
    assert uuid.UUID(call.id).version == 4


def test_several_calls_wait_for_all_of_their_responses_and_the_results_come_in_order():
    given: list[Any] = []

    def both(turn: UserTurn, conversation: Conversation) -> Iterator[Step]:
        results = yield CallTools((ToolCall("a", {}, "1"), ToolCall("b", {}, "2")))  # type: ignore[misc]
        given.extend(results)
        yield Say("Done.")

    book = opened(both, OLD, tools=declares("a", "b"), overrides={"behaviour.calling.unknown": "ignored"})
    book.say("go")
    book.advance(1.5)
    assert book.receive(response("2", "b", value="second")) == []
    assert "'3'" in only(book.receive(response("3")), Warn).text
    assert "call 2 of 'b' was answered before" in only(book.receive(response("2", "b", value="again")), Warn).text
    book.receive(response("1", "a", value="first"))
    assert [result.response for result in given] == [{"value": "first"}, {"value": "second"}]


def test_no_calls_need_no_responses():
    given: list[Any] = []

    def none(turn: UserTurn, conversation: Conversation) -> Iterator[Step]:
        given.append((yield CallTools(())))  # type: ignore[misc]
        yield Say("Done.")

    book = opened(none, OLD)
    book.say("go")
    book.finish()
    assert given == [()]
    assert len(times(book.log, TurnComplete)) == 1


def test_speech_cancels_the_call_and_a_late_response_is_ignored():
    book = listening(weather, MIDDLE, tools=WEATHER_TOOL)
    book.say("The weather in Oslo?")
    (call,) = only(book.advance(1.5), ToolCalls).calls
    happened = book.speak(tone(0.2))
    assert kinds(happened) == ["ActivityStarted", "ToolCallsCancelled", "Interrupted", "TurnComplete"]
    assert only(happened, ToolCallsCancelled).ids == (call.id,)
    assert {"toolCallCancellation": {"ids": [call.id]}} in [message.body for message in book.messages]
    assert call.id in only(book.receive(response(call.id, temperature=1)), Warn).text


def test_where_nothing_is_cancelled_the_speech_waits_for_the_end_of_the_turn():
    """Measured on 3.8: toolCallCancellation in none of 41 sessions."""
    book = listening(
        in_turns([WEATHER, Say("Cold.")], [Say("Yes?")]),
        NEW,
        tools=WEATHER_TOOL,
        overrides={"behaviour.calling.interrupted": "wait"},
    )
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
    book = opened(
        in_turns([WEATHER, Say("Cold.")], [Say("A casino.")]),
        model,
        tools=WEATHER_TOOL,
        overrides={"behaviour.calling.typed": "queue"},
    )
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
    book = listening(weather, NATIVE, tools=WEATHER_TOOL, overrides={"behaviour.calling.realtime": "refused"})
    book.speak(quiet(0.1))
    assert book.closed is None
    book.say("The weather in Oslo?")
    book.advance(1.5)
    if sent == "audio":
        book.speak(quiet(0.02))
    else:
        book.receive({"realtimeInput": {"text": "Hello?"}})
    assert book.closed == (1008, "Operation is not implemented, or supported, or enabled.")
