"""Scenarios at work: rules, scripts, and what they fall back to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import Talk

from gemlive_emulator.scenario.engine import RuleResponder, Scenario
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.session.steps import (
    CloseConnection,
    EndTurn,
    Interrupt,
    InterruptAfterEnd,
    Pause,
    Say,
    Silence,
    Step,
    Think,
    Transcript,
)

RULES = """
scenario: desk
model: gemini-2.0-flash-live-001
rules:
  - when: {text: weather}
    then: [{say: "No idea, {model}."}]
  - when: {text: [weather, time]}
    then: [{say: "Late."}]
"""
SCRIPT = """
script:
  - expect: {text: Hello}
    reply: [{say: "Hello!"}]
  - expect: {text: {contains: capital}}
    reply: [{say: "You said {history.last_user} before."}]
"""


def scenario(text: str) -> Scenario:
    (only,) = parse(text)
    return only


def test_the_first_rule_that_fits_answers():
    talk = Talk(scenario(RULES).responder())
    assert talk.steps("the weather?") == [Say("No idea, gemini-2.0-flash-live-001.")]
    assert talk.steps("the time?") == [Say("Late.")]


def test_where_no_rule_fits_the_steps_of_otherwise_answer():
    desk = scenario(RULES + "otherwise: [{say: 'You said: {turn.text}'}]")
    assert Talk(desk.responder()).steps("hm") == [Say("You said: hm")]


def test_without_otherwise_the_built_in_responder_answers():
    assert Talk(scenario(RULES).responder()).say("hello") == "Hello there! How can I help you today?\n"


def test_rules_keep_nothing_and_have_no_problems():
    responder = scenario(RULES).responder()
    assert isinstance(responder, RuleResponder)
    assert responder.problems == []
    assert responder.scenario.model == "gemini-2.0-flash-live-001"


def test_every_kind_of_step_is_played():
    steps = "[{think: 'on {turn.text}'}, {pause: 700ms}, {say: a}, {pause: 2}, {close: {code: 1011, reason: 'bye {turn.number}'}}]"
    assert Talk(scenario(f"otherwise: {steps}").responder()).steps("x") == [
        Think("on x"),
        Pause(0.7),
        Say("a"),
        Pause(2.0),
        CloseConnection(1011, "bye 1"),
    ]


def test_a_close_needs_no_words_and_no_mapping():
    assert Talk(scenario("otherwise: [{close: 1008}]").responder()).steps("x") == [CloseConnection(1008, "")]
    assert Talk(scenario("otherwise: [{close: {code: 4000}}]").responder()).steps("x") == [CloseConnection(4000, "")]


def test_an_empty_thought_is_no_thought():
    assert Talk(scenario("otherwise: [{think: ''}, {say: x}]").responder()).steps("x") == [Think(""), Say("x")]


@pytest.mark.parametrize(
    ("written", "steps"),
    [
        ("{say: {text: '{turn.text}', sound: silent}}", [Say("x", "silent")]),
        ("{say: {text: y, sound: none}}", [Say("y", "none")]),
        ("{say: {text: y, sound: voice}}", [Say("y")]),
        ("{say: {text: y}}", [Say("y")]),
        ("silence", [Silence()]),
        ("{silence: {}}", [Silence()]),
        ("{silence: }", [Silence()]),
        ("{say: hm}, silence", [Say("hm"), Silence()]),
        ("end_turn", [EndTurn("")]),
        ("{end_turn: {}}", [EndTurn("")]),
        ("{end_turn: RESPONSE_REJECTED}", [EndTurn("RESPONSE_REJECTED")]),
        ("{say: hm}, {end_turn: {reason: BLOCKLIST}}", [Say("hm"), EndTurn("BLOCKLIST")]),
        ("interrupt, {say: y}", [Interrupt(0.0, 1), Say("y")]),
        ("{think: ''}, {interrupt: 1s}, {say: y}", [Think(""), Interrupt(1.0, 1), Say("y")]),
        ("{interrupt: {after: 500ms, times: 2}}, {say: y}", [Interrupt(0.5, 2), Say("y")]),
        ("{say: y}, {interrupt: end}", [Say("y"), InterruptAfterEnd()]),
        ("{interrupt: {after: end}}, {say: y}", [InterruptAfterEnd(), Say("y")]),
        ("transcript", [Transcript()]),
        ("{transcript: {}}", [Transcript()]),
        ("{transcript: 'not {turn.text}'}, {say: y}", [Transcript("not x"), Say("y")]),
    ],
)
def test_the_steps_of_silence_and_of_what_goes_wrong_are_played(written: str, steps: list[Step]):
    assert Talk(scenario(f"otherwise: [{written}]").responder()).steps("x") == steps


def test_rules_say_beforehand_what_the_user_says():
    desk = scenario(RULES + "user_says: [What is the weather?, weather]")
    first, second = desk.responder().foreknown, desk.responder().foreknown
    assert [first.says(), first.says(), first.says()] == ["What is the weather?", "weather", None]
    assert second.says() == "What is the weather?"
    assert first.phrases == ("What is the weather?", "weather", "time")


def test_where_nothing_is_said_beforehand_the_words_are_not_known():
    foreknown = scenario(RULES).responder().foreknown
    assert foreknown.says() is None
    assert foreknown.phrases == ("weather", "time")


def test_what_the_user_says_may_be_all_of_a_scenario():
    responder = scenario("user_says: [Hello]").responder()
    assert responder.foreknown.says() == "Hello"
    assert Talk(responder, modality="AUDIO").hear("Hello") == [Say("Hello there! How can I help you today?")]


@given(turns=st.lists(st.text(), max_size=4))
def test_no_turn_makes_a_scenario_raise(turns: list[str]):
    for shared in SCENARIOS:
        talk = Talk(shared.responder())
        for turn in turns:
            assert talk.steps(turn)


@given(text=st.text())
def test_an_echo_is_the_text_itself(text: str):
    assert Talk(ECHO.responder()).steps(text) == [Say(f"<{text}>")]


OTHERWISE = "otherwise: [{say: '{turn.text}{history.last_user}'}]"
SCENARIOS = [scenario(RULES), scenario(SCRIPT), scenario(RULES + OTHERWISE)]
ECHO = scenario("otherwise: [{say: '<{turn.text}>'}]")


@pytest.mark.parametrize("text", ["rules", "script"])
def test_a_scenario_is_used_by_many_sessions(text: str):
    shared = scenario(RULES if text == "rules" else SCRIPT)
    first, second = Talk(shared.responder()), Talk(shared.responder())
    assert [first.steps("hello"), first.steps("the capital, the weather")] == [
        second.steps("hello"),
        second.steps("the capital, the weather"),
    ]
