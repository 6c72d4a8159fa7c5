"""Corners of calls that an audit found."""

from typing import Any

import pytest
from book import (
    MIDDLE,
    NATIVE,
    NEW,
    OLD,
    TEXT,
    declares,
    in_turns,
    kinds,
    listening,
    opened,
    quiet,
    spoken,
    times,
    tone,
)
from desk import BLOCKING, EXTENDED, FREE, LONG, VEGAS, Desk, asked, late, respond, said_by_model

from gemlive_emulator.session.commands import (
    GenerationComplete,
    Interrupted,
    ToolCalls,
    ToolCallsCancelled,
    TurnComplete,
    TurnOpened,
)
from gemlive_emulator.session.steps import Consult, Conversation, Reply, Say, Silence, UserTurn
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolCall, ToolResult
from gemlive_emulator.wire.errors import EmulatorError


def test_a_call_without_arguments_has_an_empty_map_of_them():
    """Printed by Google's tools notebook, six of six."""
    book = asked(in_turns([CallTools((ToolCall("weather"),))]))
    assert book.messages[-1].body["toolCall"]["functionCalls"][0]["args"] == {}


@pytest.mark.parametrize("scheduling", [None, "WHEN_IDLE", "INTERRUPT"])
@pytest.mark.parametrize("model", [NATIVE, NEW])
def test_a_reply_that_was_cut_while_it_spoke_beside_a_call_goes_on_with_the_result(model: str, scheduling: str | None):
    book = listening(desk := Desk(meanwhile=LONG), model, tools=FREE)
    book.say("the weather")
    book.advance(1.5)
    spoken(book)
    book.finish()
    assert len(times(book.log, Interrupted)) == 1
    assert times(book.log, ToolCallsCancelled) == []
    respond(book, **({} if scheduling is None else {"scheduling": scheduling}))
    book.finish()
    assert [result.response["sky"] for result in desk.given] == ["sunny"]
    assert "The weather in Vegas is sunny." in said_by_model(book)


def test_such_a_result_may_be_silent_as_well():
    book = listening(desk := Desk(meanwhile=LONG), NATIVE, tools=FREE)
    book.say("the weather")
    book.advance(1.5)
    spoken(book)
    book.finish()
    assert respond(book, scheduling="SILENT") + book.finish() == []
    assert desk.given == []
    book.say("hello")
    assert "sunny" in desk.seen[-1].history[-1].text or "sunny" in desk.seen[-1].history[-2].text


def test_the_result_of_a_call_that_no_reply_waits_for_is_known_later():
    desk = Desk()

    def careless(turn: UserTurn, conversation: Conversation) -> Reply:
        if "weather" not in turn.text:
            yield from desk(turn, conversation)
            return
        yield CallTools(VEGAS.calls, wait=False)
        yield Say("I asked.")

    book = asked(careless, OLD, FREE)
    book.finish()
    assert respond(book) + book.finish() == []
    book.say("hello")
    assert any("sunny" in said.text for said in desk.seen[0].history)


def test_what_is_cut_while_it_asks_outside_goes_on_with_nothing():
    closed: list[bool] = []

    async def never() -> None:
        raise AssertionError("nothing awaits in the core")

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        try:
            yield CallTools(VEGAS.calls, wait=False)
            yield Consult(never)
        finally:
            closed.append(True)

    book = listening(reply, NATIVE, tools=FREE)
    book.say("the weather")
    book.advance(1.5)
    book.speak(tone(0.2))
    assert closed == [True]


@pytest.mark.parametrize("scheduling", ["WHEN_IDLE", "INTERRUPT"])
def test_results_come_out_in_the_order_in_which_they_came(scheduling: str):
    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        yield CallTools(VEGAS.calls)
        yield Say(turn.text)

    book = opened(reply, OLD, tools=FREE, generationConfig=TEXT)
    for name in ("first", "second"):
        book.say(name)
        book.advance(1.0)
    calls = [one.command.calls[0] for one in book.log if isinstance(one.command, ToolCalls)]
    responses = [{"id": call.id, "name": call.name, "response": {}, "scheduling": scheduling} for call in calls]
    book.receive({"toolResponse": {"functionResponses": responses}})
    book.finish()
    assert book.said == "firstsecond"


def test_what_is_urgent_goes_before_what_is_patient():
    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        if turn.text in ("first", "second"):
            yield CallTools(VEGAS.calls)
        yield Say(f"[{turn.text[:6]}]" if turn.text != LONG else LONG)

    book = opened(reply, NATIVE, tools=FREE)
    for name in ("first", "second"):
        book.say(name)
        book.advance(2.0)
    book.say(LONG)
    book.advance(2.0)
    calls = [one.command.calls[0] for one in book.log if isinstance(one.command, ToolCalls)]
    responses = [
        {"id": call.id, "name": call.name, "response": {}, "scheduling": scheduling}
        for call, scheduling in zip(calls, ["WHEN_IDLE", "INTERRUPT"], strict=True)
    ]
    book.receive({"toolResponse": {"functionResponses": responses}})
    book.finish()
    assert said_by_model(book)[-2:] == ["[second]", "[first]"]


