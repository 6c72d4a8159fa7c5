"""The header of a WAV file as it comes at the start of a stream, and the text that it may hold. No numpy here.

Clients that read a file in portions and send them send its header too. The header may tell the words: a ``LIST``
chunk of type ``INFO`` before the samples, with a title (``INAM``) or a comment (``ICMT``), which ffmpeg writes with
``-metadata title="Hello"`` and :func:`gemlive_emulator.audio.wav.to_wav` with ``text="Hello"``.
"""

import struct
from dataclasses import dataclass
from typing import Literal

LONGEST_HEADER = 16 * 1024
"""Bytes before the samples. What is longer is taken for no header, so that nobody waits for an end that never comes."""

TEXT_KEYS = (b"INAM", b"ICMT")
"""Where the words may stand, the first choice first: the title, else a comment."""

_MAGIC = b"RIFF"
_KIND = b"WAVE"
_FIRST_CHUNK = 12
_CHUNK_HEAD = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")
"""The start of ``fmt `` in every variant (PCM, float, extensible): tag, channels, rate, bytes a second, block, bits."""


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the samples.

    Attributes:
        samples_at: bytes of the header: the samples begin there. How many there are is not told, since a file that was
            written to a pipe does not know it (its sizes are 0 or 0xFFFFFFFF).
        rate: Hz.
        channels: 1 for mono.
        bits: of one sample; 16 for what the API takes.
        text: the words that are spoken, on one line; ``""`` if the file does not tell.
    """

    samples_at: int
    rate: int
    channels: int
    bits: int
    text: str


def read_header(head: bytes) -> Header | Literal["more", "none"]:
    """Read the header from the first bytes of a stream.

    Takes any bytes: ``"more"`` says that they may become a header with the bytes that follow, ``"none"`` that they
    never will. ``"more"`` is never said to :data:`LONGEST_HEADER` bytes or more.
    """
    if len(head) < _FIRST_CHUNK:
        return "more" if _may_be_wav(head) else "none"
    if not _may_be_wav(head):
        return "none"
    return _read_chunks(head)


def _may_be_wav(head: bytes) -> bool:
    return head[:4] == _MAGIC[: len(head)] and head[8:12] == _KIND[: max(0, len(head) - 8)]


def _read_chunks(head: bytes) -> Header | Literal["more", "none"]:
    """Go from chunk to chunk until the samples begin."""
    at = _FIRST_CHUNK
    form: tuple[int, int, int] | None = None
    text = ""
    while (start := at + _CHUNK_HEAD.size) <= min(len(head), LONGEST_HEADER):
        name, size = _CHUNK_HEAD.unpack_from(head, at)
        if name == b"data":
            return "none" if form is None else Header(start, *form, text)
        at = start + size
        if at >= LONGEST_HEADER:
            return "none"
        if at >= len(head):
            return "more"
        body = head[start:at]
        if name == b"fmt ":
            form = _form(body)
            if form is None:
                return "none"
        elif name == b"LIST" and body[:4] == b"INFO":
            text = text or text_of(body)
        at += _padding(head, at, size)
    return "more" if len(head) < LONGEST_HEADER else "none"


def _form(body: bytes) -> tuple[int, int, int] | None:
    """Rate, channels and bits; ``None`` if it is too short or one of them is 0, as in no file of samples."""
    if len(body) < _FORMAT.size:
        return None
    _tag, channels, rate, _bytes_a_second, _block, bits = _FORMAT.unpack_from(body)
    return (rate, channels, bits) if rate and channels and bits else None


def _padding(head: bytes, at: int, size: int) -> int:
    """A chunk of odd size is followed by a byte 0, except by writers that forget it: a name has no such byte."""
    return 1 if size % 2 and head[at] == 0 else 0


def text_of(info: bytes) -> str:
    """The words in the body of a ``LIST`` chunk that begins with ``INFO``; ``""`` if there are none."""
    found: dict[bytes, str] = {}
    at = 4
    while at + _CHUNK_HEAD.size <= len(info):
        name, size = _CHUNK_HEAD.unpack_from(info, at)
        at += _CHUNK_HEAD.size
        found.setdefault(name, _decoded(info[at : at + size]))
        at += size
        if at < len(info):
            at += _padding(info, at, size)
    return next((text for key in TEXT_KEYS if (text := found.get(key, ""))), "")


def _decoded(value: bytes) -> str:
    """One line of text: UTF-8 as ffmpeg and we write it, else the Latin script of old programs."""
    value = value.partition(b"\0")[0]
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return " ".join(text.split())
