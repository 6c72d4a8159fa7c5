"""16-bit mono PCM in and out of WAV files, as bytes: reading and writing the file is the caller's business."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from gemlive_emulator.audio.mixing import mono
from gemlive_emulator.audio.speech import OUTPUT_RATE
from gemlive_emulator.audio.wav_header import (
    CHUNK_HEAD,
    FIRST_CHUNK,
    LONGEST_HEADER,
    TEXT_KEYS,
    Form,
    form_of,
    may_be_wav,
    padding,
    text_of,
)

_LONGEST_TEXT = LONGEST_HEADER - 256
"""Bytes of UTF-8; what else is in the header takes less than the rest."""


class _Chunk(NamedTuple):
    name: bytes
    start: int
    end: int


def to_wav(pcm: bytes, rate: int = OUTPUT_RATE, *, text: str = "") -> bytes:
    """A WAV file around s16le mono samples of this rate in Hz.

    Args:
        pcm: the samples.
        rate: Hz.
        text: the words that are spoken. They go before the samples, so that a server to which the file is streamed
            as it is can read them in time.

    Raises:
        ValueError: the text is too long for a header.
    """
    form = struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
    chunks = _chunk(b"fmt ", form) + (_text_chunk(text) if text else b"") + _chunk(b"data", pcm)
    return _chunk(b"RIFF", b"WAVE" + chunks)


def from_wav(content: bytes) -> tuple[bytes, int]:
    """The s16le mono samples of a WAV file and their rate in Hz.

    A file that was written to a pipe does not know how long it is; its samples go to its end.

    Raises:
        ValueError: it is no WAV file, or not 16-bit mono PCM; says what it is instead.
    """
    form, samples = _samples_of(content)
    if (form.channels, form.bits) != (1, 16):
        raise ValueError(f"a WAV file of {form.channels} channel(s) and {form.bits} bits; 16-bit mono PCM is needed")
    return samples[: len(samples) // 2 * 2], form.rate


def mono_from_wav(content: bytes) -> tuple[bytes, int]:
    """The same for PCM of 8, 16, 24 or 32 bits and any number of channels: their mean, as s16le mono.

    Raises:
        ValueError: it is no such file; says what it is instead.
    """
    form, samples = _samples_of(content)
    if form.bits not in (8, 16, 24, 32):
        raise ValueError(f"a WAV file of {form.bits} bits; 8, 16, 24 or 32 are needed")
    return mono(samples, form.channels, form.bits), form.rate


def _samples_of(content: bytes) -> tuple[Form, bytes]:
    """The samples of a PCM WAV file, and what they are."""
    if not may_be_wav(content):
        raise ValueError("not a PCM WAV file (it does not begin as one); 16-bit mono PCM is needed")
    form = None
    for name, start, end in _chunks(content):
        if name == b"fmt ":
            form = form_of(content[start:end])
        elif name == b"data" and form is not None:
            if not form.pcm:
                raise ValueError("not a PCM WAV file (its samples are floats or compressed); 16-bit mono PCM is needed")
            return form, content[start:end]
    raise ValueError("not a PCM WAV file (it ends too early); 16-bit mono PCM is needed")


def text_in_wav(content: bytes) -> str:
    """The words that a WAV file tells in a ``LIST`` chunk of type ``INFO``, wherever it is; ``""`` if none."""
    lists = (content[start:end] for name, start, end in _chunks(content) if name == b"LIST")
    return next(filter(None, map(text_of, lists)), "")


def _chunks(content: bytes) -> Iterator[_Chunk]:
    at = FIRST_CHUNK
    while (start := at + CHUNK_HEAD.size) <= len(content):
        name, size = CHUNK_HEAD.unpack_from(content, at)
        at = start + size
        if name == b"data" and size == 0:
            at = len(content)
        yield _Chunk(name, start, min(at, len(content)))
        if at < len(content):
            at += padding(content, at, size)


def _text_chunk(text: str) -> bytes:
    value = text.encode(errors="replace") + b"\0"
    if len(value) > _LONGEST_TEXT:
        raise ValueError(f"a text of {len(value)} bytes; the header of a WAV file takes {_LONGEST_TEXT} here")
    return _chunk(b"LIST", b"INFO" + _chunk(TEXT_KEYS[0], value))


def _chunk(name: bytes, body: bytes) -> bytes:
    return CHUNK_HEAD.pack(name, len(body)) + body + bytes(len(body) % 2)
