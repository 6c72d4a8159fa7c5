"""Scenarios with calls and other steps in whole sessions: what the client sees of them."""

from pathlib import Path
from typing import Any

import pytest

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.scenario.engine import Scenario
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.session.behaviour import AT_ONCE
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.errors import EmulatorError

SAMPLES = Path(__file__).parents[2] / "fixtures" / "scenarios"
OLD, NATIVE = "models/gemini-2.0-flash-live-001", "models/gemini-2.5-flash-native-audio-latest"
TEXT = {"responseModalities": ["TEXT"]}
WEATHER = {
    "name": "get_temperature",
    "parameters": {"type": "OBJECT", "properties": {"location": {"type": "STRING"}}, "required": ["location"]},
}
DESK = """
rules:
  - when: {text: weather}
    then:
      - say: "One moment. "
      - call: get_temperature
        args: {location: "New York"}
        if_error: [{say: "The thermometer says: {result.error}."}]
        if_missing: {after: 5s, then: [{say: "It does not answer."}]}
        if_cancelled: [{say: "I stopped looking for {call.args.location}. "}]
        if_late: [{say: "Late, but it is {result.temperature} degrees."}]
      - say: "It is {result.temperature} degrees in {call.args.location}."
otherwise:
  - say: "You said: {turn.text}"
"""


def opened(written: str | Scenario, model: str = OLD, **setup: Any) -> Playbook:
    scenario = parse(written)[0] if isinstance(written, str) else written
    responder = scenario.responder()
    terms = Terms(pace=AT_ONCE, overrides=scenario.timing)
    book = Playbook(responder, terms=terms, foreknown=responder.foreknown)
    book.open(model, **({"generationConfig": TEXT} if model == OLD else {}), **setup)
    return book


def declared(**more: Any) -> list[dict[str, Any]]:
    return [{"functionDeclarations": [WEATHER | more]}]


def call_of(book: Playbook) -> dict[str, Any]:
    """The latest call."""
    calls = [message.body["toolCall"] for message in book.messages if "toolCall" in message.body]
    call: dict[str, Any] = calls[-1]["functionCalls"][0]
    return call


def respond(book: Playbook, response: dict[str, Any], **more: Any) -> None:
    call = call_of(book)
    answer = {"id": call["id"], "name": call["name"], "response": response, **more}
    book.receive({"toolResponse": {"functionResponses": [answer]}})
    book.finish()


def ends(book: Playbook) -> int:
    """How many turns ended."""
    return sum("turnComplete" in message.body.get("serverContent", {}) for message in book.messages)


def transcribed(book: Playbook) -> str:
    """What was said aloud."""
    told = [message.body.get("serverContent", {}).get("outputTranscription", {}) for message in book.messages]
    return "".join(one.get("text", "") for one in told)


def asked(written: str = DESK, model: str = OLD, **more: Any) -> Playbook:
    book = opened(written, model, tools=declared(**more))
    book.say("the weather?")
    book.advance(0.01)
    return book


def test_call_and_answer_are_one_turn():
    book = asked()
    assert call_of(book)["args"] == {"location": "New York"}
    assert (book.said, ends(book)) == ("One moment. ", 0)
    respond(book, {"temperature": 21})
    assert (book.said, ends(book)) == ("One moment. It is 21 degrees in New York.", 1)


def test_a_call_that_does_not_block_is_answered_in_a_turn_of_its_own():
    book = asked(behavior="NON_BLOCKING")
    assert (book.said, ends(book)) == ("One moment. ", 1)
    respond(book, {"output": {"temperature": 3}})
    assert (book.said, ends(book)) == ("One moment. It is 3 degrees in New York.", 2)


MEANWHILE = """
otherwise:
  - {call: get_temperature, args: {location: X}}
  - say: "I am looking. "
  - say: "{result.temperature}"
"""


