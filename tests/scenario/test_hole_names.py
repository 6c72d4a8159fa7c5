"""Words of the user in the steps of a reply, and names of holes that there are not."""

from pathlib import Path
from typing import Any

import pytest
from talk import Talk

from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.fluent import Rules, Steps
from gemlive_emulator.scenario.loader import check, parse
from gemlive_emulator.scenario.memory import Memory
from gemlive_emulator.scenario.playing import play
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.steps import Say, UserTurn
from gemlive_emulator.session.toolbox import Toolbox
from gemlive_emulator.session.tools import CallTools, ToolCall, ToolResult
from gemlive_emulator.wire.errors import EmulatorError
from gemlive_emulator.wire.tools import FunctionDeclaration, Schema

PROPERTIES = {"people": Schema(type="INTEGER"), "time": Schema(type="STRING")}
BOOK = FunctionDeclaration(name="book", parameters=Schema(type="OBJECT", properties=PROPERTIES))
BOOKING = """
rules:
  - when: {text: {like: "a table for {people} at {time}"}}
    then:
      - call: book
        args: {people: "{words.people}", time: "{words.time}"}
        if_cancelled: [{say: "Not for {words.people} then."}]
      - say: "Booked for {words.people}."
otherwise: [{say: Else.}]
"""


def talking(written: str) -> Talk:
    (scenario,) = parse(written)
    return Talk(scenario.responder(), tools=Toolbox({"book": BOOK}))


def test_words_of_the_user_go_into_the_call_as_the_function_declares_them():
    talk = talking(BOOKING)
    reply = talk.responder(UserTurn("I want a table for 4 at 8", 1), talk)
    call = next(reply)
    assert isinstance(call, CallTools)
    assert call.calls == (ToolCall("book", {"people": 4, "time": "8"}),)
    assert reply.send((ToolResult("1", "book"),)) == Say("Booked for 4.")


def test_the_steps_for_a_cancelled_call_have_the_words_of_its_turn():
    talk = talking(BOOKING)
    reply = talk.responder(UserTurn("a table for 4 at 8", 1), talk)
    call = next(reply)
    assert isinstance(call, CallTools)
    assert call.cancelled is not None
    call.cancelled(("1",))
    reply.close()
    assert talk.steps("stop") == [Say("Not for 4 then."), Say("Else.")]


@pytest.mark.parametrize(
    ("text", "said"),
    [("from Oslo to Rome", "Oslo, Rome."), ("to Rome please", ", Rome."), ("to Rome", ", .")],
)
def test_a_part_of_a_condition_that_does_not_hold_has_no_words(text: str, said: str):
    talk = talking("""
rules:
  - when: {any: [{text: {like: ["from {a} to {b}", "to {b} please"]}}, {text: to}]}
    then: [{say: "{words.a}, {words.b}."}]
""")
    assert talk.say(text) == said


def test_all_texts_of_a_condition_have_holes():
    talk = talking("""
rules:
  - when: {text: {like: "to {a}", not: {like: "never {x}"}}, system: {like: "you are {who}"}}
    then: [{say: "{words.who}: {words.a}"}]
""")
    talk.system_instruction = "You are Bob. Be kind."
    assert talk.say("to Rome") == "Bob: Rome"


def test_a_reply_that_begins_again_has_the_same_words():
    talk = talking('rules: [{when: {text: {like: "to {a}"}}, then: [{say: "{words.a}"}]}]')
    turn = UserTurn("to Rome", 1)
    assert list(talk.responder(turn, talk)) == list(talk.responder(turn, talk)) == [Say("Rome")]


