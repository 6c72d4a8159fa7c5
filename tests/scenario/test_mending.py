"""All faults of a file are told at once, and nothing that only comes of them."""

import re

import pytest

from gemlive_emulator.scenario import mending
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.loader import parse


def faults(text: str) -> list[str]:
    """The line of each fault, and what is wrong."""
    with pytest.raises(ScenarioError) as refused:
        parse(text)
    return [f"{problem.line} {problem.wrong}" for problem in refused.value.problems]


def test_no_fault_hides_another():
    found = faults("""\
ruels: x
scnario: y
rules:
  - when: {txet: a, turn: x}
    then: [{sya: b}, {say: "{trun.text}"}]
    do: this
  - when: {text: c}
    then: [{close: {code: 1000}}, {say: late}, {pause: nope}]
  - when: {text: d}
    then: [{say: a}, {interrupt: 1s}, {close: {code: 1000}}, {silence: {}}]
  - when: {text: {contains: [a, {b: c}], regex: "("}}
    then: {say: ok}
  - when: {any: [{text: a}, {tetx: b}, c], all: [{turn: y}]}
    then: []
  - when: {}
    then: [{say: a, say_it: b}]
  - then: [{say: a}]
faults:
  - stall: eternity
    att: x
""")
    assert [" ".join(one.split(" ")[:4]) for one in found] == [
        "1 unknown key 'ruels'",
        "2 unknown key 'scnario'",
        "4 unknown key 'txet'",
        '4 "x" is no',
        "5 unknown step 'sya'",
        "5 unknown placeholder {trun.text}",
        "6 unknown key 'do'",
        "8 steps after 'close'",
        '8 "nope" is no',
        "10 steps after 'close'",
        "10 'interrupt' stands after",
        "11 a text is",
        "11 '(' without ')',",
        "12 a list is",
        "13 unknown key 'tetx'",
        "13 a mapping is",
        '13 "y" is no',
        "14 nothing stands in",
        "15 an empty condition",
        "16 unknown key 'say_it'",
        "17 'when' is missing",
        '19 "eternity" is no',
        "20 unknown key 'att'",
    ]


def test_what_is_wrong_with_calls_is_told_beside_other_faults():
    assert faults("""\
rules:
  - when: {text: a}
    then: [{call: f, timeuot: 1s}]
  - when: {text: b}
    then: [{await: g}]
  - when: {text: c}
    then: [{await: f}, {say: "{calls.h.args.x}"}]
  - when: {text: d}
    then: [{await: whatever}, {pause: soon}]
otherwise:
  - call: h
    within: soon
""") == [
        "3 unknown key 'timeuot'",
        '9 "soon" is no duration',
        "12 unknown key 'within'",
        '5 await: no step calls "g"',
    ]


def test_a_script_is_looked_at_as_a_whole():
    assert faults("""\
script:
  - expect: {txet: a}
    reply: [{say: b}]
  - expect: {text: a}
  - expect: {interruption: any, text: x}
  - expect: x
    reply: [{say: c}, {sya: d}]
user_says: [x]
""") == [
        "2 unknown key 'txet'",
        "4 'reply' is missing",
        "5 'interruption' and something else in one expectation",
        '6 a mapping is needed here, not the text "x"',
        "7 unknown step 'sya'",
        "8 user_says in a scenario with a script",
    ]


@pytest.mark.parametrize("text", ["rules: {}", "[]", "model: x", "rules: [x]", "x: y"])
def test_one_fault_is_one_fault(text: str):
    assert len(faults(text)) == 1


def test_several_faults_of_one_list_are_all_told():
    when = "when: {text: {contains: [{a: b}, {c: d}, ~], regex: '('}}"
    assert len(faults(f"rules: [{{{when}, then: [{{say: x}}]}}]")) == 4
    assert len(faults("rules: [{when: &w {txet: a}, then: [{say: x}]}, {when: *w, then: [{say: ~}]}]")) == 3


def test_a_document_is_not_looked_at_for_ever(monkeypatch: pytest.MonkeyPatch):
    rules = "rules: [{when: {" + ", ".join(f"x{n}: y" for n in range(40)) + "}, then: [{say: x}]}]"
    assert len(faults(rules)) == mending.MOST_LOOKS
    monkeypatch.setattr(mending, "MOST_LOOKS", 100)
    assert len(faults(rules)) == 40


def test_a_list_that_was_forgotten_is_told_as_such():
    with pytest.raises(ScenarioError) as refused:
        parse("rules:\n  - when: {text: a}\n    then: say: ok\n")
    assert re.search(r"behind 'then' a list is needed; .*\"- say: ok\"", str(refused.value))
    with pytest.raises(ScenarioError, match="must stand in quotes"):
        parse("otherwise:\n  - say: note: this\n")