def test_what_needs_no_result_is_said_at_once_only_where_the_call_does_not_block():
    free, blocking = asked(MEANWHILE, behavior="NON_BLOCKING"), asked(MEANWHILE)
    assert (free.said, ends(free)) == ("I am looking. ", 1)
    assert (blocking.said, ends(blocking)) == ("", 0)
    for book in (free, blocking):
        respond(book, {"temperature": 1})
        assert book.said == "I am looking. 1"
    assert (ends(free), ends(blocking)) == (2, 1)


def test_interim_results_are_turns_of_their_own():
    book = asked(MEANWHILE, behavior="NON_BLOCKING")
    respond(book, {"temperature": 1}, willContinue=True)
    respond(book, {"temperature": 2}, willContinue=True)
    respond(book, {"temperature": 3})
    assert (book.said, ends(book)) == ("I am looking. 123", 4)


KNOWN = """
rules:
  - when: {text: known}
    then: [{say: "{results.get_temperature.temperature}."}]
""" + MEANWHILE.lstrip()


def test_a_silent_result_is_not_spoken_of_but_known_later():
    book = asked(KNOWN, behavior="NON_BLOCKING")
    respond(book, {"temperature": 1}, scheduling="SILENT")
    assert (book.said, ends(book)) == ("I am looking. ", 1)
    book.say("and what is known?")
    book.finish()
    assert book.said == "I am looking. 1."


def test_a_result_that_is_not_there_yet_is_not_taken_for_an_earlier_one():
    book = asked(KNOWN, behavior="NON_BLOCKING")
    respond(book, {"temperature": 1}, scheduling="SILENT")
    book.say("the weather again")
    with pytest.raises(EmulatorError, match="get_temperature has not returned yet"):
        book.say("and what is known?")


def test_a_condition_sees_a_silent_result():
    book = asked(
        KNOWN.replace("{text: known}", "{template: {'{result.temperature}': '1'}}"),
        behavior="NON_BLOCKING",
    )
    respond(book, {"temperature": 1}, scheduling="SILENT")
    book.say("weather")
    book.finish()
    assert book.said == "I am looking. 1."


def calls_of(book: Playbook) -> list[dict[str, Any]]:
    """All calls so far."""
    messages = [message.body["toolCall"] for message in book.messages if "toolCall" in message.body]
    return [call for message in messages for call in message["functionCalls"]]


def answer(book: Playbook, call: dict[str, Any], temperature: int) -> None:
    response = {"id": call["id"], "name": call["name"], "response": {"temperature": temperature}}
    book.receive({"toolResponse": {"functionResponses": [response]}})
    book.finish()


OVERLAPPING = """
rules:
  - when: {text: compare}
    then:
      - calls:
          - {call: get_temperature, as: here, args: {location: "{turn.text}"}}
          - {call: get_temperature, as: there, args: {location: Rome}}
      - say: "{calls.here.args.location}: {results.here.temperature}/{results.there.temperature}. "
otherwise:
  - {call: get_temperature, args: {location: "{turn.text}"}}
  - say: "{calls.get_temperature.args.location}, {call.args.location}: "
  - say: "{results.get_temperature.temperature}, {result.temperature}. "
"""


def test_replies_that_overlap_each_have_their_own_calls():
    book = opened(OVERLAPPING, tools=declared(behavior="NON_BLOCKING"))
    for text in ("Oslo", "Rome"):
        book.say(text)
        book.finish()
    oslo, rome = calls_of(book)
    answer(book, rome, 20)
    answer(book, oslo, 3)
    assert book.said.endswith("20, 20. 3, 3. ")
    assert book.said.startswith("Oslo, Oslo: Rome, Rome: ")


def test_asked_twice_each_question_is_answered_with_its_own_results():
    book = opened(OVERLAPPING, tools=declared(behavior="NON_BLOCKING"))
    for text in ("compare A", "compare B"):
        book.say(text)
        book.finish()
    calls = calls_of(book)
    for call, temperature in zip(calls[:2] + calls[2:], (1, 2, 3, 4), strict=True):
        answer(book, call, temperature)
    assert book.said == "compare A: 1/2. compare B: 3/4. "


