"""The header of a WAV file as it comes at the start of a stream, and the text that it may hold. No numpy here.

Clients that read a file in portions and send them send its header too. The header may tell the words: a ``LIST``
chunk of type ``INFO`` before the samples, with a title (``INAM``) or a comment (``ICMT``), which ffmpeg writes with
``-metadata title="Hello"`` and :func:`gemlive_emulator.audio.wav.to_wav` with ``text="Hello"``.
"""

import struct
from typing import Literal, NamedTuple

from gemlive_emulator.records import dataclass

LONGEST_HEADER = 16 * 1024
"""Bytes before the samples. What is longer is taken for no header, so that nobody waits for an end that never comes."""

TEXT_KEYS = (b"INAM", b"ICMT")
"""Where the words may stand, the first choice first: the title, else a comment."""

_MAGIC = b"RIFF"
_KIND = b"WAVE"
FIRST_CHUNK = 12
"""Where the first chunk begins."""
CHUNK_HEAD = struct.Struct("<4sI")
"""Name and size; the size is without this and without padding."""
_FORMAT = struct.Struct("<HHIIHH")
"""The start of ``fmt `` in every variant (PCM, float, extensible): tag, channels, rate, bytes a second, block, bits."""
_PCM, _EXTENSIBLE = 1, 0xFFFE


class Form(NamedTuple):
    """What the samples are; the names are those of :class:`Header`."""

    rate: int
    channels: int
    bits: int
    pcm: bool


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
        pcm: whether the samples are plain integers, not floats or a compressed form.
    """

    samples_at: int
    rate: int
    channels: int
    bits: int
    text: str
    pcm: bool = True


def read_header(head: bytes) -> Header | Literal["more", "none"]:
    """Read the header from the first bytes of a stream.

    Takes any bytes: ``"more"`` says that they may become a header with the bytes that follow, ``"none"`` that they
    never will. ``"more"`` is never said to :data:`LONGEST_HEADER` bytes or more.
    """
    if len(head) < FIRST_CHUNK:
        return "more" if may_be_wav(head) else "none"
    if not may_be_wav(head):
        return "none"
    return _read_chunks(head)


def may_be_wav(head: bytes) -> bool:
    """Whether this begins as a WAV file does, as far as it goes."""
    return head[:4] == _MAGIC[: len(head)] and head[8:12] == _KIND[: max(0, len(head) - 8)]


def _read_chunks(head: bytes) -> Header | Literal["more", "none"]:
    """Go from chunk to chunk until the samples begin."""
    at = FIRST_CHUNK
    form: Form | None = None
    text = ""
    while (start := at + CHUNK_HEAD.size) <= min(len(head), LONGEST_HEADER):
        name, size = CHUNK_HEAD.unpack_from(head, at)
        if name == b"data":
            return "none" if form is None else Header(start, form.rate, form.channels, form.bits, text, form.pcm)
        at = start + size
        if at >= LONGEST_HEADER:
            return "none"
        if at >= len(head):
            return "more"
        if name == b"fmt ":
            form = form_of(head[start:at])
            if form is None:
                return "none"
        elif name == b"LIST":
            text = text or text_of(head[start:at])
        at += padding(head, at, size)
    return "more" if len(head) < LONGEST_HEADER else "none"


def form_of(body: bytes) -> Form | None:
    """What a ``fmt `` chunk says; ``None`` if it is too short or something is 0 that is not in a file of samples."""
    if len(body) < _FORMAT.size:
        return None
    tag, channels, rate, _bytes_a_second, _block, bits = _FORMAT.unpack_from(body)
    if tag == _EXTENSIBLE:
        # What it really is, is the start of an id of 16 bytes.
        tag = int.from_bytes(body[24:26], "little")
    return Form(rate, channels, bits, tag == _PCM) if rate and channels and bits else None


def padding(head: bytes, at: int, size: int) -> int:
    """A chunk of odd size is followed by a byte 0, except by writers that forget it: a name has no such byte."""
    return 1 if size % 2 and head[at] == 0 else 0


def text_of(info: bytes) -> str:
    """The words that a ``LIST`` chunk tells; ``""`` if there are none or it is no list of ``INFO``."""
    found: dict[bytes, str] = {}
    at = 4 if info[:4] == b"INFO" else len(info)
    while at + CHUNK_HEAD.size <= len(info):
        name, size = CHUNK_HEAD.unpack_from(info, at)
        at += CHUNK_HEAD.size
        found.setdefault(name, _decoded(info[at : at + size]))
        at += size
        if at < len(info):
            at += padding(info, at, size)
    return next((text for key in TEXT_KEYS if (text := found.get(key, ""))), "")


def _decoded(value: bytes) -> str:
    """One line of text: UTF-8 as ffmpeg and we write it, else the Latin script of old programs."""
    value = value.partition(b"\0")[0]
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return " ".join(text.split())
