"""The fastest way, for what is said fifty times a second: the audio message, as this client writes it.

A client writes all its audio messages alike; only the base64 differs. So one is read in full, and what stands before
and after its base64 is kept. A later frame with the same bytes before and after, and flawless base64 in between, is the
same JSON with other audio: nothing that base64 is made of ends a string or escapes. Any other frame is read in full.
"""

import re
from functools import lru_cache

from pybase64 import b64decode

from gemlive_emulator.wire.client import ClientMessage
from gemlive_emulator.wire.codec import Decoded
from gemlive_emulator.wire.common import Blob

_SHARED = 1_000
"""Bytes around the base64; templates with more are not kept for others."""
_DATA = re.compile(rb'"data"[ \t\r\n]*:[ \t\r\n]*"')
"""Where the base64 begins. In a frame that was read without a warning there is no other such place: every name in it is
known, and within a string each quote has a backslash before it."""


class Template:
    """How one client writes an audio message.

    Args:
        head: the bytes before the base64.
        tail: the bytes after it.
        mime_type: of the audio, as the client wrote it.
    """

    __slots__ = ("_head", "_least", "_start", "_stop", "_tail", "mime_type")

    def __init__(self, head: bytes, tail: bytes, mime_type: str) -> None:
        self._head = head
        self._tail = tail
        self._start = len(head)
        self._stop = -len(tail)
        self._least = len(head) + len(tail)
        self.mime_type = mime_type

    def audio_in(self, frame: bytes) -> bytes | None:
        """The audio of a message that is written this way; ``None`` says nothing about its being right."""
        if len(frame) < self._least or not frame.startswith(self._head) or not frame.endswith(self._tail):
            return None
        try:
            return b64decode(frame[self._start : self._stop].replace(b"-", b"+").replace(b"_", b"/"), None, True)
        except ValueError:
            return None


def sound_of(message: ClientMessage) -> Blob | None:
    """The audio of a message, whatever else is in it: the first of ``mediaChunks`` too, as clients of 2.x send it."""
    realtime = message.realtime_input
    if realtime is None:
        return None
    if realtime.audio is not None:
        return realtime.audio
    first = next(iter(realtime.media_chunks or ()), None)
    return first if first is not None and (first.mime_type or "").lower().startswith("audio/") else None


def learn(frame: bytes, decoded: Decoded) -> Template | None:
    """The template of a frame that was read; ``None`` if it holds more than audio, or something had to be forgiven."""
    blob, found = sound_of(decoded.message), _DATA.search(frame)
    if decoded.warnings or blob is None or blob.mime_type is None or found is None or not _is_alone(blob, decoded):
        return None
    template = _template(frame[: found.end()], frame[frame.index(b'"', found.end()) :], blob.mime_type)
    # Not so if the base64 has a JSON escape, as that of encoders that escape the slash.
    return template if template.audio_in(frame) == blob.data else None


def _template(head: bytes, tail: bytes, mime_type: str) -> Template:
    """The same for all clients that write alike: one that all of them use is always in the processor's cache."""
    short = len(head) + len(tail) + len(mime_type) < _SHARED
    return (_shared_template if short else Template)(head, tail, mime_type)


@lru_cache(maxsize=64)
def _shared_template(head: bytes, tail: bytes, mime_type: str) -> Template:
    return Template(head, tail, mime_type)


def _is_alone(blob: Blob, decoded: Decoded) -> bool:
    """Whether a message holds this audio, its type, and nothing else."""
    realtime = decoded.message.realtime_input
    return (
        realtime is not None
        and len(realtime.fields_given) == 1
        and len(realtime.media_chunks or (blob,)) == 1
        and blob.fields_given == {"data", "mime_type"}
    )
