"""Replies that ask outside, play sounds, tell what they like, and change what is told of usage and resumption."""

from typing import Any

import pytest
from book import NATIVE, NEW, OLD, chat, declares, in_turns, kinds, only, opened, replies, times

from gemlive_emulator.session.commands import (
    Ask,
    AskCancelled,
    Forget,
    GoingAway,
    HandleIssued,
    Raw,
    SpeechPart,
    TurnComplete,
    TurnOpened,
)
from gemlive_emulator.session.events import Answered
from gemlive_emulator.session.steps import (
    Consult,
    Conversation,
    Count,
    Handle,
    Play,
    Reply,
    Say,
    Silence,
    Tell,
    Think,
    UserTurn,
)
from gemlive_emulator.session.tools import CallTools, ToolCall, ToolResult


async def never() -> None:
    raise AssertionError("nothing awaits in the core")


ASK = Consult(never)


def consulting(turn: UserTurn, conversation: Conversation) -> Reply:
    try:
        value = yield ASK
    except LookupError as error:
        value = f"nothing ({error})"
    yield Say(f"I got {value}.") if value else Silence()


def test_a_reply_goes_on_with_what_it_asked_for():
    book = chat(consulting)
    asked = only(book.say("hello"), Ask)
    assert asked.ask is never
    assert book.finish() == []
    book.answer(asked.id, "7")
    book.finish()
    assert book.said == "I got 7."


def test_what_was_raised_outside_is_raised_in_the_reply():
    book = chat(consulting)
    book.answer(only(book.say("hello"), Ask).id, error=LookupError("no such page"))
    book.finish()
    assert book.said == "I got nothing (no such page)."


def test_a_reply_may_ask_before_it_decides_to_be_silent():
    book = opened(consulting, NATIVE)
    happened = book.answer(only(book.say("hello"), Ask).id, "")
    assert happened + book.finish() == []
    assert times(book.log, TurnOpened) == []


def test_what_goes_out_meanwhile_goes_out_in_time():
    book = chat(in_turns([Say("one two three four"), ASK, Say("five")]))
    book.say("hello")
    asked = only(book.advance(5), Ask)
    assert book.said == "one two three four"
    book.answer(asked.id)
    book.finish()
    assert book.said == "one two three fourfive"


def test_an_interruption_cancels_what_was_asked_and_ignores_its_answer():
    book = chat(in_turns([Say("hm"), ASK], [Say("yes")]))
    book.say("hello")
    asked = only(book.advance(5), Ask)
    assert only(book.say("stop"), AskCancelled).id == asked.id
    assert book.asked == {}
    book.happen(Answered(asked.id, "late"))
    book.finish()
    assert book.said == "hmyes"


def test_answers_that_nobody_waits_for_are_ignored():
    book = chat(consulting)
    asked = only(book.say("hello"), Ask)
    assert book.happen(Answered(asked.id + 1, "other")) == []


SOUND = bytes(2 * 16_000)
"""A second at 16 kHz."""


@pytest.mark.parametrize("rate", [16_000, 24_000])
def test_a_sound_is_the_answer(rate: int):
    book = opened(replies(Play(bytes(2 * rate), rate, "la la la")), NATIVE, outputAudioTranscription={})
    book.say("sing")
    book.finish()
    parts = [one.command.chunk.samples for one in book.log if isinstance(one.command, SpeechPart)]
    assert sum(parts) == 24_000
    assert parts[0] == 4_800, "recorded: the first part of an answer is 200 ms long"
    told = [message.body.get("serverContent", {}).get("outputTranscription", {}) for message in book.messages]
    assert "".join(one.get("text", "") for one in told) == "la la la"


def test_only_the_first_part_of_an_answer_is_short():
    book = opened(replies(Say("So."), Play(SOUND, 16_000)), NATIVE)
    book.say("sing")
    book.finish()
    sizes = [one.command.chunk.samples for one in book.log if isinstance(one.command, SpeechPart)]
    assert sizes.count(4_800) <= 1


def test_in_a_text_session_the_text_of_a_sound_is_said():
    book = chat(replies(Play(SOUND, 16_000, "la la la")))
    book.say("sing")
    book.finish()
    assert book.said == "la la la"


@pytest.mark.parametrize("modality", ["TEXT", "AUDIO"])
def test_what_an_answer_may_cost_holds_for_sounds_too(modality: str):
    config = {"maxOutputTokens": 2, "responseModalities": [modality]}
    book = opened(replies(Say("one two three"), Play(SOUND, 16_000, "la")), OLD, generationConfig=config)
    book.say("sing")
    book.finish()
    assert "la" not in book.said
    assert times(book.log, SpeechPart) == []


def test_what_is_told_goes_out_as_it_is_behind_what_was_said():
    book = chat(replies(Say("Quickly."), Tell((GoingAway(50.0), Raw(b'{"new":1}'))), Say("Bye.")))
    book.say("hello")
    book.finish()
    bodies = [message.body for message in book.messages]
    at = bodies.index({"goAway": {"timeLeft": "50s"}})
    assert bodies[at + 1] == {"new": 1}
    assert "Quickly." in str(bodies[at - 1])


