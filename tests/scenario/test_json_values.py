"""Values of JSON: what stands without quotes, what is filled in, and what the declared schema makes of it."""

from typing import Any

import pytest
from pydantic_core import PydanticCustomError
from talk import Talk

from gemlive_emulator.scenario.json_values import compiled, filled
from gemlive_emulator.scenario.scalars import Unquoted, scalar
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.steps import UserTurn
from gemlive_emulator.wire.tools import Schema

SCENE = Scene(UserTurn("7", 3), Talk())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("12", 12),
        ("-3.5", -3.5),
        ("+7", 7),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("0x1F", 31),
        ("0o17", 15),
        ("true", True),
        ("False", False),
        ("TRUE", True),
    ],
)
def test_scalars_without_quotes_are_what_yaml_says(written: str, read: Any):
    marked = scalar(written)
    assert isinstance(marked, Unquoted)
    assert marked == written
    value = filled(compiled(marked), SCENE)
    assert (value, type(value)) == (read, type(read))


@pytest.mark.parametrize(
    "text", ["", "no", "on", "1_000", "1.2.3", "0b1", "-", ".", "tRue", "1e999", "New York", "9" * 301]
)
def test_everything_else_is_text(text: str):
    assert not isinstance(scalar(text), Unquoted)


def test_a_value_keeps_its_shape():
    value = {"a": [scalar("1"), "1", None, {"b": "{turn.text} {{x}}"}], "c": 2.5, "d": ("x",)}
    assert filled(compiled(value), SCENE) == {"a": [1, "1", None, {"b": "7 {x}"}], "c": 2.5, "d": ["x"]}


def test_the_declared_kind_decides_what_could_be_both():
    schema = Schema(
        properties={
            "zip": Schema(type="STRING"),
            "days": Schema(type="INTEGER"),
            "list": Schema(type="ARRAY", items=Schema(type="NUMBER")),
            "open": Schema(type="BOOLEAN"),
        }
    )
    value = {
        "zip": scalar("01234"),
        "days": "{turn.text}",
        "list": ["{turn.number}", scalar("1")],
        "open": "{model}",
        "x": "7",
    }
    assert filled(compiled(value), SCENE, schema) == {
        "zip": "01234",
        "days": 7,
        "list": [3, 1],
        "open": "gemini-2.0-flash-live-001",
        "x": "7",
    }


def test_an_unknown_placeholder_is_a_fault_of_the_file():
    with pytest.raises(PydanticCustomError, match=r"unknown placeholder \{turn.txt\}"):
        compiled({"a": ["{turn.txt}"]})
