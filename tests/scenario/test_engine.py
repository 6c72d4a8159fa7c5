"""Scenarios at work: rules, scripts, and what they fall back to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import Talk

from gemlive_emulator.scenario.engine import RuleResponder, Scenario, ScriptResponder
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.session.steps import CloseConnection, Pause, Say, Think, UserTurn

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


def test_near_misses_tell_each_rule_that_does_not_fit_and_why():
    assert scenario(RULES).near_misses(UserTurn("what time?", 1)) == [
        'rule 1 of "desk": the text does not contain "weather"',
    ]


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


def test_a_script_answers_in_its_order():
    responder = scenario(SCRIPT).responder()
    assert isinstance(responder, ScriptResponder)
    talk = Talk(responder)
    assert responder.unreached == ['exchange 1: the text is "Hello"', 'exchange 2: the text contains "capital"']
    assert talk.steps("hello!") == [Say("Hello!")]
    assert talk.steps("The capital?") == [Say("You said hello! before.")]
    assert responder.unreached == []
    assert responder.problems == []


def test_an_unexpected_turn_breaks_a_script_and_it_stays_broken():
    responder = scenario(SCRIPT).responder()
    assert isinstance(responder, ScriptResponder)
    talk = Talk(responder)
    wrong = 'Script exchange 1: expected that the text is "Hello", got "Goodbye\\x00"'
    assert talk.steps("Goodbye\x00") == [CloseConnection(1011, wrong)]
    assert responder.problems == [wrong]
    assert len(responder.unreached) == 2


def test_a_turn_after_the_end_breaks_a_script_too():
    responder = scenario(SCRIPT).responder()
    talk = Talk(responder)
    talk.steps("Hello")
    talk.steps("capital")
    assert talk.steps("more " * 30) == [CloseConnection(1011, responder.problems[0])]
    assert responder.problems[0].startswith('Script is over after 2 exchanges, got "more more')
    assert responder.problems[0].endswith('…"')


def test_each_session_begins_a_script_at_its_top():
    script = scenario(SCRIPT)
    for _ in range(2):
        assert Talk(script.responder()).steps("Hello") == [Say("Hello!")]


def test_an_interrupted_reply_still_moves_the_script_on():
    talk = Talk()
    responder = scenario(SCRIPT).responder()
    reply = responder(UserTurn("Hello", 1), talk)
    next(reply)
    reply.close()
    assert next(responder(UserTurn("capital", 2), talk)) == Say("You said  before.")


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
