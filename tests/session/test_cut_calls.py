"""Calls and interruptions."""

from collections.abc import Callable

import pytest
from book import (
    NATIVE,
    NEW,
    OLD,
    in_turns,
    kinds,
    listening,
    only,
    quiet,
    spoken,
    times,
    tone,
)
from desk import BLOCKING, FREE, LONG, VEGAS, Desk, asked, late, respond, said_by_model

from gemlive_emulator.session.commands import (
    ToolCalls,
    ToolCallsCancelled,
    TurnComplete,
    Warn,
)
from gemlive_emulator.session.steps import Conversation, Pause, Reply, Say, UserTurn
from gemlive_emulator.testing.playbook import Playbook


@pytest.mark.parametrize("later", [0.0, 5.0])
def test_speech_cancels_the_call_even_after_the_end_of_its_turn(later: float):
    cancelled: list[tuple[str, ...]] = []
    book = listening(Desk(cancelled=cancelled.append), NATIVE, tools=BLOCKING)
    book.say("the weather")
    call = only(book.advance(1.25), ToolCalls).calls[0]
    book.advance(later)
    happened = book.speak(tone(0.2))
    cut = [] if later else ["Interrupted", "TurnComplete"]
    assert kinds(happened) == ["ActivityStarted", "ToolCallsCancelled", *cut]
    assert cancelled == [(call.id,)]
    assert "was cancelled before" in only(respond(book), Warn).text


def test_a_late_answer_to_a_cancelled_call_is_a_turn_of_its_own():
    book = listening(Desk(late=late), NATIVE, tools=BLOCKING)
    book.say("the weather")
    book.advance(1.25)
    book.speak(tone(0.2))
    respond(book, sky="rainy")
    book.finish()
    assert "That was late: rainy." in said_by_model(book)


def test_calls_that_do_not_block_go_on_when_the_user_speaks():
    book = listening(desk := Desk(), NATIVE, tools=FREE)
    book.say("the weather")
    book.advance(1.25)
    spoken(book)
    book.finish()
    assert times(book.log, ToolCallsCancelled) == []
    respond(book)
    assert len(desk.given) == 1


@pytest.mark.parametrize("how", ["typed", "spoken"])
def test_on_3_8_a_call_that_blocks_is_made_again_under_a_new_id(how: str):
    """Measured: toolCallCancellation in none of 41 sessions; the call came again with a new id."""
    book = listening(desk := Desk(), NEW, tools=BLOCKING)
    book.say("the weather")
    first = only(book.advance(1.25), ToolCalls).calls[0]
    happened = book.say("Are you there?") if how == "typed" else spoken(book)
    assert {"Interrupted", "TurnComplete"} <= set(kinds(happened))
    happened += book.advance(2)
    again = only(happened, ToolCalls).calls[0]
    assert (again.name, dict(again.args)) == (first.name, dict(first.args))
    assert again.id != first.id
    assert times(book.log, ToolCallsCancelled) == []
    respond(book)
    book.finish()
    assert len(desk.given) == 1
    assert len(times(book.log, TurnComplete)) == 3


def test_a_call_that_was_made_again_can_be_dropped_with_the_connection():
    closed: list[bool] = []

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        try:
            yield VEGAS
        finally:
            closed.append(True)

    book = asked(reply, NEW)
    book.say("Are you there?")
    book.advance(2)
    book.hang_up()
    assert closed == [True]


def test_a_reply_that_ends_with_its_call_ends_when_it_is_made_again():
    book = asked(in_turns([VEGAS], [Say("Yes.")]), NEW)
    book.say("Are you there?")
    book.advance(2)
    respond(book)
    book.finish()
    assert len(times(book.log, TurnComplete)) == 3


def test_parked_replies_are_closed_with_the_connection():
    closed: list[bool] = []

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        try:
            yield VEGAS
        finally:
            closed.append(True)

    book = asked(reply, NEW, FREE)
    assert closed == []
    book.hang_up()
    assert closed == [True]


def test_a_result_waits_behind_an_interruption():
    """The user speaks into an answer for whose end a result waits: the result is told after that."""
    book = listening(desk := Desk(), NATIVE, tools=FREE)
    book.say("the weather")
    book.advance(1.25)
    book.say(LONG)
    book.advance(2)
    respond(book)
    assert desk.given == []
    book.speak(tone(0.2))
    assert desk.given == [], "reported: WHEN_IDLE holds until there is silence"
    book.speak(quiet(0.6))
    book.finish()
    assert len(desk.given) == 1


def realtime_input(book: Playbook, kind: str) -> Callable[[], object]:
    if kind == "text":
        return lambda: book.receive({"realtimeInput": {"text": "hello"}})
    return lambda: book.speak(bytes(640))


@pytest.mark.parametrize("kind", ["audio", "text"])
@pytest.mark.parametrize("later", [0.0, 5.0])
def test_realtime_input_may_be_refused_while_a_call_blocks(kind: str, later: float):
    book = asked(Desk(), NATIVE, overrides={"behaviour.calling.realtime": "refused"})
    book.advance(later)
    realtime_input(book, kind)()
    assert book.closed == (1008, "Operation is not implemented, or supported, or enabled.")


def test_a_pause_in_the_call_turn_does_not_end_it_early():
    book = asked(Desk(Pause(0.5)), OLD)
    (called,) = times(book.log, ToolCalls)
    book.finish()
    assert times(book.log, TurnComplete) == [called + 1.5]