def test_usage_can_be_told_otherwise_for_one_turn():
    told = Count(prompt={"TEXT": 1000}, response={"TEXT": 5}, thoughts=7)
    book = chat(in_turns([told, Say("Hi")], [Count(), Say("Hi")]))
    book.say("hello")
    usage = only(book.finish(), TurnComplete).usage
    assert (usage.prompt, usage.response, usage.thoughts) == ({"TEXT": 1000}, {"TEXT": 5}, 7)
    book.say("hello")
    usage = only(book.finish(), TurnComplete).usage
    assert usage.prompt["TEXT"] < 1000


def resuming(*steps: Any, model: str = OLD, kept: dict[str, Any] | None = None) -> Any:
    return opened(in_turns(list(steps), [Say("Hi")]), model, kept=kept, sessionResumption={})


@pytest.mark.parametrize(("model", "form"), [(OLD, "Cih"), (NEW, "-4")])
def test_a_handle_can_be_given_in_the_middle_of_a_turn(model: str, form: str):
    book = resuming(Handle("give"), Say("Hi"), model=model)
    book.say("hello")
    book.finish()
    handles = [one.command.handle for one in book.log if isinstance(one.command, HandleIssued)]
    assert len(handles) == 2
    assert all(form in handle for handle in handles)


def test_a_handle_can_be_withheld_for_one_turn():
    book = resuming(Handle("withhold"), Say("Hi"))
    book.say("hello")
    assert "HandleIssued" not in kinds(book.finish())
    book.say("hello")
    assert "HandleIssued" in kinds(book.finish())


def test_all_handles_can_be_dead():
    kept: dict[str, Any] = {}
    book = opened(in_turns([Say("Hi")], [Handle("kill")]), OLD, kept=kept, sessionResumption={})
    book.say("hello")
    handle = only(book.finish(), HandleIssued).handle
    assert handle in kept
    assert only(book.say("bye"), Forget).handle == handle
    assert handle not in kept


def test_a_reply_sees_the_tools_and_the_number_of_its_connection():
    seen: list[Conversation] = []

    def look(turn: UserTurn, conversation: Conversation) -> Reply:
        seen.append(conversation)
        yield Say("Hi")

    book = opened(look, OLD, tools=[*declares("a", "b"), {"googleSearch": {}, "functionDeclarations": [{}]}])
    book.say("hello")
    assert list(seen[0].tools.functions) == ["a", "b"]
    assert seen[0].tools.google == {"google_search"}
    assert seen[0].connection == 1


def test_an_error_of_a_function_is_where_the_documentation_puts_it():
    assert ToolResult("1", "f", {"error": "no power"}).error == "no power"
    assert ToolResult("1", "f", {"output": 1}).error is None


def test_a_reply_without_calls_has_no_thought_of_its_own_when_it_goes_on():
    call = CallTools((ToolCall("a"),))
    book = opened(in_turns([Think(""), call, Say("Hi")]), NATIVE, tools=declares("a", behavior="NON_BLOCKING"))
    book.say("hello")
    (made,) = [one.command for one in book.finish() if type(one.command).__name__ == "ToolCalls"]
    response = {"id": made.calls[0].id, "name": "a", "response": {}}
    happened = book.receive({"toolResponse": {"functionResponses": [response]}}) + book.finish()
    assert "Thought" not in kinds(happened)


def json_schema_tool(schema: Any, reads: bool) -> Any:
    """The declaration of a function that has only a JSON Schema, as a reply sees it."""
    seen: list[Conversation] = []

    def look(turn: UserTurn, conversation: Conversation) -> Reply:
        seen.append(conversation)
        yield Say("Hi")

    tools = [{"functionDeclarations": [{"name": "f", "description": "does it", "parametersJsonSchema": schema}]}]
    book = opened(look, OLD, tools=tools, overrides={"behaviour.calling.json_schema": reads})
    book.say("hello")
    function = seen[0].tools.functions["f"]
    assert function.description == "does it"
    return function.parameters


@pytest.mark.parametrize("reads", [True, False])
def test_json_schema_counts_only_where_the_family_reads_it(reads: bool):
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": False}
    parameters = json_schema_tool(schema, reads)
    assert (parameters is not None) == reads
    if reads:
        assert parameters.properties["city"].type == "STRING"


@pytest.mark.parametrize("schema", ["text", {"type": ["object"]}, {"properties": 7}])
def test_a_json_schema_that_cannot_be_read_is_as_if_it_were_not_there(schema: Any):
    assert json_schema_tool(schema, True) is None


@pytest.mark.parametrize("payload", [b"no json", b"[1]", b"\xff"])
def test_what_is_told_need_not_be_json(payload: bytes):
    book = chat(replies(Tell((Raw(payload),))))
    book.say("hello")
    book.finish()
    sent = [message for message in book.messages if message.frame == payload]
    assert [message.body for message in sent] == [{}]
