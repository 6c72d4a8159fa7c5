"""Which rule answers, and why the others do not."""

from dataclasses import replace

import pytest
from talk import Talk, spoken

from gemlive_emulator.scenario.choice import LONGEST_KEPT, NEAREST, Choice
from gemlive_emulator.scenario.engine import RuleResponder
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.scenario.memory import Memory
from gemlive_emulator.session.steps import Interrupt, Say, UserTurn

DESK = """
scenario: desk
rules:
  - when: {text: weather}
    then: [{say: Sunny.}]
  - when: {text: time, turn: 7}
    then: [{say: Late.}]
  - when: {text: [time, weather]}
    then: [{say: Who knows?}]
  - when: {text: what}
    then: [{say: What?}]
"""


def responder(text: str) -> tuple[RuleResponder, list[Choice]]:
    told: list[Choice] = []
    (scenario,) = parse(text)
    made = scenario.responder(told.append)
    assert isinstance(made, RuleResponder)
    return made, told


def choice(text: str, turn: UserTurn | str) -> Choice:
    made, told = responder(text)
    made(UserTurn(turn, 1) if isinstance(turn, str) else turn, Talk())
    (only,) = told
    assert made.last_choice is only
    return only


def test_every_rule_is_told_with_its_reason():
    found = choice(DESK, "what time?")
    assert (found.scenario, found.number, found.told) == ("desk", 3, 'rule 3 of "desk" answers')
    assert list(found.explain()) == [
        'rule 3 of "desk" answers',
        'rule 1: the text does not contain "weather"',
        "rule 2: the number of the turn is 1, not 7",
        "rule 4: it fits as well, but rule 3 comes first",
    ]


def test_where_no_rule_fits_all_have_a_reason():
    found = choice(DESK, "hm")
    assert (found.number, found.rule) == (None, None)
    assert next(found.explain()) == 'no rule of "desk" fits'
    assert [miss.rule for miss in found.misses()] == [1, 2, 3, 4]


def test_the_reasons_of_a_spoken_turn():
    when = "rules: [{when: {heard: stop}, then: [{say: x}]}, {when: {audio: {at_least: 5s}}, then: [{say: y}]}]"
    assert list(choice(when, spoken()).explain())[1:] == [
        "rule 1: nobody knows the words that were said aloud",
        "rule 2: the speech is 1.84 s, less than 5 s",
    ]


def test_the_nearest_miss_comes_first():
    assert choice(DESK, "the wether?").nearest()[0].rule == 1
    assert choice(DESK, "tme, please").nearest()[0].rule == 3
    assert [(miss.rule, miss.closeness) for miss in choice(DESK, "what time?").nearest()][:2] == [(4, 1.0), (2, 0.5)]


def many(count: int) -> str:
    rules = ", ".join(f"{{when: {{text: word{number} }}, then: [{{say: x}}]}}" for number in range(count))
    return f"rules: [{rules}]"


def test_of_many_only_the_nearest_are_listed_and_all_are_told():
    found = choice(many(50), "word3 wrd49")
    assert found.number == 4
    assert len(found.nearest()) == NEAREST
    assert found.nearest()[0].rule == 50
    assert len(list(found.explain())) == 50


@pytest.mark.parametrize("lightened", [False, True])
def test_the_reasons_are_those_of_the_time_of_the_choice(lightened: bool):
    made, told = responder("""
rules:
  - when: {state: {menu: billing}}
    then: [{say: Bills.}]
  - when: {state: {menu: ""}, template: {"{history.last_user}": ""}}
    then: [{set: {menu: billing}}, {say: Which menu?}]
""")
    talk = Talk(made)
    assert talk.steps("hello") == [Say("Which menu?")]
    if lightened:
        told[0].lighten()
    assert talk.steps("go on") == [Say("Bills.")]
    assert [miss.why for miss in told[0].nearest()] == ['state menu is "", not "billing"']
    assert [miss.why for miss in told[1].nearest()] == ['state menu is "billing", not ""']


