"""JSON values to models, as Google's proto-JSON parser reads them, and with what real clients write beside it.

Forgiven: both casings of names, a single object for a list, a string for content, null for absent, enums in any case,
in short or by number, numbers as strings, both base64 alphabets. Free-form maps are never looked into. What cannot be
meant is refused with the words of Google's parser, as far as they are known.

It goes by the annotations of the models alone.
"""

import json
import math
import re
import types
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Annotated, Any, Union, get_args, get_origin

from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.closes import INVALID
from gemlive_emulator.wire.common import (
    Bits,
    Content,
    Model,
    Part,
    WireModel,
    field_hints,
    from_base64,
    holding,
    to_camel,
)
from gemlive_emulator.wire.enums import EnumNames
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.json_text import INVALID_PAYLOAD, MOST_WARNINGS
from gemlive_emulator.wire.setup import GenerationConfig, Setup

MOST_READ = 100_000
"""Fields and items of one message; what the protocol leaves free, as the result of a function, does not count."""


@dataclass(slots=True)
class Reading:
    """One message being read: whether unknown names are refused, and what was forgiven so far."""

    strict: bool
    warnings: list[str] = field(default_factory=list)
    taken: int = 0

    def take(self, count: int, path: str) -> None:
        """Count the fields and items that are to be read at a place.

        Raises:
            ClientFault: 1007; more of them would keep all other sessions waiting.
        """
        self.taken += count
        if self.taken > MOST_READ:
            words = f"{INVALID_PAYLOAD} Too many values at '{path}'."
            raise ClientFault(INVALID, words, f"one message may hold {MOST_READ} fields and items; send several")

    def warn(self, text: str) -> None:
        """Note what was forgiven, up to a bound."""
        if len(self.warnings) < MOST_WARNINGS:
            self.warnings.append(text)


Reader = Callable[[Any, str, Reading], Any]
"""From (value, path, reading) to the field's value. Raises ClientFault for a value that cannot be meant."""


def read_message(model: type[Model], value: Any, path: str, reading: Reading) -> Model:
    """One message of the protocol.

    Args:
        model: which.
        value: a JSON value.
        path: where it stands, such as ``setup.tools[0]``; ``""`` for the root.
        reading: takes the warnings.

    Raises:
        ClientFault: 1007, with the path in its words.
    """
    return holding(model, _fields(model, value, path, reading))


def _fields(model: type[WireModel], value: Any, path: str, reading: Reading) -> dict[str, Any]:
    """The fields of one message under their proto names."""
    if isinstance(value, str) and model in _SHORTHANDS:
        reading.warn(f"a string at '{path}' was taken as {model.__name__}: write an object")
        value = _SHORTHANDS[model](value)
    if not isinstance(value, dict):
        raise _no_message(model, value, path)
    reading.take(len(value), path)
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
            reading.warn(f"both spellings of '{field_name}' at '{path}': the last one counts")
        found[field_name] = reader(item, _inside(path, field_name), reading)
    if unknown:
        _forgive(model, found, unknown, path, reading)
    return found


_SHORTHANDS: dict[type[WireModel], Callable[[str], dict[str, Any]]] = {
    Content: lambda text: {"parts": [{"text": text}]},
    Part: lambda text: {"text": text},
}
"""Messages that hand-written clients write as a plain string, and what they mean."""


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _forgive(
    model: type[WireModel], found: dict[str, Any], unknown: dict[str, Any], path: str, reading: Reading
) -> None:
    if reading.strict:
        hint = f"'{path}' is a {model.__name__}, which has: {', '.join(map(to_camel, field_hints(model)))}"
        raise _unknown_name(path, next(iter(unknown)), "Cannot find field.", hint)
    if model is Setup:
        _move_generation_fields(found, unknown, path, reading)
    for name in unknown:
        reading.warn(f"unknown name {json.dumps(name)} at '{path}' was ignored")


def _move_generation_fields(found: dict[str, Any], unknown: dict[str, Any], path: str, reading: Reading) -> None:
    """Take generation fields that were put into the setup itself, as a cookbook sample of Google's does."""
    known = _readers(GenerationConfig)
    misplaced = {name: unknown.pop(name) for name in list(unknown) if name in known}
    if not misplaced:
        return
    target = f"{path}.generation_config"
    for name in misplaced:
        reading.warn(f"'{name}' at '{path}' was moved into '{target}', where it belongs")
    moved = _fields(GenerationConfig, misplaced, target, reading)
    placed = vars(found["generation_config"]) if "generation_config" in found else {}
    found["generation_config"] = holding(GenerationConfig, moved | placed)


_READERS: dict[type[WireModel], dict[str, tuple[str, Reader]]] = {}


def _readers(model: type[WireModel]) -> dict[str, tuple[str, Reader]]:
    """Every spelling of every field of a model, with the field's name and reader; made once."""
    readers = _READERS.get(model)
    if readers is None:
        readers = _READERS[model] = {}
        for name, hint in field_hints(model).items():
            readers[name] = readers[to_camel(name)] = (name, _reader_of(hint))
    return readers


def _reader_of(hint: Any) -> Reader:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _reader_of(arguments[0])
    if origin is Annotated:
        return _marked_reader(arguments)
    if origin in (list, Sequence):
        return _list_reader(_reader_of(arguments[0]))
    if origin is dict:
        return _map_reader(arguments[1])
    if isinstance(hint, type) and issubclass(hint, WireModel):
        return lambda value, path, reading: read_message(hint, value, path, reading)
    return _SCALARS[hint]