def test_the_exchanges_of_a_script_know_the_calls_of_their_own_reply():
    script = """
script:
  - expect: {text: /./}
    reply: [{call: get_temperature, args: {location: "{turn.text}"}}]
  - expect: {tool_response: any}
    reply: [{say: "{call.args.location}: {results.get_temperature.temperature}. "}]
"""
    book = opened(script, tools=declared(behavior="NON_BLOCKING"))
    book.say("Oslo")
    book.finish()
    answer(book, calls_of(book)[0], 3)
    assert book.said == "Oslo: 3. "


@pytest.mark.parametrize("behavior", ["BLOCKING", "NON_BLOCKING"])
def test_a_call_at_the_end_adds_no_empty_turn(behavior: str):
    book = asked("otherwise: [{say: Looking.}, {call: get_temperature, args: {location: X}}]", behavior=behavior)
    respond(book, {"temperature": 1})
    assert (book.said, ends(book)) == ("Looking.", 1)


def test_an_error_and_no_result_have_steps_of_their_own():
    failed, missing = asked(), asked()
    respond(failed, {"error": "broken"})
    assert failed.said == "One moment. The thermometer says: broken."
    missing.finish()
    assert missing.said == "One moment. It does not answer."
    respond(missing, {"temperature": 7})
    assert missing.said == "One moment. It does not answer.Late, but it is 7 degrees."
    assert ends(missing) == 3  # on 2.0 the turn of a call that waits too long ends by itself


@pytest.mark.parametrize("written", [DESK, DESK[: DESK.index("otherwise")]])
def test_the_reply_after_a_barge_in_begins_with_the_steps_for_cancelled_calls(written: str):
    manual = {"automaticActivityDetection": {"disabled": True}}
    book = opened(written, NATIVE, tools=declared(), realtimeInputConfig=manual, outputAudioTranscription={})
    book.say("the weather?")
    book.advance(0.01)
    assert call_of(book)["name"] == "get_temperature"
    book.receive({"realtimeInput": {"activityStart": {}}})
    assert any("toolCallCancellation" in message.body for message in book.messages)
    book.receive({"realtimeInput": {"text": "stop"}})
    book.receive({"realtimeInput": {"activityEnd": {}}})
    book.finish()
    assert "I stopped looking for New York. You said: stop" in transcribed(book)


def test_a_call_that_is_made_again_after_a_barge_in_is_not_cancelled():
    manual = {"automaticActivityDetection": {"disabled": True}}
    tools = declared(behavior="BLOCKING")
    book = opened(DESK, "models/gemini-3.8-live", tools=tools, realtimeInputConfig=manual, outputAudioTranscription={})
    book.say("the weather?")
    book.advance(0.01)
    first = call_of(book)
    book.receive({"realtimeInput": {"activityStart": {}}})
    book.receive({"realtimeInput": {"text": "stop"}})
    book.receive({"realtimeInput": {"activityEnd": {}}})
    book.advance(1)
    assert call_of(book)["id"] != first["id"]
    respond(book, {"temperature": 5})
    assert "It is 5 degrees in New York." in transcribed(book)
    assert "I stopped looking" not in transcribed(book)


@pytest.mark.parametrize(
    ("step", "wrong"),
    [
        ("{call: get_temprature}", 'otherwise, step 1: the client declared no function "get_temprature"'),
        ("{call: get_temperature}", "otherwise, step 1: the arguments do not fit: get_temperature: args.location"),
    ],
)
def test_a_call_that_cannot_be_is_an_error_of_the_scenario(step: str, wrong: str):
    book = opened(f"otherwise: [{step}]", tools=declared())
    with pytest.raises(EmulatorError, match=wrong):
        book.say("x")


def test_a_call_can_be_wrong_on_purpose():
    book = opened("otherwise: [{call: nonsense, args: {a: 1}, checked: false, id: mine}]", tools=declared())
    book.say("x")
    assert call_of(book) == {"name": "nonsense", "args": {"a": 1}, "id": "mine"}
