"""What each family makes of responses that nobody waits for, or that are not as they should be."""

from typing import Any

import pytest
from book import (
    MIDDLE,
    NATIVE,
    NEW,
    OLD,
    TEXT,
    in_turns,
    kinds,
    listening,
    only,
    opened,
    times,
    tone,
)
from desk import BLOCKING, FREE, VEGAS, Desk, asked, late, respond, said_by_model, told

from gemlive_emulator.session.calls import MOST_REMEMBERED
from gemlive_emulator.session.commands import (
    HandleIssued,
    ToolCalls,
    ToolCallsCancelled,
    TurnComplete,
    Warn,
)
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolCall, ToolResult
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.errors import EmulatorError


@pytest.mark.parametrize("id", ["nobody", ""])
def test_a_response_to_a_call_that_was_never_made_closes(id: str):
    book = asked(Desk(), OLD)
    respond(book, id=id, name="other")
    assert book.closed == (1008, "Requested entity was not found.")


def test_a_response_without_an_id_is_taken_by_its_name():
    """Older Vertex models call without ids."""
    book = asked(desk := Desk(), OLD)
    respond(book, id=None)
    assert len(desk.given) == 1


@pytest.mark.parametrize(("model", "turns"), [(NATIVE, 0), (NEW, 1)])
def test_a_response_to_a_call_that_was_lost_with_its_connection(model: str, turns: int):
    """Tried live: 2.5 ignores it, 3.8 answers with an empty turn."""
    kept: dict[str, Any] = {}
    before = opened(Desk(), model, kept=kept, sessionResumption={})
    before.say("hello")
    before.finish()
    handle = only(before.log, HandleIssued).handle
    book = opened(Desk(), model, kept=kept, sessionResumption={"handle": handle})
    lost = {"id": "call_1", "name": "weather", "response": {}}
    happened = book.receive({"toolResponse": {"functionResponses": [lost]}}) + book.finish()
    assert (
        told(happened, "HandleIssued", "NotResumable")
        == ["TurnOpened", "GenerationComplete", "TurnComplete"][: 3 * turns]
    )


def test_a_response_under_another_name_is_taken_with_a_word():
    book = asked(desk := Desk(), OLD)
    assert "'climate'" in only(respond(book, name="climate"), Warn).text
    assert len(desk.given) == 1


def test_a_large_response_is_taken():
    book = asked(desk := Desk(), OLD)
    respond(book, sky="x" * 5_000_000)
    assert len(desk.given[0].response["sky"]) == 5_000_000
    book.hang_up()


def test_what_is_not_answered_in_time_is_given_up_and_may_have_a_late_answer():
    book = asked(desk := Desk(timeout=5.0, late=late), MIDDLE)
    book.finish()
    assert [result.end for result in desk.given] == ["given up"]
    assert "was given up before" in only(respond(book, sky="rainy"), Warn).text
    assert "SpeechPart" in kinds(book.finish())
    assert "That was late: rainy." in said_by_model(book)


def test_a_parked_reply_gives_up_as_well():
    book = asked(desk := Desk(timeout=5.0), OLD)
    book.finish()
    assert len(times(book.log, TurnComplete)) == 2
    assert [result.end for result in desk.given] == ["given up"]


def test_awaiting_can_give_up_and_is_told_at_once_afterwards():
    ends: list[str] = []

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        ids = yield CallTools(VEGAS.calls, wait=False)
        for _ in range(2):
            (result,) = yield AwaitResults(ids, timeout=2.0)
            ends.append(result.end)

    book = asked(reply, MIDDLE)
    book.finish()
    assert ends == ["given up", "given up"]


def test_only_calls_that_were_made_can_be_awaited():
    with pytest.raises(EmulatorError, match="'7', which is the id of no call"):
        opened(in_turns([AwaitResults(("7",))]), OLD).say("go")


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        (ToolCall("climate"), "calls 'climate', which the setup does not declare; declared: weather, time"),
        (ToolCall("weather", {"town": "Oslo"}), "args.town"),
    ],
)
def test_a_call_that_does_not_fit_its_declaration_is_an_error(call: ToolCall, wrong: str):
    book = opened(in_turns([CallTools((call,))]), OLD, tools=BLOCKING)
    with pytest.raises(EmulatorError, match=wrong):
        book.say("go")


def test_such_a_call_can_be_made_on_purpose():
    book = opened(in_turns([CallTools((ToolCall("climate", {"a": 1}),), checked=False)]), OLD)
    book.say("go")
    assert only(book.advance(2), ToolCalls).calls[0].name == "climate"


def test_tools_can_be_replaced_in_the_middle_of_a_session():
    book = opened(Desk(), OLD)
    book.receive({"contextUpdate": {"tools": {"tools": BLOCKING}}})
    book.say("the weather")
    assert only(book.advance(2), ToolCalls)
    book.receive({"contextUpdate": {"tools": {"tools": []}}})
    respond(book)
    assert "SpeechPart" in kinds(book.finish())


def test_a_session_of_very_many_calls_forgets_the_oldest_that_are_over():
    def many(turn: UserTurn, conversation: Conversation) -> Reply:
        while True:
            yield VEGAS

    book = asked(many, MIDDLE, overrides={"behaviour.limits.connection": 0, "behaviour.limits.audio": 0})
    first = only(book.log, ToolCalls).calls[0]
    for _ in range(MOST_REMEMBERED + 1):
        respond(book)
        book.advance(1.0)
    calls = book.session._talk._answering._calls  # type: ignore[union-attr]
    assert len(calls._known) == MOST_REMEMBERED
    assert calls.find(first.id, "") is None


def test_open_calls_are_never_forgotten():
    step = CallTools(tuple(ToolCall("weather") for _ in range(MOST_REMEMBERED + 5)))
    book = asked(in_turns([step]), MIDDLE)
    assert len(book.session._talk._answering._calls._known) == MOST_REMEMBERED + 5  # type: ignore[union-attr]


def two_calls(
    model: str, tools: Any, timeout: float | None = None
) -> tuple[Playbook, list[ToolResult], tuple[ToolCall, ...]]:
    """Two calls in one message, of which the second was answered."""
    given: list[ToolResult] = []

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        given.extend((yield CallTools((ToolCall("weather"), ToolCall("time")), timeout=timeout)))

    book = listening(reply, model, tools=tools)
    book.say("both")
    calls = only(book.advance(1.25), ToolCalls).calls
    book.receive({"toolResponse": {"functionResponses": [{"id": calls[1].id, "name": "time", "response": {"at": 7}}]}})
    return book, given, calls


def test_what_came_in_time_is_taken_with_what_did_not():
    book, given, _ = two_calls(MIDDLE, BLOCKING, timeout=5.0)
    book.finish()
    assert [(result.end, dict(result.response)) for result in given] == [("given up", {}), ("returned", {"at": 7})]


def test_only_what_is_open_is_cancelled():
    book, given, calls = two_calls(MIDDLE, BLOCKING)
    assert only(book.speak(tone(0.2)), ToolCallsCancelled).ids == (calls[0].id,)
    assert given == []


def test_each_parked_reply_gives_up_at_its_own_time():
    ends: list[tuple[str, str]] = []
    timeouts = iter([4.0, 2.0])

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        (result,) = yield CallTools(VEGAS.calls, timeout=next(timeouts))
        ends.append((turn.text, result.end))
        yield Say(turn.text)

    book = opened(reply, OLD, tools=FREE, generationConfig=TEXT)
    for name in ("first", "second"):
        book.say(name)
        book.advance(1.0)
    book.finish()
    assert ends == [("second", "given up"), ("first", "given up")]
