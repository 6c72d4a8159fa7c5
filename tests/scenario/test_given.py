"""Rules and scripts that are handed over as mappings: judged as a file would be, kept beside those of a test."""

from typing import Any

import pytest
from talk import Talk

from gemlive_emulator.scenario.callers import Caller
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.fluent import Rules
from gemlive_emulator.scenario.given import Given
from gemlive_emulator.session.steps import Silence

HERE = Given("the request")
CALLER = Caller("", "gemini-3.8-live", 1, {})


def rules_of(**document: Any) -> Rules:
    rules = Rules()
    rules.add(document, HERE)
    return rules


def test_a_rule_that_is_given_answers_behind_those_that_were_there():
    rules = Rules()
    rules.when(text="hello").say("From Python.")
    rules.add(
        {"rules": [{"when": {"text": {"like": "my name is {name}"}}, "then": [{"say": "Hello, {words.name}."}]}]}, HERE
    )
    rules.add({"rules": [{"when": {"turn": 3}, "then": ["silence"]}], "otherwise": [{"say": "What?"}]}, HERE)
    talk = Talk(rules.responder())
    assert [talk.say(text) for text in ("Hello!", "My name is Ann")] == ["From Python.", "Hello, Ann."]
    assert talk.steps("3") == [Silence()]
    assert talk.say("goodbye") == "What?"
    assert [one.answered for one in rules.answers] == [1, 1, 1, 1]
    assert [str(one.place) for one in rules.answers[1:]] == ["the request"] * 3
    assert rules.unfinished == []


def test_answers_are_counted_over_all_sessions_and_changes():
    rules = rules_of(rules=[{"when": {"text": "aa"}, "then": [{"say": "A"}]}])
    first, second = Talk(rules.responder()), Talk(rules.responder())
    assert [first.say("aa"), second.say("aa")] == ["A", "A"]
    rules.add({"rules": [{"when": {"text": "b"}, "then": [{"say": "B"}]}]}, HERE)
    assert [first.say("b"), second.say("aa")] == ["B", "A"]
    first.say("something else")
    assert [one.answered for one in rules.answers] == [3, 1]
    rules.reset()
    assert rules.answers == ()


def test_a_rule_without_steps_is_not_taken_for_one_that_answers():
    rules = Rules()
    rules.otherwise()
    rules.when(text="a").say("A")
    Talk(rules.responder()).say("b")
    assert [one.answered for one in rules.answers] == [0, 0]


def test_a_script_that_is_given_is_for_those_it_names():
    rules = rules_of(
        **{"for": {"connection": 2}, "script": [{"expect": {"text": "Hello"}, "reply": [{"say": "Two."}]}]}
    )
    assert rules.script_for(CALLER) is None
    [script] = rules.scripts
    responder = rules.script_for(Caller("", "gemini-3.8-live", 2, {}))
    assert responder is not None
    assert Talk(responder).say("Hello") == "Two."
    assert (script.begun, rules.unfinished) == (1, [])


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (
            {"rules": [{"when": {"txt": "a"}, "then": ["silence"]}]},
            "the request: rules[0].when.txt: unknown key 'txt'; did you mean 'text'?",
        ),
        (
            {"rules": [{"when": {"text": "a"}, "then": [{"sya": "b"}]}]},
            "the request: rules[0].then[0].sya: unknown step 'sya'; did you mean 'say'?",
        ),
        ({"rules": [{"when": {"text": "a"}}]}, "the request: rules[0].then: 'then' is missing"),
        ({"rules": 1}, "the request: rules: a list is needed here"),
        ({}, "the request: a scenario that says nothing"),
        (
            {"rules": [{"when": {"text": "{city}"}, "then": [{"say": "{words.town}"}]}]},
            "the request: rules[0].then[0]: {words.town}: ",
        ),
        (
            {"script": [{"expect": {"text": "a"}, "reply": [{"say": "{result.x}"}]}]},
            "the request: script[0].reply[0]: {result.x}: no step calls a function",
        ),
        (
            {"rules": [{"when": {"text": "a"}, "then": [{"play": "a.wav"}]}]},
            "is a file, and this scenario is none",
        ),
        ({"rules": [{"include": "more.yaml"}]}, "is a file, and this scenario is none"),
        ({"rules": [{"when": {"text": b""}, "then": ["silence"]}]}, "a bytes cannot stand in a scenario"),
    ],
)
def test_what_no_file_could_have_is_told_with_its_place(document: dict[str, Any], words: str):
    rules = Rules()
    with pytest.raises(ScenarioError) as refused:
        rules.add({"otherwise": ["silence"], **document} if "when" in document else document, HERE)
    assert words in str(refused.value)
    assert (rules.answers, rules.scripts) == ((), ())


def test_all_that_is_given_is_taken_or_none():
    rules = Rules()
    right = {"when": {"text": "a"}, "then": [{"say": "A"}]}
    with pytest.raises(ScenarioError):
        rules.add({"rules": [right, {"when": {"text": "a"}, "then": []}]}, HERE)
    assert rules.answers == ()


def test_what_a_rule_takes_from_a_call_of_another_is_right():
    rules = rules_of(rules=[{"when": {"text": "a"}, "then": [{"say": "{results.get_weather.city}"}]}])
    with pytest.raises(ScenarioError, match=r"the request: .*no step calls a function"):
        Talk(rules.responder()).say("a")
    rules.when(text="b").call("get_weather", city="Oslo", checked_=False).say("Ah.")
    assert Talk(rules.responder()).say("c")
