"""The fast way for what is said all the time: realtime input and typed turns.

One call of the models' own validator takes the frame. It forgives nothing, so whatever needs forgiving fails and goes
to the reader. Three things it would let pass: a duplicate name, both spellings of one field, and null. But every name
costs two quotes, and every text two more: a frame that has more quotes than the shape that came out of it holds
something else (or a quote within a text), and goes to the reader as well.
"""

from gemlive_emulator.wire.client import ClientContent, ClientMessage, RealtimeInput
from gemlive_emulator.wire.common import Blob, Part

_HEADS = (b'{"realtime', b'{"client')
_NAME = 2
_TEXT = 4
"""Quotes of a name; and of a name with a text."""


def recognise(frame: bytes) -> ClientMessage | None:
    """The message, if it has one of the few shapes known here; ``None`` says nothing about its being right."""
    if not frame.startswith(_HEADS):
        return None
    try:
        message: ClientMessage = ClientMessage.__pydantic_validator__.validate_json(frame)
    except ValueError:
        return None
    if message.realtime_input is not None:
        quotes = _in_realtime_input(message.realtime_input)
    elif message.client_content is not None:
        quotes = _in_client_content(message.client_content)
    else:
        return None
    return message if quotes == frame.count(b'"') else None


def warm_up() -> None:
    """Build the validators now instead of with the first message (about 30 ms, once a process)."""
    ClientMessage.model_rebuild()


def _in_realtime_input(found: RealtimeInput) -> int:
    quotes = _NAME
    for blob in (found.audio, found.video):
        if blob is not None:
            quotes += _NAME + _in_blob(blob)
    if found.media_chunks is not None:
        quotes += _NAME + sum(map(_in_blob, found.media_chunks))
    if found.text is not None:
        quotes += _TEXT
    for other in (found.audio_stream_end, found.activity_start, found.activity_end):
        if other is not None:
            quotes += _NAME
    return quotes


def _in_client_content(found: ClientContent) -> int:
    quotes = _NAME + _NAME * len(found.model_fields_set)
    for turn in found.turns or ():
        if turn.role is not None:
            quotes += _TEXT
        if turn.parts:
            quotes += _NAME
        for part in turn.parts:
            quotes += _TEXT if part.text is not None else _in_media(part)
    return quotes


def _in_media(found: Part) -> int:
    return 0 if found.inline_data is None else _NAME + _in_blob(found.inline_data)


def _in_blob(found: Blob) -> int:
    quotes = _TEXT if "data" in found.model_fields_set else 0
    return quotes if found.mime_type is None else quotes + _TEXT
