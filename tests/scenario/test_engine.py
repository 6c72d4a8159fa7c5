"""Scenarios at work: rules, scripts, and what they fall back to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import Talk, spoken

from gemlive_emulator.scenario.engine import RuleResponder, Scenario, ScriptResponder
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
    UserTurn,
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


def test_a_script_says_the_words_of_the_exchange_that_is_next():
    responder = scenario(SPOKEN).responder()
    talk = Talk(responder)
    assert responder.foreknown.phrases == ("Stop it", "Go", "hello", "stop")
    talk.steps("hello")
    assert responder.foreknown.says() == "Stop it"
    assert talk.hear("Stop it") == [Say("Stopped.")]
    assert responder.foreknown.says() is None
    assert talk.hear(seconds=2) == [Say("2.00")]
    assert responder.foreknown.says() == "Go"
    assert talk.hear("Go") == [Say("Gone.")]
    assert responder.foreknown.says() is None
    assert responder.problems == []


def test_words_of_a_script_are_known_before_the_turns_before_them_are_answered():
    responder = scenario(SPOKEN).responder()
    Talk(responder).steps("hello")
    assert [responder.foreknown.says() for _ in range(5)] == ["Stop it", None, "Go", None, None]


def test_a_script_tells_that_it_waits_for_speech_and_what_came():
    responder = scenario(SPOKEN).responder()
    assert isinstance(responder, ScriptResponder)
    Talk(responder).hear(frames=2)
    assert responder.problems == [
        'Script exchange 1: expected that the text is "hello", got "(speech 1.84 s)" and 2 images; it fits exchange 3'
    ]
    assert responder.unreached[1:3] == [
        'exchange 2: what was heard contains "stop"',
        "exchange 3: the speech is at least 1 s long",
    ]


def test_a_reply_that_begins_again_does_not_move_the_script_on():
    responder = scenario(SPOKEN).responder()
    talk, turn = Talk(responder), UserTurn("hello", 1)
    assert list(responder(turn, talk)) == list(responder(turn, talk)) == [Interrupt(0.5, 1), Say("Hi!")]
    assert list(responder(spoken("stop", number=2), talk)) == [Say("Stopped.")]


SPOKEN = """
script:
  - expect: {text: hello}
    reply: [{interrupt: 500ms}, {say: Hi!}]
  - expect: {heard: {contains: stop}}
    says: Stop it
    reply: [{say: Stopped.}]
  - expect: {audio: {at_least: 1s}}
    reply: [{say: "{turn.seconds}"}]
  - expect: {heard: /go/i}
    says: Go
    reply: [{say: Gone.}]
"""


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