def test_two_calls_of_one_id_are_an_error_unless_they_are_meant():
    twice = (ToolCall("weather", {}, "same"), ToolCall("time", {}, "same"))
    with pytest.raises(EmulatorError, match="gives two calls the id 'same'"):
        opened(in_turns([CallTools(twice)]), OLD, tools=BLOCKING).say("go")
    given: list[ToolResult] = []

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        given.extend((yield CallTools(twice, checked=False)))

    book = opened(reply, MIDDLE, tools=BLOCKING)
    book.say("go")
    book.advance(1.5)
    book.receive({"toolResponse": {"functionResponses": [{"id": "same", "name": "time", "response": {"at": 7}}]}})
    assert [dict(result.response) for result in given] == [{"at": 7}, {"at": 7}]


def test_calls_that_never_went_out_are_not_there():
    """Typed input cuts the turn before its call: nobody can answer it, and a response by name is not about it."""
    book = opened(in_turns([VEGAS], [VEGAS, Say("Fine.")]), OLD, tools=BLOCKING)
    book.say("one")
    book.say("two")
    book.advance(1.5)
    assert len(times(book.log, ToolCalls)) == 1
    respond(book, id=None)
    assert "SpeechPart" in kinds(book.finish())


def test_a_late_response_is_answered_once():
    book = asked(Desk(timeout=5.0, late=late), MIDDLE)
    book.finish()
    for _ in range(3):
        respond(book, sky="rainy")
        book.finish()
    assert said_by_model(book).count("That was late: rainy.") == 1


def test_a_call_that_comes_after_its_turn_can_be_given_up_too():
    thinking = {"thinkingConfig": {"thinkingLevel": "LOW"}}
    desk = Desk(Say("Let me think."), timeout=5.0)
    book = opened(desk, EXTENDED, tools=declares("weather"), generationConfig=thinking)
    book.say("the weather")
    book.finish()
    assert [result.end for result in desk.given] == ["given up"]
    (made,) = times(book.log, ToolCalls)
    assert times(book.log, TurnOpened)[-1] >= made + 5.0


def test_a_call_that_comes_after_its_turn_is_not_made_if_that_is_cut():
    thinking = {"thinkingConfig": {"thinkingLevel": "LOW"}}
    book = listening(Desk(Say(LONG)), EXTENDED, tools=declares("weather"), generationConfig=thinking)
    book.say("the weather")
    book.advance(20.0)
    assert times(book.log, GenerationComplete) != []
    assert times(book.log, TurnComplete) == [], "it still plays"
    spoken(book)
    book.finish()
    assert times(book.log, ToolCalls) == []


def test_a_call_that_is_made_again_blocks_as_the_first_one_did():
    book = asked(desk := Desk(), NEW)
    book.receive({"contextUpdate": {"tools": {"tools": []}}})
    book.say("Are you there?")
    book.advance(2)
    assert len(times(book.log, ToolCalls)) == 2
    assert times(book.log, TurnComplete)[1:] == [], "the conversation waits for it"
    respond(book)
    assert len(desk.given) == 1


def test_what_the_server_is_told_beside_a_result_is_no_part_of_it():
    book = asked(desk := Desk(), OLD, FREE)
    book.finish()
    respond(book, response={"sky": "blue", "scheduling": "WHEN_IDLE"})
    assert desk.given[0].response == {"sky": "blue"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}])
def test_arguments_that_are_no_json_are_an_error(value: Any):
    step = CallTools((ToolCall("weather", {"a": value}),), checked=False)
    with pytest.raises(EmulatorError, match="with arguments that are no JSON"):
        opened(in_turns([step]), OLD, tools=BLOCKING).say("go")


@pytest.mark.parametrize("timeout", [-1.0, float("nan")])
def test_a_timeout_is_seconds(timeout: float):
    with pytest.raises(ValueError, match="it has to be 0 or more seconds"):
        CallTools((), timeout=timeout)
    with pytest.raises(ValueError, match="it has to be 0 or more seconds"):
        AwaitResults((), timeout=timeout)


def test_what_waits_is_answered_after_a_silence_too():
    """A result that waited for the user's silence, when the user's turn is answered with silence."""

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        if turn.source == "speech":
            yield Silence()
            return
        (result,) = yield VEGAS
        yield Say(f"It is {result.response['sky']}.")

    book = listening(reply, NATIVE, tools=FREE)
    book.say("the weather")
    book.finish()
    book.speak(tone(0.3))
    respond(book)
    book.speak(quiet(0.6))
    book.finish()
    assert said_by_model(book) == ["It is sunny."]
