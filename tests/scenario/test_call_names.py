"""Names of calls: one that no call has is told with its place, wherever it stands."""

from pathlib import Path

import pytest

from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.loader import load, parse

RIGHT = """
rules:
  - when: {text: a}
    then:
      - {call: f, as: first}
      - await: first
      - say: "{results.first.x} {calls.first.args} {result.x} {call.name}"
  - when: {text: b}
    then:
      - calls: [{call: g}, {call: h}]
        if_missing: {after: 1s, then: [{call: i}]}
      - say: "{results.g} {results.h} {results.i}"
otherwise:
  - say: "{results.first.x}"
"""


def test_names_that_are_called_anywhere_in_the_scenario_are_right():
    assert len(parse(RIGHT)) == 1


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "otherwise:\n- {call: get}\n- say: '{results.gte.x}'",
            ":3:3: {results.gte.x}: no step calls \"gte\"; did you mean 'get'?",
        ),
        (
            "otherwise:\n- {call: f, as: x}\n- say: '{calls.f.args}'",
            ':3:3: {calls.f.args}: no step calls "f"; known here: x',
        ),
        ("otherwise:\n- {call: f}\n- await: g", ':3:3: await: no step calls "g"; known here: f'),
        ("otherwise:\n- say: '{result}'", ":2:3: {result}: no step calls a function; put a call before it"),
        ("otherwise:\n- await", ":2:3: await: no step calls a function"),
        (
            "rules:\n- when: {text: a}\n  then:\n  - {call: f, if_error: [{say: '{results.g}'}]}",
            ':4:26: {results.g}: no step calls "g"',
        ),
        (
            "otherwise:\n- {call: f, if_missing: {after: 1s, then: [{say: '{results.g}'}]}}",
            ':2:44: {results.g}: no step calls "g"',
        ),
        (
            "script:\n- expect: {text: a}\n  reply:\n  - {call: f, args: {a: '{results.g}'}}",
            ':4:5: {results.g}: no step calls "g"',
        ),
    ],
)
def test_names_that_nothing_has_are_told_with_their_place(written: str, told: str):
    with pytest.raises(ScenarioError) as refused:
        parse(written, "desk.yaml")
    (problem,) = refused.value.problems
    assert str(problem).startswith(f"desk.yaml{told}")
    assert str(problem).endswith("(docs/errors.md#unknown-call)")


def test_calls_of_included_rules_count(tmp_path: Path):
    (tmp_path / "more.yaml").write_text("rules: [{when: {text: a}, then: [{call: f}]}]")
    (tmp_path / "desk.yaml").write_text("rules: [{include: more.yaml}]\notherwise: [{say: '{results.f.x}'}]")
    assert len(load(tmp_path / "desk.yaml")) == 1


def test_each_wrong_name_is_told():
    with pytest.raises(ScenarioError) as refused:
        parse("otherwise: [{call: f}, {say: '{results.a} {results.b}'}, {say: '{results.c}'}]")
    assert [problem.wrong[:11] for problem in refused.value.problems] == ["{results.a}", "{results.b}", "{results.c}"]
