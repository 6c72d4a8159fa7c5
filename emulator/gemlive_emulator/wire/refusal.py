"""What the models found wrong, in the words of Google's proto-JSON parser."""

import json
from typing import Any

from pydantic import ValidationError

from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.json_text import INVALID_PAYLOAD

_PROTO_TYPES = {
    "bool_type": "TYPE_BOOL",
    "bytes_type": "TYPE_BYTES",
    "finite_number": "TYPE_FLOAT",
    "float_type": "TYPE_FLOAT",
    "string_type": "TYPE_STRING",
}


def refusal(error: ValidationError, root: str) -> ClientFault:
    """The close for the first thing that is wrong in the message ``root``, such as ``setup``."""
    first = error.errors(include_url=False, include_context=True)[0]
    path = root + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"])
    hint = f"at '{path}': {first['msg']}"
    value, kind = first["input"], first["type"]
    if isinstance(value, list):
        parent, _, name = path.rpartition(".")
        at = f" at '{parent}'" if parent else ""
        told = f'Unknown name "{name}"{at}: Proto field is not repeating, cannot start list.'
        return ClientFault(1007, f"{INVALID_PAYLOAD} {told}", hint)
    shown = json.dumps(value, default=str)
    if kind == "bytes_type" and isinstance(value, str):
        shown = f"Base64 decoding failed for {shown}"
    return ClientFault(1007, f"Invalid value at '{path}' ({_proto_type(kind, first)}), {shown}", hint)


def _proto_type(kind: str, details: Any) -> str:
    if kind == "model_type":
        return f"type.googleapis.com/google.ai.generativelanguage.v1beta.{details['ctx']['class_name']}"
    return _PROTO_TYPES.get(kind, "TYPE_INT32")