def _marked_reader(arguments: tuple[Any, ...]) -> Reader:
    mark = arguments[-1]
    return _enum_reader(mark) if isinstance(mark, EnumNames) else _int_reader(mark)


def _list_reader(reader: Reader) -> Reader:
    def read(value: Any, path: str, reading: Reading) -> Any:
        items = value if isinstance(value, list) else [value]
        reading.take(len(items), path)
        return [reader(item, f"{path}[{index}]", reading) for index, item in enumerate(items)]

    return read


def _map_reader(hint: Any) -> Reader:
    # Google's parser counts the entries of a map: parameters.properties[0].value.
    reader = _reader_of(hint)

    def read(value: Any, path: str, reading: Reading) -> Any:
        if not isinstance(value, dict):
            raise _misfit(value, path, "map")
        reading.take(len(value), path)
        entries = enumerate(value.items())
        return {name: reader(item, f"{path}[{index}].value", reading) for index, (name, item) in entries}

    return read


def _enum_reader(enum: EnumNames) -> Reader:
    def read(value: Any, path: str, reading: Reading) -> Any:
        name = enum.full(value)
        if name is None:
            if not isinstance(value, str | int) or isinstance(value, bool):
                raise _misfit(value, path, "TYPE_ENUM")
            reading.warn(f"unknown value {json.dumps(value)} at '{path}': known are {', '.join(enum.names)}")
            return str(value)
        if isinstance(value, str) and value.upper() != name:
            reading.warn(f"{json.dumps(value)} at '{path}' was taken as {name}")
        return name

    return read


_WHOLE = re.compile(r"-?[0-9]{1,20}")


def _int_reader(bits: Bits) -> Reader:
    limit = 1 << (bits.count - 1)

    def read(value: Any, path: str, reading: Reading) -> Any:
        number = value
        if (isinstance(value, str) and _WHOLE.fullmatch(value)) or (isinstance(value, float) and value.is_integer()):
            number = int(value)
        if not isinstance(number, int) or isinstance(number, bool) or not -limit <= number < limit:
            raise _misfit(value, path, f"TYPE_INT{bits.count}")
        return number

    return read


def _read_float(value: Any, path: str, reading: Reading) -> Any:
    try:
        number = math.nan if isinstance(value, bool | list | dict) else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise _misfit(value, path, "TYPE_FLOAT")
    return number


def _read_bool(value: Any, path: str, reading: Reading) -> Any:
    spelled = {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
    if not isinstance(spelled, bool):
        raise _misfit(value, path, "TYPE_BOOL")
    return spelled


def _read_str(value: Any, path: str, reading: Reading) -> Any:
    if not isinstance(value, str):
        raise _misfit(value, path, "TYPE_STRING")
    return value


def _read_bytes(value: Any, path: str, reading: Reading) -> Any:
    if not isinstance(value, str):
        raise _misfit(value, path, "TYPE_BYTES")
    try:
        return from_base64(value)
    except ValueError as error:
        shown = json.dumps(value[:40])
        words = f"Invalid value at '{path}' (TYPE_BYTES), Base64 decoding failed for {shown}"
        raise ClientFault(INVALID, words, f"{error}; standard and URL-safe base64 will do, without spaces") from None


def _as_it_came(value: Any, path: str, reading: Reading) -> Any:
    return value


_SCALARS: dict[Any, Reader] = {
    Any: _as_it_came,
    bool: _read_bool,
    bytes: _read_bytes,
    float: _read_float,
    int: _int_reader(Bits(32)),
    str: _read_str,
}


def _no_message(model: type[WireModel], value: Any, path: str) -> ClientFault:
    if not path:
        return ClientFault(INVALID, f"{INVALID_PAYLOAD} Root element must be a message.", "a frame is one JSON object")
    return _misfit(value, path, f"type.googleapis.com/google.ai.generativelanguage.v1beta.{model.__name__}")


_IN_WORDS = {
    "TYPE_BOOL": "true or false",
    "TYPE_BYTES": "a base64 string",
    "TYPE_ENUM": "one of the documented names",
    "TYPE_FLOAT": "a finite number",
    "TYPE_INT32": "a whole number of 32 bits",
    "TYPE_INT64": "a whole number of 64 bits",
    "TYPE_STRING": "a string",
}


def _misfit(value: Any, path: str, due: str) -> ClientFault:
    """The fault for a value of the wrong type, where ``due`` is the type in the parser's words."""
    parent, _, name = path.rpartition(".")
    hint = f"'{path}' is to be {_IN_WORDS.get(due, 'an object')}"
    if isinstance(value, list):
        return _unknown_name(parent, name, "Proto field is not repeating, cannot start list.", hint)
    if isinstance(value, dict):
        return _unknown_name(parent, name, "Starting an object on a scalar field.", hint)
    return ClientFault(INVALID, f"Invalid value at '{path}' ({due}), {json.dumps(value)}", hint)


def _unknown_name(path: str, name: str, why: str, hint: str) -> ClientFault:
    where = f" at '{path}'" if path else ""
    return ClientFault(INVALID, f"{INVALID_PAYLOAD} Unknown name {json.dumps(name)}{where}: {why}", hint)
