"""What texts take from calls: the paths that may be written, and what is found at their end."""

import re
from typing import Any

import pytest
from talk import Talk

from gemlive_emulator.scenario.memory import Called, Memory
from gemlive_emulator.scenario.references import Reference, SceneError, spoken
from gemlive_emulator.scenario.template import Scene, Template
from gemlive_emulator.session.steps import UserTurn
from gemlive_emulator.session.tools import ToolResult

RESPONSE = {"temperature": 21.0, "days": [{"high": 3.5}, {"high": 4}], "who": {"said": "it's fine"}, "ok": True}


def remembered(response: dict[str, Any] | None = None, **args: Any) -> Memory:
    """A memory of one call."""
    result = None if response is None else ToolResult("1", "get_weather", response)
    called = Called("get_weather", args, result)
    return Memory(calls={"get_weather": called}, last=called)


def fill(written: str, memory: Memory) -> str:
    return Template.parse(written).fill(Scene(UserTurn("", 1), Talk(), memory))


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("{result.temperature}", "21"),
        ("{results.get_weather.temperature}", "21"),
        ("{result.days[0].high}/{result.days[1].high}", "3.5/4"),
        ("{result.who.said}", "it's fine"),
        ("{result.who}", '{"said": "it\'s fine"}'),
        ("{result.ok}", "true"),
        ("{call.name}: {call.args.city}", "get_weather: Zürich"),
        ("{calls.get_weather.args}", '{"city": "Zürich"}'),
    ],
)
def test_values_are_found_by_their_path(written: str, filled: str):
    assert fill(written, remembered(RESPONSE, city="Zürich")) == filled


@pytest.mark.parametrize(
    ("response", "whole"),
    [
        ({"output": "sunny"}, "sunny"),
        ({"result": [1, 2.5]}, "[1, 2.5]"),
        ({"output": "sunny", "more": 1}, '{"output": "sunny", "more": 1}'),
        ({"celsius": 20}, '{"celsius": 20}'),
        ({}, "{}"),
        ({"output": None}, "null"),
    ],
)
def test_the_whole_result_is_what_it_wraps(response: dict[str, Any], whole: str):
    assert fill("{result}", remembered(response)) == whole


def test_a_path_is_looked_for_in_the_response_and_then_in_its_output():
    nested = {"output": {"celsius": 20}, "result": {"celsius": 1, "rain": False}, "celsius": {"is": 3}}
    assert fill("{result.celsius.is} {result.output.celsius} {result.rain}", remembered(nested)) == "3 20 false"
    assert fill("{result[1]}", remembered({"result": ["a", "b"]})) == "b"


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("{result.temprature}", '{result.temprature} is not in what get_weather returned: {"temperature": 21.0'),
        ("{result.days[2].high}", "{result.days[2].high} is not in what get_weather returned"),
        ("{result.temperature[0]}", "is not in what"),
        ("{result.temperature.x}", "is not in what"),
        ("{call.args.town}", '{call.args.town} is not in the arguments of get_weather: {"city": "Rome"}'),
        ("{results.get_wether.x}", "nothing called \"get_wether\" was called before; did you mean 'get_weather'?"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(written: str, wrong: str):
    with pytest.raises(SceneError, match=re.escape(wrong)):
        fill(written, remembered(RESPONSE, city="Rome"))


def test_what_was_never_called_or_has_not_returned_is_told():
    with pytest.raises(SceneError, match=re.escape("{result.x}: no function was called before")):
        fill("{result.x}", Memory())
    with pytest.raises(SceneError, match=r'nothing called "f" was called before$'):
        fill("{results.f.x}", Memory())
    with pytest.raises(SceneError, match=re.escape("{result.x}: get_weather has not returned yet")):
        fill("{result.x}", remembered())


@pytest.mark.parametrize(
    "written",
    [
        "resultx",
        "results",
        "results.",
        "result.",
        "result[x]",
        "result[-1]",
        "call",
        "call.id",
        "call.name.x",
        "results[0]",
    ],
)
def test_other_names_are_no_references(written: str):
    assert Reference.parse(written) is None


def test_a_reference_that_is_all_of_a_text_keeps_its_kind():
    scene = Scene(UserTurn("", 1), Talk(), remembered(RESPONSE))
    assert Template.parse("{result.days}").value(scene) == RESPONSE["days"]
    assert Template.parse("{result.temperature} degrees").value(scene) == "21 degrees"
    assert Template.parse("{turn.number}").value(scene) == "1"


def test_a_long_value_is_cut_where_it_is_told():
    assert spoken(["x" * 50], most=10) == '["xxxxxxx…'
