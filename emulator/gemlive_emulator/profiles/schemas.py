"""What the server says to the parameter schemas of function declarations."""

from collections.abc import Iterator

from gemlive_emulator.wire.closes import INVALID, fault, unknown_name
from gemlive_emulator.wire.setup import Setup
from gemlive_emulator.wire.tools import Schema

_JSON_SCHEMA_ONLY = {"additional_properties": "additionalProperties", "ref": "$ref", "defs": "$defs"}


def check_schemas(setup: Setup) -> None:
    """Refuse JSON Schema words that the API's schema does not have, and enums of anything but strings.

    Reported in forum and SDK issues (``additionalProperties``, ``$ref``), and in livekit agents#4159 (enums).
    """
    for tool_at, tool in enumerate(setup.tools or ()):
        for at, function in enumerate(tool.function_declarations or ()):
            if function.parameters is not None:
                place = f"tools[{tool_at}].function_declarations[{at}].parameters"
                for where, schema in _walk(function.parameters, place):
                    _check(schema, where)


def _walk(schema: Schema, place: str) -> Iterator[tuple[str, Schema]]:
    yield place, schema
    for name, child in (schema.properties or {}).items():
        yield from _walk(child, f"{place}.properties[{name}]")
    for at, child in enumerate(schema.any_of or ()):
        yield from _walk(child, f"{place}.any_of[{at}]")
    if schema.items is not None:
        yield from _walk(schema.items, f"{place}.items")


def _check(schema: Schema, place: str) -> None:
    for field, name in _JSON_SCHEMA_ONLY.items():
        if getattr(schema, field) is not None:
            raise fault(unknown_name(name, f"setup.{place}"), f"{name} is no field of the API's Schema")
    if schema.enum is not None and schema.type not in (None, "STRING"):
        words = f"* BidiGenerateContentRequest.setup.{place}.enum: only allowed for STRING type\n"
        raise fault((INVALID, words), f"enum on {schema.type}; only strings can have one")
