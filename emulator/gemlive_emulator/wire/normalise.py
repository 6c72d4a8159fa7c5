"""What real clients write to what the models say: the forgiving, done once, before validation.

Both casings of names, a single object for a list, a string for content, null for absent, enums in any case and by
number, numbers as strings, both base64 alphabets. It refuses no value: what it does not know how to read stays as it
came, and the models' strict validation, or the caller, judges it. Free-form maps are not looked into.
"""

import base64
import binascii
import json
import math
import re
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic.alias_generators import to_camel

from gemlive_emulator.wire.common import Content, Part, WireModel
from gemlive_emulator.wire.enums import EnumNames
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.json_text import INVALID_PAYLOAD
from gemlive_emulator.wire.setup import GenerationConfig, Setup


@dataclass(slots=True)
class Reading:
    """One message being read: what was forgiven so far, and whether unknown names are."""

    strict: bool
    warnings: list[str] = field(default_factory=list)


Reader = Callable[[Any, str, Reading], Any]
"""From (value, JSON path, reading) to the value as the models want it."""


def read_message(model: type[WireModel], value: Any, path: str, reading: Reading) -> Any:
    """The fields of one message under their proto names; ``value`` itself if it is not an object.

    Raises:
        ClientFault: 1007 in a strict reading, for a name the model does not have.
    """
    if isinstance(value, str) and model in _SHORTHANDS:
        reading.warnings.append(f"a string at '{path}' was taken as {model.__name__}: write an object")
        value = {_SHORTHANDS[model]: value}
    if not isinstance(value, dict):
        return value
    readers = _readers(model)
    found: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for name, item in value.items():
        if item is None:
            continue
        if name not in readers:
            unknown[name] = item
            continue
        field_name, reader = readers[name]
        if field_name in found:
            reading.warnings.append(f"both spellings of '{field_name}' at '{path}': the last one counts")
        found[field_name] = reader(item, f"{path}.{field_name}" if path else field_name, reading)
    if unknown:
        _forgive(model, found, unknown, path, reading)
    return found


_SHORTHANDS: dict[type[WireModel], str] = {Content: "parts", Part: "text"}
"""Messages that hand-written clients write as a plain string, and the field that is meant."""


def _forgive(
    model: type[WireModel], found: dict[str, Any], unknown: dict[str, Any], path: str, reading: Reading
) -> None:
    if reading.strict:
        name = next(iter(unknown))
        where = f" at '{path}'" if path else ""
        words = f"{INVALID_PAYLOAD} Unknown name {json.dumps(name)}{where}: Cannot find field."
        raise ClientFault(1007, words, f"{model.__name__} has: {', '.join(map(to_camel, model.model_fields))}")
    if model is Setup:
        _move_generation_fields(found, unknown, path, reading)
    for name in unknown:
        reading.warnings.append(f"unknown name {json.dumps(name)} at '{path}' was ignored")


def _move_generation_fields(found: dict[str, Any], unknown: dict[str, Any], path: str, reading: Reading) -> None:
    """Take generation fields that were put into the setup itself (a cookbook sample of Google's does)."""
    known = _readers(GenerationConfig)
    misplaced = {name: unknown.pop(name) for name in list(unknown) if name in known}
    if not misplaced:
        return
    for name in misplaced:
        reading.warnings.append(f"'{name}' belongs into '{path}.generation_config': it was moved there")
    moved = read_message(GenerationConfig, misplaced, f"{path}.generation_config", reading)
    config = found.setdefault("generation_config", {})
    if isinstance(config, dict):
        found["generation_config"] = moved | config


@cache
def _readers(model: type[WireModel]) -> dict[str, tuple[str, Reader]]:
    hints = get_type_hints(model, include_extras=True)
    readers: dict[str, tuple[str, Reader]] = {}
    for name in model.model_fields:
        readers[name] = readers[to_camel(name)] = (name, _reader_of(hints[name]))
    return readers


def _reader_of(hint: Any, enum: EnumNames | None = None) -> Reader:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _reader_of(arguments[0], enum)
    if origin is Annotated:
        return _reader_of(arguments[0], next((a for a in arguments[1:] if isinstance(a, EnumNames)), None))
    if origin is list:
        return _list_reader(_reader_of(arguments[0]))
    if origin is dict and isinstance(arguments[1], type) and issubclass(arguments[1], WireModel):
        return _map_reader(_reader_of(arguments[1]))
    if isinstance(hint, type) and issubclass(hint, WireModel):
        return lambda value, path, reading: read_message(hint, value, path, reading)
    if enum is not None:
        return _enum_reader(enum)
    return _SCALARS.get(hint, _as_it_came)


def _list_reader(reader: Reader) -> Reader:
    def read(value: Any, path: str, reading: Reading) -> Any:
        items = value if isinstance(value, list) else [value]
        return [reader(item, f"{path}[{index}]", reading) for index, item in enumerate(items)]

    return read


def _map_reader(reader: Reader) -> Reader:
    # Google's parser counts the entries of a map: parameters.properties[0].value.
    def read(value: Any, path: str, reading: Reading) -> Any:
        if not isinstance(value, dict):
            return value
        entries = enumerate(value.items())
        return {name: reader(item, f"{path}[{index}].value", reading) for index, (name, item) in entries}

    return read


def _enum_reader(enum: EnumNames) -> Reader:
    def read(value: Any, path: str, reading: Reading) -> Any:
        name = enum.full(value)
        if name is not None:
            return name
        reading.warnings.append(f"unknown value {json.dumps(value)} at '{path}': known are {', '.join(enum.names)}")
        return value

    return read


def _as_it_came(value: Any, path: str, reading: Reading) -> Any:
    return value


_WHOLE = re.compile(r"-?\d{1,20}")


def _read_int(value: Any, path: str, reading: Reading) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return value


def _read_float(value: Any, path: str, reading: Reading) -> Any:
    if not isinstance(value, str):
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    return number if math.isfinite(number) else value


def _read_bool(value: Any, path: str, reading: Reading) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


_URL_SAFE_TO_STANDARD = str.maketrans("-_", "+/")


def _read_bytes(value: Any, path: str, reading: Reading) -> Any:
    if not isinstance(value, str):
        return value
    bare = value.translate(_URL_SAFE_TO_STANDARD).rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return value


_SCALARS: dict[Any, Reader] = {int: _read_int, float: _read_float, bool: _read_bool, bytes: _read_bytes}
