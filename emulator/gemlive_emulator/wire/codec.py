"""Frames to client messages, and server messages to frames.

The contract of :func:`decode`: it returns a message or raises :class:`~gemlive_emulator.wire.errors.ClientFault`,
whatever the bytes are.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from gemlive_emulator.wire import closes
from gemlive_emulator.wire.client import ClientMessage
from gemlive_emulator.wire.common import field_hints
from gemlive_emulator.wire.json_text import parse
from gemlive_emulator.wire.live import recognise
from gemlive_emulator.wire.reader import Reading, read_message
from gemlive_emulator.wire.writer import to_wire

if TYPE_CHECKING:
    from gemlive_emulator.wire.server import ServerMessage


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
    frame = data if isinstance(data, bytes) else _as_bytes(data)
    message = recognise(frame)
    return read(frame, strict=strict) if message is None else Decoded(message, ())


def _as_bytes(data: bytearray | memoryview | str) -> bytes:
    # A lone surrogate has no UTF-8; as a JSON escape the parser will find and mend it.
    return data.encode("utf-8", "backslashreplace") if isinstance(data, str) else bytes(data)


def read(frame: bytes, *, strict: bool = False) -> Decoded:
    """What :func:`decode` does with every frame that is not recognised at once.

    Raises:
        ClientFault: as :func:`decode`.
    """
    reading = Reading(strict)
    found = read_message(ClientMessage, parse(frame, reading.warnings), "", reading)
    if len(found.fields_given) != 1:
        told = " and ".join(sorted(found.fields_given)) or "none"
        known = ", ".join(field_hints(ClientMessage))
        hint = "; ".join([f"a message holds exactly one of {known}; found {told}", *reading.warnings])
        raise closes.fault(closes.INVALID_ARGUMENT, hint)
    return Decoded(found, tuple(reading.warnings))


def read_server(frame: bytes) -> "ServerMessage":
    """A server message read back, for typed views of what was sent.

    Raises:
        ClientFault: the frame holds a name or a value that no server message has; the hint says where.
    """
    from gemlive_emulator.wire.server import ServerMessage

    reading = Reading(strict=True)
    return read_message(ServerMessage, parse(frame, reading.warnings), "", reading)


def encode(message: "ServerMessage") -> bytes:
    """A server message as it goes into a binary frame: compact ASCII JSON in camelCase, defaults left out."""
    return encode_json(to_wire(message))


def encode_json(obj: Mapping[str, Any]) -> bytes:
    """A ready-made message (camelCase names, no defaults) as compact ASCII JSON.

    ASCII, because clients are known to decode frames as such; lone surrogates go out as their escapes.
    """
    return json.dumps(obj, separators=(",", ":")).encode("ascii")
