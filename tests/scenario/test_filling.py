"""Arguments made of words and of a schema: always what was declared, and what was said where it was said."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemlive_emulator.scenario.filling import arguments
from gemlive_emulator.scenario.finding import numbers_in
from gemlive_emulator.scenario.plausible import made
from gemlive_emulator.session.arguments import why_not_args, why_not_value
from gemlive_emulator.wire.reader import Reading, read_message
from gemlive_emulator.wire.tools import FunctionDeclaration, Schema


def function(parameters: Any, name: str = "do_it") -> FunctionDeclaration:
    """A declaration as a client writes it."""
    return read_message(FunctionDeclaration, {"name": name, "parameters": parameters}, "", Reading(strict=False))


def filled(text: str, name: str = "do_it", required: bool = False, **properties: Any) -> Any:
    """The arguments that a text gives."""
    schemas = {name: {"type": told} if isinstance(told, str) else told for name, told in properties.items()}
    schema = {"type": "OBJECT", "properties": schemas, "required": list(schemas) if required else []}
    return arguments(function(schema, name), text, lambda: "a summary")


TEXTS = {"type": "ARRAY", "items": {"type": "STRING"}}


@pytest.mark.parametrize(
    ("text", "properties", "args"),
    [
        ("for 3 adults and two children", {"children": "INTEGER", "adults": "INTEGER"}, {"children": 2, "adults": 3}),
        ("it costs 2.5", {"count": "INTEGER", "price": "NUMBER"}, {"price": 2.5}),
        ("minus one or -4 at 10:30 on 2026-01-01", {"a": "INTEGER", "b": "INTEGER"}, {"a": 1, "b": -4}),
        ("numbers 1, 2 and 3", {"values": {"type": "ARRAY", "items": {"type": "INTEGER"}}}, {"values": [1, 2, 3]}),
        ("numbers", {"values": {"type": "ARRAY", "items": {"type": "NUMBER"}}}, {}),
        ("urgent", {"urgent": "BOOLEAN", "loud": "BOOLEAN"}, {"urgent": True}),
        ("without sound", {"sound": "BOOLEAN"}, {"sound": False}),
        ("switch it off", {"enabled": "BOOLEAN"}, {"enabled": False}),
        ("switch it on", {"enabled": "BOOLEAN"}, {"enabled": True}),
        ("make it blue", {"color": {"enum": ["red", "dark_blue", "blue"]}}, {"color": "blue"}),
        ("make it dark blue", {"color": {"enum": ["dark_blue"]}}, {"color": "dark_blue"}),
        ("make it blu", {"color": {"enum": ["red", "blue"]}}, {"color": "blue"}),
        ("the lamp", {"kind": {"enum": ["fan", "light"]}}, {"kind": "light"}),
        ("blue and red", {"c": {"type": "ARRAY", "items": {"enum": ["red", "blue"]}}}, {"c": ["red", "blue"]}),
        ("nothing", {"c": {"type": "ARRAY", "items": {"enum": ["red", "blue"]}}}, {}),
        ("tomorrow at 7 pm", {"date": "STRING", "time": "STRING"}, {"date": "tomorrow", "time": "7 pm"}),
        ("on July 4th at noon", {"when": "STRING"}, {"when": "July 4th at noon"}),
        ("at 12:30", {"x": {"type": "STRING", "format": "date-time"}}, {"x": "12:30"}),
        ("in 10 minutes", {"delay_time": "STRING"}, {"delay_time": "in 10 minutes"}),
        ("for 10 minutes", {"duration": "STRING"}, {"duration": "10 minutes"}),
        ("https://example.com/a?b=1.", {"url": "STRING"}, {"url": "https://example.com/a?b=1"}),
        ("+1 202 555 0100 please", {"phone": "STRING"}, {"phone": "+1 202 555 0100"}),
        ("show docs/a-b/read.me.", {"path": "STRING", "x": "STRING"}, {"path": "docs/a-b/read.me"}),
        ("open notes.txt now", {"file": "STRING", "x": "STRING"}, {"file": "notes.txt"}),
        ("title: Lunch", {"title": "STRING", "body": "STRING"}, {"title": "Lunch"}),
        ('title: "Long lunch, early"', {"title": "STRING", "x": "STRING"}, {"title": "Long lunch, early"}),
        ("change the color to red", {"color": "STRING", "body": "STRING"}, {"color": "red"}),
        ('with code "X-1"', {"code": "STRING", "body": "STRING"}, {"code": "X-1", "body": "X-1"}),
        ("with user Ada", {"user": "STRING", "b": "STRING"}, {"user": "Ada"}),
        ("text Bob that I am late, please", {"to": "STRING", "body": "STRING"}, {"to": "Bob", "body": "I am late"}),
        ("remind me to buy milk", {"task": "STRING", "x": "STRING"}, {"task": "buy milk"}),
        ("for the next week in it", {"city": "STRING", "x": "STRING"}, {}),
        ("in the", {"city": "STRING", "x": "STRING"}, {}),
        ("invite Bob, Alice and Joe", {"guests": TEXTS}, {"guests": ["Bob", "Alice", "Joe"]}),
        ("invite Bob and me", {"guests": TEXTS}, {"guests": ["Bob"]}),
        ("invite", {"guests": TEXTS, "x": "STRING"}, {"guests": ["invite"]}),
        ("do it", {"guests": TEXTS, "x": "STRING"}, {}),
        ("for Ada", {"a": {"type": "ARRAY"}}, {}),
        (
            "5 apples",
            {"orders": {"type": "ARRAY", "items": {"type": "OBJECT", "properties": {"count": {"type": "INTEGER"}}}}},
            {"orders": [{"count": 5}]},
        ),
        ("x", {"orders": {"type": "ARRAY", "items": {"type": "OBJECT", "properties": {"n": {"type": "INTEGER"}}}}}, {}),
        ("5 apples", {"n": {"anyOf": [{"type": "BOOLEAN"}, {"type": "INTEGER"}]}}, {"n": 5}),
        ("5 apples", {"n": {"type": "NULL"}}, {}),
        ("a thing", {"call_summary": "STRING", "x": "STRING"}, {"call_summary": "a summary"}),
        ("open the Gate. now", {"what": "STRING"}, {"what": "open the Gate"}),
        ("call the Gate. Now", {"what": {}}, {"what": "call the Gate"}),
        ("do it", {"what": "STRING"}, {}),
        ("paint Red, blue", {"what": {"type": "STRING", "maxLength": "3"}}, {}),
    ],
)
def test_what_was_said_is_found(text: str, properties: dict[str, Any], args: dict[str, Any]):
    assert filled(text, **properties) == args


@pytest.mark.parametrize(
    ("schema", "args"),
    [
        ("STRING", {"thing_value": "thing value"}),
        ({"type": "STRING", "default": "d", "example": "e"}, {"thing_value": "d"}),
        ({"type": "STRING", "default": 5, "example": "e"}, {"thing_value": "e"}),
        ({"enum": ["a", "b"]}, {"thing_value": "a"}),
        ({"type": "INTEGER", "enum": ["7", "8"]}, {"thing_value": 7}),
        ({"type": "NUMBER", "enum": ["x", "7.5"]}, {"thing_value": 7.5}),
        ({"type": "STRING", "format": "date"}, {"thing_value": "2030-01-01"}),
        ({"type": "STRING", "minLength": "20"}, {"thing_value": "thing valuexxxxxxxxx"}),
        ({"type": "STRING", "maxLength": "3"}, {"thing_value": "thi"}),
        ({"type": "INTEGER", "minimum": 10}, {"thing_value": 10}),
        ({"type": "INTEGER", "minimum": 9.5}, {"thing_value": 10}),
        ({"type": "INTEGER", "maximum": -1.5}, {"thing_value": -2}),
        ({"type": "NUMBER", "maximum": 0.5}, {"thing_value": 0.5}),
        ("BOOLEAN", {"thing_value": True}),
        ("NULL", {"thing_value": None}),
        ({"type": "ARRAY", "items": {"type": "BOOLEAN"}, "minItems": "2"}, {"thing_value": [True, True]}),
        ({"type": "ARRAY", "maxItems": "0"}, {"thing_value": []}),
        ({"anyOf": [{"type": "BOOLEAN"}, {"type": "STRING"}]}, {"thing_value": True}),
        (
            {"type": "OBJECT", "properties": {"a": {"type": "INTEGER"}, "b": {"type": "INTEGER"}}, "required": ["a"]},
            {"thing_value": {"a": 1}},
        ),
        (
            {"properties": {"a": {"type": "INTEGER"}, "b": {"type": "INTEGER"}}, "required": ["b"], "minProperties": 2},
            {"thing_value": {"a": 1, "b": 1}},
        ),
        ({"type": "OBJECT", "required": ["undeclared"]}, {"thing_value": {"undeclared": "undeclared"}}),
    ],
)
def test_what_has_to_be_there_and_was_not_said_is_plausible(schema: Any, args: dict[str, Any]):
    assert filled("do it", required=True, thing_value=schema) == args


@pytest.mark.parametrize(
    ("name", "value"),
    [("city", "London"), ("start_date", "today"), ("songTitle", "Clair de lune"), ("user_email", "ada@example.com")],
)
def test_what_is_plausible_goes_by_the_name(name: str, value: str):
    assert filled("do it", required=True, **{name: "STRING"}) == {name: value}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "INTEGER", "minimum": 2, "maximum": 1},
        {"type": "ARRAY", "minItems": "1000"},
        {"type": "STRING", "minLength": "5", "maxLength": "4"},
        {"type": "STRING", "enum": []} | {"minLength": "100000"},
        {"type": "BOOLEAN", "enum": ["maybe"]},
        {"type": "INTEGER", "enum": ["x"]},
    ],
)
def test_what_nothing_fits_gets_no_arguments(schema: dict[str, Any]):
    assert filled("do it", required=True, x=schema) is None


def test_a_schema_without_an_end_gets_no_arguments():
    deep: dict[str, Any] = {"type": "STRING"}
    for _ in range(30):
        deep = {"type": "OBJECT", "properties": {"count": deep}, "required": ["count"]}
    assert filled("5 apples", required=True, x=deep) is None


def test_a_schema_that_is_too_large_gets_no_arguments():
    many = {f"n{number}": {"type": "ARRAY", "items": {"anyOf": [{"type": "INTEGER"}]}} for number in range(1_000)}
    assert filled("do it", **many) is None


def test_numbers_are_found_where_they_are_numbers():
    assert [number.value for number in numbers_in("v2 10:30 3 1.5 twelve -2 2026-01-01 a.5 Six")] == [3, 1.5, 12, -2, 6]


NAMES = """city date time name count on unit email query items note x_y when to phone json"""
names = st.sampled_from(NAMES.split())
sizes = st.integers(0, 6)
leaves = st.one_of(
    st.builds(
        lambda least, more, form: {"type": "STRING", "minLength": least, "maxLength": least + more} | form,
        sizes,
        sizes,
        st.sampled_from([{}, {"format": "date"}, {"format": "email"}, {"nullable": True}]),
    ),
    st.just({"type": "STRING"}),
    st.builds(
        lambda kind, least, more: {"type": kind, "minimum": least, "maximum": least + more},
        st.sampled_from(["INTEGER", "NUMBER"]),
        st.integers(-50, 50),
        st.integers(0, 50),
    ),
    st.sampled_from([{"type": "BOOLEAN"}, {"type": "NULL"}, {"type": "INTEGER"}, {"type": "NUMBER"}, {}]),
    st.lists(st.sampled_from(["red", "blue", "on", "Paris"]), min_size=1).map(
        lambda enum: {"type": "STRING", "enum": enum}
    ),
)


def _object(properties: dict[str, Any], required: set[str], least: int) -> dict[str, Any]:
    wanted = sorted(required & set(properties))
    return {
        "type": "OBJECT",
        "properties": properties,
        "required": wanted,
        "minProperties": min(least, len(properties)),
    }


def _nested(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    arrays = st.builds(
        lambda items, least, more: {"type": "ARRAY", "items": items, "minItems": least, "maxItems": least + more},
        inner,
        st.integers(0, 3),
        st.integers(0, 3),
    )
    objects = st.builds(_object, st.dictionaries(names, inner, max_size=4), st.sets(names), st.integers(0, 3))
    return arrays | objects | st.lists(inner, min_size=1, max_size=3).map(lambda any_of: {"anyOf": any_of})


schemas = st.recursive(leaves, _nested, max_leaves=12)
SAID = "on off in Paris tomorrow at 7 pm to Bob for 3 people count 5 red and blue city of London note: x a@example.com"
texts = st.lists(st.sampled_from([*SAID.split(), ",", '"quoted"', "milk, eggs and bread"]), max_size=12).map(" ".join)


@given(st.builds(_object, st.dictionaries(names, schemas, max_size=5), st.sets(names), st.integers(0, 4)), texts)
def test_arguments_are_always_what_was_declared(parameters: dict[str, Any], text: str):
    declared = function(parameters)
    args = arguments(declared, text, lambda: "a summary")
    assert args is not None
    assert why_not_args(declared, args) is None


@given(schemas)
def test_what_is_made_fits(schema: dict[str, Any]):
    read = read_message(Schema, schema, "", Reading(strict=False))
    assert why_not_value(read, made(read)) is None
