"""Arguments and responses against what was declared."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemlive_emulator.session.arguments import DEEPEST, why_not_args, why_not_response, why_not_value
from gemlive_emulator.wire.reader import Reading, read_message
from gemlive_emulator.wire.tools import FunctionDeclaration, Schema


def function(parameters: Any = None, **rest: Any) -> FunctionDeclaration:
    """A declaration as a client writes it."""
    given = {"name": "f", "parameters": parameters, **rest}
    return read_message(FunctionDeclaration, given, "", Reading(strict=False))


def takes(**properties: Any) -> dict[str, Any]:
    """A schema of an object."""
    return {"type": "OBJECT", "properties": properties}


WEATHER = takes(location={"type": "string"}, unit={"type": "STRING", "enum": ["c", "f"]}) | {"required": ["location"]}


@pytest.mark.parametrize(
    ("parameters", "args"),
    [
        (None, {}),
        (takes(), {}),
        ({"type": "OBJECT"}, {"anything": [1]}),
        (WEATHER, {"location": "Oslo"}),
        (WEATHER, {"location": "Oslo", "unit": "f"}),
        (takes(a={"type": "INTEGER"}), {"a": 3.0}),
        (takes(a={"type": "NUMBER", "minimum": 0, "maximum": 1}), {"a": 0.5}),
        (takes(a={"type": "BOOLEAN"}), {"a": False}),
        (takes(a={"type": "STRING", "nullable": True}), {"a": None}),
        (takes(a={"type": "NULL"}), {"a": None}),
        (takes(a={"type": "ARRAY", "items": {"type": "INTEGER"}, "maxItems": "2"}), {"a": [1, 2]}),
        (takes(a={"type": "ARRAY"}), {"a": [1, "two"]}),
        (takes(a={"items": {"type": "STRING"}}), {"a": ["x"]}),
        (takes(a={"properties": {"b": {"type": "STRING"}}}), {"a": {"b": "x"}}),
        (takes(a={"type": "OBJECT"}), {"a": {"whatever": 1}}),
        (takes(a={"enum": ["1", "true"]}), {"a": 1}),
        (takes(a={"enum": ["1", "true"]}), {"a": True}),
        (takes(a={"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}), {"a": 1}),
        (takes(a={"type": "TYPE_UNSPECIFIED"}), {"a": object}),
        (takes(a={"type": "STRING", "pattern": "(a+)+$", "format": "date"}), {"a": "a" * 50 + "b"}),
        (takes() | {"additionalProperties": True}, {"x": 1}),
        ({"type": "OBJECT", "required": ["x"]}, {"x": 1}),
        (takes() | {"required": ["x"]}, {"x": 1}),
        (takes(a={"$ref": "#/$defs/A"}) | {"$defs": {"A": {"type": "INTEGER"}}}, {"a": 1}),
        (takes(a={"$ref": "#/$defs/B"}) | {"$defs": {"A": {"type": "INTEGER"}}}, {"a": "1"}),
    ],
)
def test_arguments_that_fit(parameters: Any, args: dict[str, Any]):
    assert why_not_args(function(parameters), args) is None


@pytest.mark.parametrize(
    ("parameters", "args", "why"),
    [
        (None, {"x": 1}, "args.x is not declared; the function takes no arguments"),
        (takes(), {"x": 1}, "args.x is not declared; there are no properties"),
        (WEATHER, {}, "args.location is missing; it has to be a string"),
        (WEATHER, {"location": 5}, "args.location is 5; it has to be a string"),
        (WEATHER, {"location": None}, "args.location is null; it has to be a string"),
        (WEATHER, {"location": "x", "unit": "k"}, 'args.unit is "k"; it has to be one of "c", "f"'),
        (WEATHER, {"location": "x", "city": "y"}, "args.city is not declared; there are location, unit"),
        (takes(a={"type": "INTEGER"}), {"a": 2.5}, "args.a is 2.5; it has to be a whole number"),
        (takes(a={"type": "INTEGER"}), {"a": True}, "args.a is true; it has to be a whole number"),
        (takes(a={"type": "NUMBER"}), {"a": "1"}, 'args.a is "1"; it has to be a number'),
        (takes(a={"type": "BOOLEAN"}), {"a": 0}, "args.a is 0; it has to be true or false"),
        (takes(a={"type": "NULL"}), {"a": 0}, "args.a is 0; it has to be null"),
        (takes(a={"type": "OBJECT"}), {"a": []}, "args.a is []; it has to be an object"),
        (takes(a={"type": "NUMBER", "minimum": 1}), {"a": 0}, "args.a is 0; it has to be 1 or more"),
        (takes(a={"type": "NUMBER", "maximum": 1}), {"a": 2}, "args.a is 2; it has to be 1 or less"),
        (takes(a={"minLength": 2}), {"a": "x"}, "args.a has 1 characters; it has to have at least 2"),
        (takes(a={"maxLength": 2}), {"a": "xyz"}, "args.a has 3 characters; it can have at most 2"),
        (takes(a={"type": "ARRAY", "minItems": 1}), {"a": []}, "args.a has 0 items; it has to have at least 1"),
        (
            takes(a={"type": "ARRAY", "items": {"type": "STRING"}}),
            {"a": "x" * 100},
            f'args.a is "{"x" * 59}…; it has to be an array of STRING',
        ),
        (
            takes(a={"type": "ARRAY", "items": {"type": "STRING"}}),
            {"a": ["x", 1]},
            "args.a[1] is 1; it has to be a string",
        ),
        (
            takes(a={"type": "OBJECT", "minProperties": 1}),
            {"a": {}},
            "args.a has 0 properties; it has to have at least 1",
        ),
        (
            takes(a=takes(b={"type": "STRING"})),
            {"a": {"b": 1}},
            "args.a.b is 1; it has to be a string",
        ),
        (takes(**{"a b": {"type": "STRING"}}), {"a b": 1}, 'args["a b"] is 1; it has to be a string'),
        (takes(a={"enum": ["true", "1"]}), {"a": False}, 'args.a is false; it has to be one of "true", "1"'),
        (
            takes(a={"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}),
            {"a": 0.5},
            "args.a fits nothing of anyOf: args.a is 0.5; it has to be a string; "
            "args.a is 0.5; it has to be a whole number",
        ),
        (takes(a={"enum": ["x"]}) | {"required": ["a"]}, {}, 'args.a is missing; it has to be one of "x"'),
        (takes(a={}) | {"required": ["a"]}, {}, "args.a is missing; it has to be any value"),
        (takes() | {"required": ["x"]}, {}, "args.x is missing"),
        (takes() | {"required": ["x"]}, {"x": 1, "y": 1}, "args.y is not declared; there is x"),
    ],
)
def test_arguments_that_do_not_fit_say_where_and_what_would(parameters: Any, args: dict[str, Any], why: str):
    assert why_not_args(function(parameters), args) == f"f: {why}"


def test_a_json_schema_is_no_declaration_of_parameters():
    told = function(parametersJsonSchema={"type": "object", "properties": {"city": {"type": "string"}}})
    assert why_not_args(told, {}) is None
    assert why_not_args(told, {"city": "Oslo"}) == (
        "f: args.city is not declared; the function takes no arguments, because this model family ignores "
        "parametersJsonSchema: declare them in parameters, or set behaviour.calling.json_schema"
    )


def test_a_schema_that_only_refers_to_itself_ends():
    schema = Schema(ref="#/$defs/A", defs={"A": Schema(any_of=[Schema(ref="#/$defs/A")])})
    assert why_not_value(schema, 1).endswith(f"value is nested too deeply; at most {DEEPEST} levels are looked at")


NUMBER = {"type": "OBJECT", "properties": {"degrees": {"type": "NUMBER"}}, "required": ["degrees"]}


@pytest.mark.parametrize(
    ("schema", "response", "why"),
    [
        (None, {"x": 1}, None),
        (NUMBER, {"degrees": 21}, None),
        (NUMBER, {"output": {"degrees": 21}}, None),
        (NUMBER, {"result": {"degrees": 21}}, None),
        ({"type": "STRING"}, {"result": "sunny"}, None),
        (NUMBER, {"error": "no sensor"}, None),
        (NUMBER, {"output": {}}, "f: response.output.degrees is missing; it has to be a number"),
        (NUMBER, {"result": {"degrees": "21"}}, 'f: response.result.degrees is "21"; it has to be a number'),
        (NUMBER, {"degrees": "21"}, 'f: response.degrees is "21"; it has to be a number'),
        ({"type": "STRING"}, {}, "f: response is {}; it has to be a string"),
    ],
)
def test_a_response_is_held_against_what_was_declared(schema: Any, response: dict[str, Any], why: str | None):
    assert why_not_response(function(response=schema), response) == why


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(JSON)
def test_a_value_is_of_the_kinds_that_it_is_of_and_of_no_other(value: Any):
    kinds = {kind for kind in KINDS if why_not_value(Schema(type=kind), value) is None}
    expected = {type(None): {"NULL"}, bool: {"BOOLEAN"}, str: {"STRING"}, list: {"ARRAY"}, dict: {"OBJECT"}}
    if isinstance(value, int | float) and not isinstance(value, bool):
        assert kinds - {"INTEGER"} == {"NUMBER"}
        assert ("INTEGER" in kinds) == (value == int(value))
    else:
        assert kinds == expected[type(value)]


KINDS = ("STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL")
