"""The JSON Schema of a scenario file, for editors: made of the same models that read it.

It says of every key what may be written and what it is for. It is somewhat wider than the loader, which also knows
which steps can follow each other, whether an expression can be read and whether a file is there.
"""

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from gemlive_emulator.scenario.faults.catalogue import FAULTS
from gemlive_emulator.scenario.fields import OneOf
from gemlive_emulator.scenario.includes import IncludeForm
from gemlive_emulator.scenario.model import ScenarioForm
from gemlive_emulator.scenario.schema_words import WORDS
from gemlive_emulator.scenario.steps import STEPS

T = TypeVar("T")

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TEXT = {"type": ["string", "number", "boolean"]}
"""A scalar is the text that was written: editors take ``1.10`` for a number, the loader does not."""

_COUNT = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]{1,9}$"}]}
_DURATION = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 86_400},
        {"type": "string", "pattern": r"^\s*\d{1,9}(\.\d{1,9})?\s*(ms|s|m|h)?\s*$"},
    ]
}
_CODES = {"anyOf": [{"type": "integer", "minimum": 1000, "maximum": 4999}, {"type": "string", "pattern": "^[0-9]{4}$"}]}
_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)
_NULL = {"type": "null"}
_EMPTY = {"type": "object", "maxProperties": 0}
_ANY = {"const": "any"}
_MOMENT = {"type": "string", "pattern": r"^([a-z_]+(\s+[0-9]{1,9})?\s*|\d.*)$"}


def schema() -> dict[str, Any]:
    """The schema of one document of a file (draft 2020-12).

    Raises:
        KeyError: a validator of the models or one of their keys is not known here.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(ScenarioForm | IncludeForm)
    made = adapter.json_schema(schema_generator=_Generator)
    for definition in made["$defs"].values():
        _explain(definition)
    title = {"$schema": DIALECT, "title": "Scenario of gemlive-emulator"}
    return title | made


def written() -> str:
    """The schema as the text of a file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _explain(definition: JsonSchemaValue) -> None:
    """Say of each key what it is for.

    That of a step or fault is told in the words of its class, any other as its class or the table says.
    """
    name, told = definition["title"], definition["description"]
    own = dict(_ATTRIBUTE.findall(told))
    definition["description"] = _plainly(told.partition("\n\nAttributes:")[0])
    for key, value in definition.get("properties", {}).items():
        if name in (form.__name__ for form in (STEPS.get(key), FAULTS.get(key)) if form is not None):
            value["description"] = definition["description"]
        else:
            words = own.get(key) or WORDS.get(f"{name}.{key}") or WORDS.get(key)
            if words is None:
                raise KeyError(f"scenario/schema_words.py: say what the key '{key}' of {name} is for")
            value["description"] = _plainly(words)


def _plainly(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


class _Generator(GenerateJsonSchema):
    """Knows what our validators take."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """What is written before the function has looked at it."""
        function = schema["function"]["function"]
        if isinstance(function, OneOf):
            return {"enum": list(function.known)}
        return _known(_BEFORE, function)(self.generate_inner(schema["schema"]))

    def function_plain_schema(self, schema: core_schema.PlainValidatorFunctionSchema) -> JsonSchemaValue:
        """What a function reads that stands alone."""
        return dict(_known(_PLAIN, schema["function"]["function"]))

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Without the default: it is a value of the model, not of the file."""
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        """A title would only repeat the key."""
        return False


def _known(table: Mapping[str, T], function: Callable[..., Any]) -> T:
    name = function.__name__
    if name not in table:
        raise KeyError(f"scenario/schema.py: say in _BEFORE or _PLAIN what {function.__module__}.{name} takes")
    return table[name]


_Widen = Callable[[JsonSchemaValue], JsonSchemaValue]


def _same(inner: JsonSchemaValue) -> JsonSchemaValue:
    return inner


def _or(*others: JsonSchemaValue) -> _Widen:
    return lambda inner: {"anyOf": [*map(dict, others), inner]}


def _text(inner: JsonSchemaValue) -> JsonSchemaValue:
    return {**inner, **_TEXT}


def _one_or_more(inner: JsonSchemaValue) -> JsonSchemaValue:
    return {"anyOf": [inner["items"], _not_empty(inner)]}


def _not_empty(inner: JsonSchemaValue) -> JsonSchemaValue:
    return inner | ({"minItems": 1} if inner.get("type") == "array" else {"minProperties": 1})


def _step(inner: JsonSchemaValue) -> JsonSchemaValue:
    """A step without anything to say of it may be its name alone."""
    return {"anyOf": [{"enum": sorted(STEPS)}, inner]}


def _fault(inner: JsonSchemaValue) -> JsonSchemaValue:
    """As with steps."""
    return {"anyOf": [{"enum": sorted(FAULTS)}, inner]}


_BEFORE: Mapping[str, _Widen] = MappingProxyType(
    {
        "_knows_its_keys": _same,
        "_is_mapping": _same,
        "is_list": _not_empty,
        "is_mapping": _not_empty,
        "is_text": _text,
        "_state_name": _same,
        "_template_text": _same,
        "_response_path": _same,
        "as_list": _one_or_more,
        "_listed": _one_or_more,
        "spell_out": _or(_TEXT, _NULL),
        "_saying": _or(_TEXT),
        "closing": _or(_TEXT, _NULL),
        "_by_modality": _or(_COUNT),
        "_any_audio": _or(_ANY),
        "_any_images": _or(_ANY),
        "_any_time": _or(_ANY, _NULL, _EMPTY),
        "_any_response": _or(_ANY, _NULL, _EMPTY),
        "_words": _or(_NULL, _EMPTY),
        "<lambda>": _or(_NULL, _EMPTY),
        "_is_step": _step,
        "_is_fault": _fault,
        "_spell_moment": _or(_MOMENT, {"type": "number"}),
        "_nothing": _or(_NULL),
    }
)
"""What may be written by the function that looks at it first; what is taken after it goes in."""

_PLAIN: Mapping[str, JsonSchemaValue] = MappingProxyType(
    {
        "_bare": _TEXT,
        "_likeness": _TEXT,
        "_template": _TEXT,
        "_pattern": _TEXT,
        "_duration": _DURATION,
        "_moment": {"anyOf": [*_DURATION["anyOf"], {"const": "end"}]},
        "_span": {"anyOf": [*_DURATION["anyOf"], {"const": "forever"}]},
        "_count": _COUNT,
        "_close_code": _CODES,
        "_probability": {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 1}, {"type": "string"}]},
        "_yes_or_no": {"anyOf": [{"type": "boolean"}, {"enum": ["true", "false"]}]},
    }
)
"""What may be written by the function that reads it."""
