"""What a developer is told about a setup that is let in."""

import json
from typing import Any

import pytest

from gemlive_emulator.profiles.catalogue import MODELS
from gemlive_emulator.profiles.notes import notes_on
from gemlive_emulator.session.toolbox import Toolbox
from gemlive_emulator.wire.codec import decode

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}


def notes(*functions: dict[str, Any], reads: bool = False) -> tuple[str, ...]:
    """The notes on a setup with these declarations."""
    model = next(iter(MODELS))
    setup = {"model": f"models/{model.id}", "tools": [{"googleSearch": {}}, {"functionDeclarations": list(functions)}]}
    decoded = decode(json.dumps({"setup": setup}))
    assert decoded.message.setup is not None
    tools = Toolbox.of(decoded.message.setup.tools or (), reads)
    return notes_on(decoded.message.setup, model, True, "a family", "", tools)


@pytest.mark.parametrize("function", [{"name": "f"}, {"name": "f", "parameters": SCHEMA}])
def test_nothing_is_noted_on_a_usual_declaration(function: dict[str, Any]):
    assert notes(function) == ()


def test_parameters_that_the_model_is_not_told_of_are_noted():
    (note,) = notes({"name": "f", "parametersJsonSchema": SCHEMA}, {"name": "g", "parameters": SCHEMA})
    assert note.startswith("parametersJsonSchema of f: this model family ignores it")


def test_nothing_is_noted_where_json_schema_counts():
    assert notes({"name": "f", "parametersJsonSchema": SCHEMA}, reads=True) == ()
