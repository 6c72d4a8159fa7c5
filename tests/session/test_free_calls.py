"""Calls that do not block: the sequences of the tools notebook, cells 40, 43 and 46; and which calls those are."""

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
    only,
    opened,
    times,
)
from desk import EXTENDED, FREE, LONG, Desk, asked, respond, said_by_model, told

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.session.commands import (
    GenerationComplete,
    Interrupted,
    ToolCalls,
    TurnComplete,
    Warn,
)
from gemlive_emulator.session.steps import Say, Step
from gemlive_emulator.session.tools import CallTools, ToolCall
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.endpoint import Backend, Endpoint


def test_the_turn_of_a_call_that_does_not_block_ends_before_its_result():
    book = asked(Desk(meanwhile="I am fetching the weather."), OLD, FREE, generationConfig=TEXT)
    book.finish()
    assert told(book.log)[1:] == ["TurnOpened", "ToolCalls", "TextPart", "GenerationComplete", "TurnComplete"]
    assert only(book.log, TurnComplete).pending


def test_interrupt_cuts_what_is_being_said_without_an_end_of_generation():
    book = asked(Desk(), OLD, FREE, generationConfig=TEXT)
    book.finish()
    book.say(LONG)
    book.advance(0.5)
    happened = respond(book, scheduling="INTERRUPT") + book.finish()
    assert told(happened) == [
        "Interrupted",
        "TurnComplete",
        "TurnOpened",
        "ToolResultsTaken",
        "TextPart",
        "GenerationComplete",
        "TurnComplete",
    ]
    assert book.said.endswith("The weather in Vegas is sunny.")


def test_when_idle_waits_for_the_end_of_the_running_answer():
    book = asked(Desk(), NATIVE, FREE)
    book.finish()
    book.say(LONG)
    book.advance(1.5)
    respond(book, scheduling="WHEN_IDLE")
    happened = book.finish()
    assert times(happened, Interrupted) == []
    assert len(times(happened, TurnComplete)) == 2
    assert told(happened, "Thought")[-5:] == [
        "TurnOpened",
        "ToolResultsTaken",
        "SpeechPart",
        "GenerationComplete",
        "TurnComplete",
    ]


def test_when_idle_is_what_counts_if_the_client_says_nothing():
    book = asked(Desk(), OLD, FREE)
    book.finish()
    assert "SpeechPart" in kinds(respond(book) + book.finish())


@pytest.mark.parametrize("place", ["beside", "inside"])
def test_silent_gives_no_turn_but_is_known_later(place: str):
    book = asked(desk := Desk(), OLD, FREE)
    book.finish()
    silent = {"scheduling": "SILENT"}
    happened = respond(book, **(silent if place == "beside" else {"response": {"sky": "sunny", **silent}}))
    assert happened + book.finish() == []
    book.say("hello")
    book.finish()
    assert "sunny" in desk.seen[1].history[-1].text
    assert desk.given == []


@pytest.mark.parametrize("spelling", ["interrupted", "INTERRUPTED", "interrupt"])
def test_the_spelling_of_3_8s_documentation_counts(spelling: str):
    book = asked(Desk(), NEW, FREE)
    book.finish()
    book.say(LONG)
    book.advance(2)
    assert only(respond(book, response={"scheduling": spelling, "sky": "blue"}), Interrupted)


@pytest.mark.parametrize("odd", ["LATER", 7, "SCHEDULING_UNSPECIFIED"])
def test_a_scheduling_that_is_none_is_no_scheduling(odd: Any):
    book = asked(Desk(), OLD, FREE)
    book.finish()
    assert "TurnOpened" in kinds(respond(book, response={"scheduling": odd}) + book.finish())


def test_interim_results_are_spoken_of_until_the_last():
    book = asked(desk := Desk(), OLD, FREE, generationConfig=TEXT)
    book.finish()
    for sky, more in (("cloudy", True), ("clearing", True), ("sunny", False)):
        respond(book, sky, willContinue=more)
        book.finish()
    assert book.said == "So far cloudy.So far clearing.The weather in Vegas is sunny."
    assert [result.continues for result in desk.given] == [True, True, False]
    assert "was answered before" in only(respond(book), Warn).text


def test_silent_interims_keep_the_reply_waiting():
    book = asked(Desk(), OLD, FREE, generationConfig=TEXT)
    book.finish()
    respond(book, willContinue=True, scheduling="SILENT")
    respond(book, "sunny")
    book.finish()
    assert book.said == "The weather in Vegas is sunny."


def test_a_call_that_blocks_has_no_interim_results():
    book = asked(desk := Desk(), OLD)
    assert "willContinue is ignored" in only(respond(book, willContinue=True), Warn).text
    assert [result.continues for result in desk.given] == [False]


def test_the_most_urgent_of_several_results_counts():
    both = CallTools((ToolCall("weather"), ToolCall("time")))
    book = opened(in_turns([both, Say("Both.")], [Say(LONG)]), OLD, tools=FREE)
    book.say("both")
    calls = only(book.finish(), ToolCalls).calls
    book.say("a story")
    book.advance(2)
    responses = [
        {"id": call.id, "name": call.name, "response": {}, "scheduling": how}
        for call, how in zip(calls, ["SILENT", "INTERRUPT"], strict=True)
    ]
    assert only(book.receive({"toolResponse": {"functionResponses": responses}}), Interrupted)


