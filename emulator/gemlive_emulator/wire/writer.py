"""Models to JSON values by the rules of proto-JSON, as the real server writes them."""

import base64
from typing import Any, get_args

from gemlive_emulator.wire.common import Bits, WireModel, field_hints, to_camel


def to_wire(model: WireModel) -> dict[str, Any]:
    """A message as a JSON object.

    camelCase names; defaults (``None``, ``False``, 0, ``""``, empty lists and bytes) are left out, but empty messages
    stay ``{}``; int64 as strings, bytes as standard base64; the names of maps, and free-form maps, as they are.
    """
    wire: dict[str, Any] = {}
    for name, camel, is_int64 in _fields(type(model)):
        value = getattr(model, name)
        if value or isinstance(value, WireModel | dict):
            wire[camel] = str(value) if is_int64 else _value(value)
    return wire


_FIELDS: dict[type[WireModel], tuple[tuple[str, str, bool], ...]] = {}


def _fields(model: type[WireModel]) -> tuple[tuple[str, str, bool], ...]:
    """Name, wire name and whether it is an int64, of every field; made once."""
    if model not in _FIELDS:
        _FIELDS[model] = tuple((name, to_camel(name), _is_int64(hint)) for name, hint in field_hints(model).items())
    return _FIELDS[model]


def _is_int64(hint: Any) -> bool:
    return any(Bits(64) in get_args(choice) for choice in get_args(hint))


def _value(value: Any) -> Any:
    if isinstance(value, WireModel):
        return to_wire(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, dict):
        # The names of a map are the user's, but what they name may be ours: the properties of a schema.
        return {name: _value(item) for name, item in value.items()}
    return value
