"""Whether arguments are what a function was declared to take, and its response what it was declared to give.

The schema language is the API's subset of OpenAPI 3.0. Two of its words are not looked at: ``pattern``, because an
expression that a client wrote may take for ever on a text that it chose, and ``format``, which is a hint to the model.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.tools import FunctionDeclaration, Schema

DEEPEST = 64
"""Levels of a value, and of references and ``anyOf`` on the way to it, that are looked at."""

_LONGEST_SHOWN = 60
_KINDS = {
    "STRING": "a string",
    "NUMBER": "a number",
    "INTEGER": "a whole number",
    "BOOLEAN": "true or false",
    "ARRAY": "an array",
    "OBJECT": "an object",
    "NULL": "null",
}


def why_not_args(function: FunctionDeclaration, args: Mapping[str, Any]) -> str | None:
    """Why these are no arguments of the function, in words with the path of the value; ``None`` if they are.

    A function without ``parameters`` takes no arguments. ``parametersJsonSchema`` is not looked at: where the model
    family reads it, the toolbox has made parameters of it.
    """
    if function.parameters is not None:
        wrong = why_not_value(function.parameters, dict(args), "args")
    elif args:
        wrong = f"args.{next(iter(args))} is not declared; the function takes no arguments"
        if function.parameters_json_schema is not None:
            wrong += (
                ", because this model family ignores parametersJsonSchema: declare them in parameters, or set "
                "behaviour.calling.json_schema"
            )
    else:
        wrong = None
    return None if wrong is None else f"{function.name}: {wrong}"


def why_not_response(function: FunctionDeclaration, response: Mapping[str, Any]) -> str | None:
    """Why a client's response is not what the function's ``response`` schema declares; ``None`` if it is.

    The schema is that of the function's output: what stands under ``output``, or under a ``result`` that is alone
    (google-genai wraps so), or else the whole response (documented). An ``error`` is always right.
    """
    if function.response is None or "error" in response:
        return None
    if "output" in response:
        wrong = why_not_value(function.response, response["output"], "response.output")
    else:
        wrong = why_not_value(function.response, dict(response), "response")
        if wrong is not None and set(response) == {"result"}:
            wrong = why_not_value(function.response, response["result"], "response.result")
    return None if wrong is None else f"{function.name}: {wrong}"


def why_not_value(schema: Schema, value: Any, path: str = "value") -> str | None:
    """Why a JSON value does not fit a schema, with its path, what it is and what would be right."""
    return _Check(schema.defs or {}).why_not(schema, value, path, 0)


def resolved(schema: Schema, defs: Mapping[str, Schema]) -> Schema:
    """What a schema with a ``$ref`` refers to, if that is among the definitions; else the schema itself."""
    return defs.get((schema.ref or "").rpartition("/")[2], schema)


def kind_of(schema: Schema) -> str:
    """The type of a schema in capital letters, read from its other fields if it has none; ``""`` for any."""
    if schema.type and schema.type.upper() in _KINDS:
        return schema.type.upper()
    if schema.properties is not None:
        return "OBJECT"
    return "ARRAY" if schema.items is not None else ""


def is_kind(kind: str, value: Any) -> bool:
    """Whether a JSON value is of a type; any is of the type ``""``, and 3.0 is a whole number."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    tests: dict[str, Callable[[], bool]] = {
        "STRING": lambda: isinstance(value, str),
        "NUMBER": lambda: is_number,
        "INTEGER": lambda: is_number and (isinstance(value, int) or value.is_integer()),
        "BOOLEAN": lambda: isinstance(value, bool),
        "ARRAY": lambda: isinstance(value, list | tuple),
        "OBJECT": lambda: isinstance(value, Mapping),
        "NULL": lambda: value is None,
    }
    return kind not in tests or tests[kind]()