def test_a_result_that_comes_while_its_reply_speaks_waits_for_the_end_of_the_turn():
    book = asked(desk := Desk(meanwhile=LONG), OLD, FREE)
    respond(book)
    happened = book.finish()
    assert times(happened, Interrupted) == []
    assert len(times(book.log, TurnComplete)) == 2
    assert len(desk.given) == 1


def test_such_a_result_cuts_what_is_still_played_if_the_client_says_so():
    book = asked(desk := Desk(meanwhile=LONG), OLD, FREE)
    respond(book, scheduling="INTERRUPT")
    happened = told(book.finish(), "SpeechPart")
    cut = ["GenerationComplete", "Interrupted", "TurnComplete"]
    assert happened == [*cut, "TurnOpened", "ToolResultsTaken", "GenerationComplete", "TurnComplete"]
    assert len(desk.given) == 1


def test_such_a_result_gives_no_turn_if_the_client_says_so():
    book = asked(desk := Desk(meanwhile=LONG), OLD, FREE)
    respond(book, scheduling="SILENT")
    book.finish()
    assert len(times(book.log, TurnComplete)) == 1
    assert desk.given == []
    book.say("hello")
    book.finish()
    assert any("sunny" in said.text for said in desk.seen[1].history)


def test_a_call_that_blocks_can_be_awaited_later_too():
    book = asked(desk := Desk(meanwhile="One moment."), MIDDLE)
    book.finish()
    assert times(book.log, TurnComplete) == []
    respond(book)
    book.finish()
    assert len(desk.given) == 1


# Which calls block.


@pytest.mark.parametrize(
    ("model", "behavior", "blocks"),
    [
        (OLD, None, True),
        (OLD, "UNSPECIFIED", True),
        (OLD, "NON_BLOCKING", False),
        (NATIVE, "NON_BLOCKING", False),
        (MIDDLE, "NON_BLOCKING", True),
        (NEW, None, False),
        (NEW, "BLOCKING", True),
        (EXTENDED, None, False),
    ],
)
def test_whether_a_call_blocks_is_for_family_and_declaration_to_say(model: str, behavior: str | None, blocks: bool):
    thinking = {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}} if model == EXTENDED else {}
    tools = declares("weather", **({} if behavior is None else {"behavior": behavior}))
    book = asked(Desk(), model, tools, **thinking)
    assert (times(book.log, TurnComplete) == []) == blocks


def test_on_3_8_a_call_ends_its_turn_within_the_same_moment():
    """Measured: toolCall, generationComplete and turnComplete arrive within the same few milliseconds."""
    book = asked(Desk(), NEW, declares("weather"))
    assert told(book.log)[-3:] == ["ToolCalls", "GenerationComplete", "TurnComplete"]
    assert times(book.log, ToolCalls) == times(book.log, GenerationComplete) == times(book.log, TurnComplete)


def extended(*before: Step) -> Playbook:
    thinking = {"thinkingConfig": {"thinkingLevel": "LOW"}}
    return asked(Desk(*before), EXTENDED, declares("weather"), generationConfig=thinking)


def test_on_extended_thinking_a_call_comes_after_the_turn_of_what_was_said_before():
    """Documented: filler speech, turnComplete with IN_PROGRESS, toolCall, answer, turnComplete with IDLE."""
    book = extended(Say("Let me think."))
    respond(book)
    book.finish()
    assert told(book.log)[2:] == [
        "TurnOpened",
        "SpeechPart",
        "GenerationComplete",
        "TurnComplete",
        "ToolCalls",
        "TurnOpened",
        "ToolResultsTaken",
        "SpeechPart",
        "GenerationComplete",
        "TurnComplete",
    ]
    assert [one.command.pending for one in book.log if isinstance(one.command, TurnComplete)] == [True, False]


def test_extended_thinking_refuses_scheduling():
    book = extended()
    respond(book, scheduling="SILENT")
    assert book.closed == (1007, "Function response scheduling is not supported for this model")


def test_extended_thinking_abandons_a_call_with_an_interim_result():
    book = extended()
    assert "abandons" in only(respond(book, willContinue=True), Warn).text
    assert "was answered before" in only(respond(book), Warn).text


def test_extended_thinking_takes_a_response_without_a_name_for_a_failed_call():
    book = extended()
    respond(book, name=None)
    book.finish()
    assert "The weather in Vegas is unknown." in said_by_model(book)


def test_other_families_take_a_response_without_a_name():
    book = asked(desk := Desk(), OLD)
    respond(book, name=None)
    assert desk.given[0].response == {"sky": "sunny"}


def test_vertex_drops_scheduling():
    book = Playbook(desk := Desk(), Endpoint(Backend.VERTEX), Terms())
    book.open("publishers/google/models/gemini-live-2.5-flash", tools=FREE)
    book.say("the weather")
    book.finish()
    respond(book, scheduling="SILENT")
    book.finish()
    assert len(desk.given) == 1
