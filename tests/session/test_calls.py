"""Calls that block: recorded sequences of tool turns, family by family."""

from typing import Any

import pytest
from book import (
    CASCADE,
    MIDDLE,
    NATIVE,
    NEW,
    OLD,
    TEXT,
    in_turns,
    kinds,
    only,
    opened,
    times,
)
from desk import BLOCKING, VEGAS, Desk, asked, respond, told

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.session.commands import (
    HandleIssued,
    NotResumable,
    ToolCalls,
    TurnComplete,
    TurnOpened,
)
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn
from gemlive_emulator.session.tools import CallTools, ToolCall
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.endpoint import Backend, Endpoint


@pytest.mark.parametrize("model", [OLD, NATIVE, MIDDLE, NEW, CASCADE])
def test_call_and_answer_are_one_turn(model: str):
    book = asked(desk := Desk(), model)
    respond(book)
    book.finish()
    assert told(book.log)[-1] == "TurnComplete"
    assert len(times(book.log, TurnOpened)) == len(times(book.log, TurnComplete)) == 1
    assert [result.response for result in desk.given] == [{"sky": "sunny"}]


@pytest.mark.parametrize("model", [OLD, NATIVE, CASCADE])
def test_on_2_x_a_call_that_nobody_answers_ends_its_turn_after_a_while(model: str):
    """ADK waits for that end before it answers, Google's suite answers at once: both are served (measured with both)."""
    book = asked(Desk(), model)
    (called,) = times(book.log, ToolCalls)
    book.finish()
    assert told(book.log)[-2:] == ["GenerationComplete", "TurnComplete"]
    assert times(book.log, TurnComplete) == [called + 1.5]
    respond(book)
    book.finish()
    assert len(times(book.log, TurnOpened)) == len(times(book.log, TurnComplete)) == 2


@pytest.mark.parametrize("model", [MIDDLE, NEW])
def test_on_3_x_the_turn_stays_open_until_there_is_a_response(model: str):
    book = asked(Desk(), model)
    book.finish()
    assert times(book.log, TurnComplete) == []
    assert book.session.next_event is None


def vertex(model: str, **setup: Any) -> Playbook:
    book = Playbook(Desk(), Endpoint(Backend.VERTEX), Terms())
    book.open(f"publishers/google/models/{model}", tools=BLOCKING, **setup)
    book.say("What is the weather in Vegas?")
    while not times(book.log, ToolCalls):
        book.advance(0.25)
    return book


@pytest.mark.parametrize("prompt", [True, False])
def test_on_vertex_a_call_is_a_turn_of_its_own(prompt: bool):
    book = vertex("gemini-live-2.5-flash")
    if prompt:
        respond(book)
    book.finish()
    if not prompt:
        assert len(times(book.log, TurnComplete)) == 1
        respond(book)
        book.finish()
    assert told(book.log) == [
        "SetupAccepted",
        "TurnOpened",
        "ToolCalls",
        "GenerationComplete",
        "TurnComplete",
        "TurnOpened",
        "ToolResultsTaken",
        "SpeechPart",
        "GenerationComplete",
        "TurnComplete",
    ]


def test_what_is_typed_while_a_call_blocks_is_answered_after_it():
    """Recorded (tools notebook, cell 37): the server queues it, and closes nothing."""
    book = asked(Desk(), OLD, generationConfig=TEXT)
    assert book.say("In the meantime tell me about the Paris casino") == []
    book.advance(10)
    respond(book)
    book.finish()
    assert book.said == "The weather in Vegas is sunny.You said: In the meantime tell me about the Paris casino"


def test_functions_are_called_one_after_the_other_within_one_turn():
    """Recorded (cell 52): ten calls, each waiting for its response."""

    def ten(turn: UserTurn, conversation: Conversation) -> Reply:
        for _ in range(10):
            yield VEGAS
        yield Say("Done.")

    book = asked(ten)
    for count in range(1, 11):
        assert len(times(book.log, ToolCalls)) == count
        respond(book)
        book.advance(1.25)
    book.finish()
    assert len(times(book.log, TurnComplete)) == 1


def test_several_calls_are_one_message_and_wait_for_all():
    both = CallTools((ToolCall("weather"), ToolCall("time")))
    book = opened(in_turns([both, Say("Now.")]), MIDDLE, tools=BLOCKING)
    book.say("both")
    calls = only(book.advance(1.5), ToolCalls).calls
    one, other = ({"id": call.id, "name": call.name, "response": {}} for call in calls)
    book.receive({"toolResponse": {"functionResponses": [other]}})
    assert "SpeechPart" not in kinds(book.finish())
    book.receive({"toolResponse": {"functionResponses": [one]}})
    assert "SpeechPart" in kinds(book.finish())


def test_speech_before_a_call_goes_out_before_it():
    book = asked(Desk(Say("Let me look that up.")), MIDDLE)
    assert told(book.log)[-2:] == ["SpeechPart", "ToolCalls"]


def test_calls_count_as_a_part_of_the_answer():
    """Recorded on 2.5: TEXT and AUDIO; on 3.1 69 tokens in all, 57 of them listed."""
    for model, listed in ((NATIVE, {"TEXT", "AUDIO"}), (MIDDLE, {"AUDIO"})):
        book = asked(Desk(), model)
        respond(book)
        usage = only(book.finish(), TurnComplete).usage
        assert set(usage.response) == listed
        assert bool(usage.unlisted_response) == (model == MIDDLE)


def test_results_are_part_of_the_conversation_and_of_the_prompt():
    book = asked(desk := Desk(), OLD)
    first = len(book.log)
    respond(book, sky="sunny")
    book.finish()
    book.say("And now?")
    book.finish()
    assert [said.role for said in desk.seen[1].history] == ["user", "tool", "model"]
    assert desk.seen[1].history[1].text == 'weather: {"sky": "sunny"}'
    before, after = (
        one.command.usage.prompt["TEXT"] for one in book.log[first:] if isinstance(one.command, TurnComplete)
    )
    assert after > before + 10


# Handles around calls.


def test_no_handle_while_a_call_is_pending():
    book = asked(Desk(), OLD, sessionResumption={})
    book.finish()
    assert times(book.log, HandleIssued) == []
    respond(book)
    book.finish()
    assert len(times(book.log, HandleIssued)) == 1
    assert len(times(book.log, NotResumable)) == 2


def test_3_1_gives_a_handle_right_after_the_response():
    book = asked(Desk(), MIDDLE)
    assert kinds(respond(book))[:3] == ["Remember", "HandleIssued", "ToolResultsTaken"]