@dataclass(frozen=True, slots=True)
class _Check:
    """One check; ``defs`` are the definitions of the schema it began with."""

    defs: Mapping[str, Schema]

    def why_not(self, schema: Schema, value: Any, path: str, depth: int) -> str | None:
        if depth > DEEPEST:
            return f"{path} is nested too deeply; at most {DEEPEST} levels are looked at"
        schema = resolved(schema, self.defs)
        if value is None and schema.nullable:
            return None
        return self._why_not_kind(schema, value, path) or self._why_not_inside(schema, value, path, depth)

    def _why_not_kind(self, schema: Schema, value: Any, path: str) -> str | None:
        kind = kind_of(schema)
        if not is_kind(kind, value):
            return _wrong(path, value, _KINDS[kind] + _of(schema))
        if schema.enum and not any(_same(value, allowed) for allowed in schema.enum):
            return _wrong(path, value, "one of " + ", ".join(map(_shown, schema.enum[:20])))
        return None

    def _why_not_inside(self, schema: Schema, value: Any, path: str, depth: int) -> str | None:
        if schema.any_of:
            wrong = [self.why_not(branch, value, path, depth + 1) for branch in schema.any_of]
            if None not in wrong:
                return f"{path} fits nothing of anyOf: " + "; ".join(filter(None, wrong[:3]))
        if isinstance(value, str):
            return _why_not_count(schema.min_length, schema.max_length, len(value), path, "characters")
        if isinstance(value, Mapping):
            return self._why_not_object(schema, value, path, depth)
        if isinstance(value, list | tuple):
            return self._why_not_array(schema, value, path, depth)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _why_not_size(schema, value, path)
        return None

    def _why_not_object(self, schema: Schema, value: Mapping[str, Any], path: str, depth: int) -> str | None:
        declared = schema.properties or {}
        for name in schema.required or ():
            if name not in value:
                right = f"; it has to be {_right(resolved(declared[name], self.defs))}" if name in declared else ""
                return f"{_inside(path, name)} is missing{right}"
        if schema.properties is not None and not schema.additional_properties:
            known = list(dict.fromkeys([*declared, *(schema.required or ())]))
            for name in value:
                if name not in known:
                    return f"{_inside(path, name)} is not declared; {_takes(known)}"
        inner = ((declared[name], item, _inside(path, name)) for name, item in value.items() if name in declared)
        return self._first_wrong(inner, depth) or _why_not_count(
            schema.min_properties, schema.max_properties, len(value), path, "properties"
        )

    def _why_not_array(self, schema: Schema, value: list[Any] | tuple[Any, ...], path: str, depth: int) -> str | None:
        wrong = _why_not_count(schema.min_items, schema.max_items, len(value), path, "items")
        if wrong is not None or schema.items is None:
            return wrong
        items = schema.items
        return self._first_wrong(((items, item, f"{path}[{at}]") for at, item in enumerate(value)), depth)

    def _first_wrong(self, inner: Iterable[tuple[Schema, Any, str]], depth: int) -> str | None:
        reasons = (self.why_not(schema, item, path, depth + 1) for schema, item, path in inner)
        return next((reason for reason in reasons if reason is not None), None)


def _same(value: Any, allowed: Any) -> bool:
    """Whether a value is an enum's: the API writes enums as strings, whatever the type."""
    if isinstance(value, bool) or isinstance(allowed, bool):
        return value is allowed or str(value).casefold() == allowed
    return bool(value == allowed) or (isinstance(allowed, str) and not isinstance(value, str) and str(value) == allowed)


def _why_not_count(least: int | None, most: int | None, count: int, path: str, what: str) -> str | None:
    if least is not None and count < least:
        return f"{path} has {count} {what}; it has to have at least {least}"
    if most is not None and count > most:
        return f"{path} has {count} {what}; it can have at most {most}"
    return None


def _why_not_size(schema: Schema, value: float, path: str) -> str | None:
    if schema.minimum is not None and value < schema.minimum:
        return _wrong(path, value, f"{schema.minimum:g} or more")
    if schema.maximum is not None and value > schema.maximum:
        return _wrong(path, value, f"{schema.maximum:g} or less")
    return None


def _wrong(path: str, value: Any, right: str) -> str:
    return f"{path} is {_shown(value)}; it has to be {right}"


def _right(schema: Schema) -> str:
    if schema.enum:
        return "one of " + ", ".join(map(_shown, schema.enum[:20]))
    return _KINDS.get(kind_of(schema), "any value") + _of(schema)


def _of(schema: Schema) -> str:
    """Of what an array is."""
    inner = kind_of(schema.items) if schema.items is not None else ""
    return f" of {inner}" if inner else ""


def _takes(known: list[str]) -> str:
    return f"there {'is' if len(known) == 1 else 'are'} {', '.join(known[:20])}" if known else "there are no properties"


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if name.isidentifier() else f"{path}[{_shown(name)}]"


def _shown(value: Any) -> str:
    """A value as JSON, cut."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