def test_exchanges_have_the_words_of_their_turn_and_of_what_was_returned():
    talk = talking("""
script:
  - expect: {text: {like: "to {a}"}}
    reply: [{call: book}]
  - expect: {tool_response: {response: {code: {like: "code {c}"}}}}
    reply: [{say: "{words.a} {words.c}"}]
  - expect: {text: {like: "from {b}"}}
    reply: [{say: "{words.b}"}]
""")
    reply = talk.responder(UserTurn("to Rome", 1), talk)
    next(reply)
    assert reply.send((ToolResult("1", "book", {"code": "Code 7"}),)) == Say("Rome 7")
    turn = UserTurn("from Oslo", 2)
    assert list(talk.responder(turn, talk)) == list(talk.responder(turn, talk)) == [Say("Oslo")]


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ('rules: [{when: {text: {like: "to {a}"}}, then: [{say: "{words.b}"}]}]', "1:49: it has a"),
        ('rules: [{when: {text: {not: {like: "to {b}"}}}, then: [{say: "{words.b}"}]}]', "1:56: holes are in its text"),
        ('otherwise: [{call: f, if_error: [{say: "{words.b}"}]}]', "1:34: "),
        (
            'script: [{expect: {text: {like: "to {b}"}}, reply: [{say: a}]}, {expect: {text: x}, reply: [{say: "{words.b}"}]}]',
            "1:93: ",
        ),
    ],
)  # fmt: skip
def test_a_hole_that_there_is_not_is_told_with_its_place(written: str, place: str):
    at, _, right = place.partition(": ")
    wrong = rf"^<text>:{at}: \{{words.b\}}: the condition of these steps has no hole called 'b'; {right}.*unknown-place"
    with pytest.raises(ScenarioError, match=wrong):
        parse(written)


def test_rules_beside_included_ones_are_judged(tmp_path: Path):
    desk, part = tmp_path / "desk.yaml", tmp_path / "part.yaml"
    desk.write_text("rules: [{include: part.yaml}, {when: {text: x}, then: [{say: '{words.b}'}]}]", "utf-8")
    part.write_text("rules: [{when: {text: y}, then: [{say: y}]}]", "utf-8")
    (line,) = check(desk)
    assert line.startswith(f"{desk}:1:56: {{words.b}}: ")


def test_steps_that_are_played_for_themselves_tell_it_too():
    (scenario,) = parse('rules: [{when: {text: {like: "to {a}"}}, then: [{say: "{words.a}"}]}]')
    scene = Scene(UserTurn("x", 1), Talk(), Memory(), words={"c": "", "b": ""})
    with pytest.raises(EmulatorError, match=r"step 1: \{words.a\}: .* no hole called 'a'; it has b, c"):
        list(play(scenario.rules[0].steps, scene))


@pytest.mark.parametrize("name", ["words.", "words.a b", "words.a.b", "words"])
def test_a_hole_has_a_word_for_its_name(name: str):
    with pytest.raises(ScenarioError, match="unknown placeholder"):
        parse(f'otherwise: [{{say: "{{{name}}}"}}]')


def test_a_text_with_holes_that_cannot_be_looked_for_is_told():
    with pytest.raises(ScenarioError, match=r"1:30: two holes side by side; put a word .*errors.md#bad-like"):
        parse('rules: [{when: {text: {like: "to {a} {b}"}}, then: [{say: x}]}]')


def answered(rules: Rules, text: str) -> list[Any]:
    return Talk(rules.responder()).steps(text)


def test_rules_of_python_have_holes_as_well():
    rules = Rules()
    rules.when(text={"like": "to {a}"}).say("{words.a}")
    assert answered(rules, "to Rome") == [Say("Rome")]


def test_holes_that_there_are_not_are_told_at_once():
    rules = Rules()
    rule = rules.when(text={"like": "to {a}"})
    for make in (lambda: rule.say("{words.b}"), lambda: rule.call("f", if_error=Steps().say("{words.b}"))):
        with pytest.raises(ScenarioError, match=r"test_hole_names.py:\d+:\d+: .* no hole called 'b'; it has a"):
            make()
    rule.say("x")
    assert answered(rules, "to Rome") == [Say("x")]
    with pytest.raises(ScenarioError, match="no hole called 'a'"):
        rules.otherwise().say("{words.a}")


def test_a_script_of_python_knows_the_holes_of_its_exchange():
    rules = Rules()
    script = rules.script().expect(text={"like": "to {a}"}).say("{words.a}").call("f", checked_=False)
    script.expect(tool_response={"response": {"x": {"like": "no {b}"}}}).say("{words.a} {words.b}")
    script.expect(text={"like": "from {c}"}).say("{words.c}")
    with pytest.raises(ScenarioError, match="no hole called 'a'; it has c"):
        script.say("{words.a}")
