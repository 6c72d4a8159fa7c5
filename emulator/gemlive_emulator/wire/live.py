"""The fast way for what is said all the time: realtime input and typed turns.

It knows a few exact shapes and forgives nothing, so whatever needs forgiving goes to the reader. Three things a JSON
parser lets pass: a duplicate name, a name that is not looked at, and a lone surrogate. But every string costs two
quotes: a frame that has more quotes than the shape that came out of it holds something else (or a quote within a
text), and goes to the reader as well; so does one with an escape that could be a surrogate.
"""

import json
from collections.abc import Callable
from typing import Any

from gemlive_emulator.wire.client import ClientContent, ClientMessage, RealtimeInput
from gemlive_emulator.wire.common import Blob, Content, Part, from_base64, holding
from gemlive_emulator.wire.reader import MOST_READ

_HEADS = (b'{"realtime', b'{"client')
_STRING = 2
"""Quotes of a string."""


class _OtherShapeError(Exception):
    """The frame is none of the shapes known here."""


def recognise(frame: bytes) -> ClientMessage | None:
    """The message, if it has one of the few shapes known here; ``None`` says nothing about its being right."""
    if not frame.startswith(_HEADS) or (b"\\u" in frame and (b"\\ud" in frame or b"\\uD" in frame)):
        return None
    if len(frame) > MOST_READ and frame.count(b",") > MOST_READ:
        return None
    try:
        # Of bytes it would take lone surrogates, which are no UTF-8.
        ((name, value),) = json.loads(frame.decode()).items()
        quotes, message = _TOP[name](value)
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, _OtherShapeError):
        return None
    return message if quotes + _STRING == frame.count(b'"') else None


def _client_content(value: Any) -> tuple[int, ClientMessage]:
    given: dict[str, Any] = {}
    quotes = _STRING * len(value)
    for name, item in value.items():
        if name == "turns" and type(item) is list:
            turns = [_content(turn) for turn in item]
            quotes += sum(cost for cost, _ in turns)
            given["turns"] = [turn for _, turn in turns]
        elif name in ("turnComplete", "turn_complete") and type(item) is bool and "turn_complete" not in given:
            given["turn_complete"] = item
        else:
            raise _OtherShapeError
    return quotes, holding(ClientMessage, {"client_content": holding(ClientContent, given)})


def _content(value: Any) -> tuple[int, Content]:
    given: dict[str, Any] = {}
    quotes = _STRING * len(value)
    for name, item in value.items():
        if name == "parts" and type(item) is list:
            given["parts"] = [holding(Part, {"text": _text_of(part)}) for part in item]
            quotes += 2 * _STRING * len(item)
        elif name == "role" and type(item) is str:
            given["role"] = item
            quotes += _STRING
        else:
            raise _OtherShapeError
    return quotes, holding(Content, given)


def _text_of(part: Any) -> str:
    ((name, text),) = part.items()
    if name != "text" or type(text) is not str:
        raise _OtherShapeError
    return text


def _realtime_input(value: Any) -> tuple[int, ClientMessage]:
    ((name, item),) = value.items()
    if name == "text" and type(item) is str:
        quotes = _STRING
    elif name in ("audio", "video"):
        quotes, item = _blob(item)
    else:
        raise _OtherShapeError
    return quotes + _STRING, holding(ClientMessage, {"realtime_input": holding(RealtimeInput, {name: item})})


def _blob(value: Any) -> tuple[int, Blob]:
    given: dict[str, Any] = {}
    for name, item in value.items():
        if type(item) is not str:
            raise _OtherShapeError
        if name == "data":
            given["data"] = from_base64(item)
        elif name in ("mimeType", "mime_type") and "mime_type" not in given:
            given["mime_type"] = item
        else:
            raise _OtherShapeError
    return 2 * _STRING * len(value), holding(Blob, given)


_TOP: dict[str, Callable[[Any], tuple[int, ClientMessage]]] = {
    "clientContent": _client_content,
    "client_content": _client_content,
    "realtimeInput": _realtime_input,
    "realtime_input": _realtime_input,
}
