"""Which scenario a connection gets."""

from typing import Any

import pytest
from talk import Talk

from gemlive_emulator.scenario.callers import Caller, caller_condition
from gemlive_emulator.scenario.engine import cast, named
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.scenario.when import CallersForm

FILE = """
scenario: second call
for: {connection: 2}
otherwise: [{say: Welcome back.}]
---
scenario: gold
for: {key: gold-key, model: /3\\.8/}
otherwise: [{say: Gold.}]
---
scenario: berlin
for: {query: {city: [Berlin, Potsdam]}}
otherwise: [{say: Moin.}]
---
scenario: desk
otherwise: [{say: Hello.}]
"""
SCENARIOS = parse(FILE)


@pytest.mark.parametrize(
    ("caller", "name"),
    [
        ({}, "desk"),
        ({"connection": 2}, "second call"),
        ({"connection": 3}, "desk"),
        ({"key": "gold-key", "model": "gemini-3.8-live"}, "gold"),
        ({"key": "gold-key", "model": "gemini-2.0-flash-live-001"}, "desk"),
        ({"key": "gold-key", "model": "gemini-3.8-live", "connection": 2}, "second call"),
        ({"query": {"city": "potsdam"}}, "berlin"),
        ({"query": {"town": "Berlin"}}, "desk"),
        ({"name": "berlin", "connection": 2}, "berlin"),
    ],
)
def test_the_first_that_is_for_such_a_connection_answers(caller: dict[str, Any], name: str):
    assert cast(SCENARIOS, **caller).name == name


def test_where_none_is_for_it_the_built_in_responder_answers():
    nobody = cast(SCENARIOS[:1])
    assert nobody.name == "the built-in responder"
    assert Talk(nobody.responder()).say("Hello") == "Hello there! How can I help you today?\n"


def test_a_name_that_is_not_there_is_an_error():
    with pytest.raises(ScenarioError, match="there is no scenario of this name; did you mean 'gold'"):
        named(SCENARIOS, "golf")
    with pytest.raises(ScenarioError, match="unknown-scenario"):
        cast(SCENARIOS, "golf")


@pytest.mark.parametrize(
    ("written", "told", "why"),
    [
        ({"connection": ["1", "3"]}, "the number of the connection is 1 or 3", "the number of the connection is 2, not 1 or 3"),
        ({"connection": {"at_least": "3"}}, "the number of the connection is at least 3", "the number of the connection is 2, less than 3"),
        ({"key": "gold"}, 'the key is "gold"', 'the key is not "gold"'),
        ({"model": {"contains": "native"}}, 'the model contains "native"', 'the model "gemini-3.8-live" does not contain "native"'),
        ({"query": {"city": "Bonn"}, "connection": "2"}, 'the number of the connection is 2 and ?city is "Bonn"', '?city is "", not "Bonn"'),
    ],
)  # fmt: skip
def test_it_is_told_for_whom_a_scenario_is(written: dict[str, Any], told: str, why: str):
    condition = caller_condition(CallersForm.model_validate(written))
    assert condition.told == told
    assert condition.why_not(Caller("silver", "gemini-3.8-live", 2, {})) == why


def test_the_key_of_a_caller_is_not_shown():
    assert "silver" not in repr(Caller("silver", "m", 1, {}))


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("{}", "an empty condition"),
        ("{connections: 2}", "unknown key 'connections'"),
        ("{connection: two}", '"two" is no number'),
        ("{connection: {}}", "an empty mapping fits nothing in particular"),
        ("{connection: {at_least: 3, at_most: 2}}", "at_least is more than at_most"),
        ("{query: city}", 'a mapping is needed here, not the text "city"'),
        ("{query: {}}", "nothing stands in this mapping"),
        ("[1]", "a mapping is needed here, not a list"),
    ],
)
def test_what_is_for_nobody_is_refused(written: str, wrong: str):
    with pytest.raises(ScenarioError) as refused:
        parse(f"for: {written}\notherwise: [{{say: x}}]")
    assert [problem.wrong for problem in refused.value.problems] == [wrong]


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("{realtime: maybe}", '"maybe" is not known here'),
        ("{modality: VIDEO}", '"VIDEO" is not known here'),
        ("{turn: [1, x]}", '"x" is no number'),
        ("{state: menu}", 'a mapping is needed here, not the text "menu"'),
        ("{state: {a b: x}}", '"a b" is no name of a state'),
        ("{template: {'{modle}': x}}", "unknown placeholder {modle}"),
        ("{template: {}}", "nothing stands in this mapping"),
        ("{all: []}", "nothing stands in this list"),
        ("{tools: []}", "nothing stands in this list"),
    ],
)
def test_a_condition_that_cannot_hold_is_refused(written: str, wrong: str):
    with pytest.raises(ScenarioError) as refused:
        parse(f"rules: [{{when: {written}, then: [{{say: x}}]}}]")
    assert [problem.wrong for problem in refused.value.problems] == [wrong]
