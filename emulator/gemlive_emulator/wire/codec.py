"""Frames to client messages, and server messages to frames.

The contract of :func:`decode`: it returns a message or raises :class:`~gemlive_emulator.wire.errors.ClientFault`,
whatever the bytes are.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from gemlive_emulator.wire.client import (
    ClientContent,
    ClientMessage,
    ContextUpdate,
    RealtimeInput,
    ToolResponse,
)
from gemlive_emulator.wire.common import WireModel
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.json_text import INVALID_PAYLOAD, parse
from gemlive_emulator.wire.normalise import Reading, read_message
from gemlive_emulator.wire.refusal import refusal
from gemlive_emulator.wire.setup import Setup

if TYPE_CHECKING:
    from gemlive_emulator.wire.server import ServerMessage

INVALID_ARGUMENT = "Request contains an invalid argument."

_PAYLOADS: dict[str, type[WireModel]] = {
    "setup": Setup,
    "client_content": ClientContent,
    "realtime_input": RealtimeInput,
    "tool_response": ToolResponse,
    "context_update": ContextUpdate,
}


class Decoded(NamedTuple):
    """A message, and what was forgiven in it (words for the log, with JSON paths)."""

    message: ClientMessage
    warnings: tuple[str, ...]


def decode(data: bytes | bytearray | memoryview | str, *, strict: bool = False) -> Decoded:
    """One frame (text or binary, UTF-8 JSON) to one message.

    Args:
        data: the payload of the frame.
        strict: refuse names that the protocol does not have, as the real server does; else they are warned of.

    Raises:
        ClientFault: 1007, with the real server's words where they are known, and a hint with the JSON path.
    """
    reading = Reading(strict)
    value = parse(data, reading.warnings)
    if not isinstance(value, dict):
        raise ClientFault(1007, f"{INVALID_PAYLOAD} Root element must be a message.", "send one JSON object a frame")
    found = read_message(ClientMessage, value, "", reading)
    if len(found) != 1:
        told = " and ".join(found) or "none"
        raise ClientFault(1007, INVALID_ARGUMENT, f"exactly one of {', '.join(_PAYLOADS)} is due, found {told}")
    ((name, payload),) = found.items()
    try:
        message = _PAYLOADS[name].model_validate(payload)
    except ValidationError as error:
        raise refusal(error, name) from None
    return Decoded(ClientMessage.model_construct(_fields_set={name}, **{name: message}), tuple(reading.warnings))


def encode(message: "ServerMessage") -> bytes:
    """A server message as it goes into a binary frame: compact ASCII JSON in camelCase, defaults left out."""
    from gemlive_emulator.wire.server import to_wire

    return encode_json(to_wire(message))


def encode_json(obj: Mapping[str, Any]) -> bytes:
    """A ready-made message (camelCase names, no defaults) as compact ASCII JSON.

    ASCII, because clients are known to decode frames as such; lone surrogates go out as their escapes.
    """
    return json.dumps(obj, separators=(",", ":")).encode("ascii")