def test_what_is_kept_of_a_choice_needs_no_history():
    made, told = responder('rules: [{when: {template: {"{history.last_user}": hi}}, then: [{say: x}]}]')
    talk = Talk(made)
    talk.steps("hello")
    talk.steps("well")
    told[1].lighten()
    talk.history = []
    assert [miss.why for miss in told[1].nearest()] == ['{history.last_user} is "well", not "hi"']
    assert list(told[1].misses()) == told[1].nearest()


def test_of_a_long_turn_only_the_beginning_is_kept_and_looked_at_when_somebody_asks(monkeypatch: pytest.MonkeyPatch):
    found = choice(many(50), "word7x " + "." * LONGEST_KEPT + "word9 word3")
    with monkeypatch.context() as patch:
        patch.setattr(Choice, "misses", None)  # nothing is explained here
        found.lighten()
    assert found.number == 4
    why = {miss.rule: miss.why for miss in found.misses()}
    assert why[8] == f"in its first {LONGEST_KEPT} characters it fits as well, but rule 4 comes first"
    assert why[10] == f'in its first {LONGEST_KEPT} characters the text does not contain "word9"'
    assert len(found.nearest()) == NEAREST
    assert found.nearest() is found.nearest()


def test_what_was_said_aloud_is_kept_as_far_as_what_was_typed():
    when = "rules: [{when: {text: a}, then: [{say: x}]}, {when: {heard: /aaa$/}, then: [{say: y}]}]"
    found = choice(when, spoken("a" * 3 * LONGEST_KEPT))
    found.lighten()
    assert [miss.why for miss in found.misses()] == [
        f"in its first {LONGEST_KEPT} characters what was heard does not match /aaa$/"
    ]


def test_a_reply_that_begins_again_is_the_same_choice():
    made, told = responder("rules: [{when: {text: a}, then: [{interrupt: 500ms}, {say: x}]}]")
    turn = UserTurn("a", 1)
    assert list(made(turn, Talk())) == list(made(turn, Talk())) == [Interrupt(0.5, 1), Say("x")]
    assert len(told) == 1


def test_a_choice_without_rules_has_no_reasons():
    (scenario,) = parse("otherwise: [{say: x}]")
    made = scenario.responder()
    assert isinstance(made, RuleResponder)
    assert made.last_choice is None
    made(UserTurn("a", 1), Talk())
    assert made.last_choice is not None
    assert list(made.last_choice.explain()) == ['no rule of "scenario" fits']


PHONE_MENU = """
scenario: phone menu
rules:
  - when: {state: {menu: ""}}
    then:
      - set: {menu: main}
      - say: "Sales or support?"
  - when: {state: {menu: main}, text: support}
    then:
      - set: {menu: support}
      - say: "What is broken?"
  - when: {state: {menu: support}}
    then:
      - set: {menu: main, shared.tickets: "{turn.text}"}
      - say: "Noted. Sales or support?"
  - when: {text: last ticket}
    then: [{say: "{state.shared.tickets}"}]
otherwise: [{say: "Sorry: sales or support?"}]
"""


def test_rules_with_state_are_a_machine():
    (menu,) = parse(PHONE_MENU)
    talk = Talk(menu.responder())
    said = [talk.say(text) for text in ("hi", "hm", "support", "my screen", "support")]
    assert said == [
        "Sales or support?",
        "Sorry: sales or support?",
        "What is broken?",
        "Noted. Sales or support?",
        "What is broken?",
    ]
    other = Talk(menu.responder())
    assert other.say("hi") == "Sales or support?"
    assert other.say("the last ticket?") == "my screen"


def test_shared_state_belongs_to_one_scenario():
    first, second = parse(PHONE_MENU)[0], parse(PHONE_MENU)[0]
    first.shared["shared.tickets"] = "x"
    assert second.shared == {}
    assert replace(first, name="renamed").shared is first.shared
    assert first.responder().memory == Memory({"shared.tickets": "x"})
