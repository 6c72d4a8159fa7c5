"""WAV files in a stream of sound: their headers are taken off, wherever a file begins.

A client that reads a file in portions and sends them sends its header too (a notebook of Google's does). However the
stream was cut into portions, the same comes out: what may be the beginning of a header waits for the rest of it, and so
does half a sample for its other half.
"""

import re
from collections.abc import Iterator
from typing import Literal

from gemlive_emulator.audio.wav_header import LONGEST_HEADER, Header, read_header

MOST_LOOKS = 1_000
"""Places of one stream that are looked at as a header; then all is sound, so that nobody is kept busy with headers."""

_MARK = b"RIFF"
"""How a file begins. Looked for from behind, quick in every build of Python: ``in`` takes up to twice as long."""
_FILE = re.compile(rb"RIFF.{4}WAVE", re.DOTALL)
_BEGUN = re.compile(rb"(?:R|RI|RIF|RIFF.{0,4}|RIFF.{4}WA?|RIFF.{4}WAV)\Z", re.DOTALL)
_LONGEST_BEGUN = 11
_FIRST_LETTERS = (b"RIF", b"RI", b"R")
_SHORT_LOOK = 512
"""Bytes in which nearly all headers are; more are copied only if these do not do."""


class Unwrapper:
    """Takes one stream."""

    def __init__(self) -> None:
        self._waiting = b""
        self._looks = 0

    def is_plain(self, audio: bytes) -> bool:
        """Whether these bytes are just more whole samples, with no header in them and nothing that waits."""
        return not (self._waiting or len(audio) & 1 or audio.rfind(_MARK) >= 0 or audio.endswith(_FIRST_LETTERS))

    @property
    def waits(self) -> bool:
        """Whether there are bytes of which it is not known yet what they are."""
        return self._waiting != b""

    def unwrap(self, audio: bytes) -> Iterator[tuple[bytes, Header | None]]:
        """The next bytes: whole samples, each portion with the header that stood behind it, ``None`` for none."""
        data, self._waiting = self._waiting + audio, b""
        begin = at = 0
        while self._looks < MOST_LOOKS and (file := _FILE.search(data, at)) is not None:
            start = file.start()
            header = _header_at(data, start)
            if header == "more":
                sound = _whole(data[begin:start])
                self._waiting = data[begin + len(sound) :]
                yield sound, None
                return
            self._looks += 1
            if header == "none":
                at = start + 1
                continue
            yield _whole(data[begin:start]), header
            begin = at = start + header.samples_at
        yield self._up_to_the_beginning_of_a_header(data, begin), None

    def flush(self) -> bytes:
        """What waits is sound after all: its whole samples; half a sample goes on waiting."""
        whole = _whole(self._waiting)
        self._waiting = self._waiting[len(whole) :]
        return whole

    def end(self) -> None:
        """The stream is over: half a sample is none."""
        self._waiting = b""

    def _up_to_the_beginning_of_a_header(self, data: bytes, begin: int) -> bytes:
        begun = _BEGUN.search(data, max(begin, len(data) - _LONGEST_BEGUN)) if self._looks < MOST_LOOKS else None
        sound = _whole(data[begin : begun.start() if begun is not None else len(data)])
        self._waiting = data[begin + len(sound) :]
        return sound


def _header_at(data: bytes, start: int) -> Header | Literal["more", "none"]:
    header = read_header(data[start : start + _SHORT_LOOK])
    if header == "more" and len(data) - start > _SHORT_LOOK:
        return read_header(data[start : start + LONGEST_HEADER + 64])
    return header


def _whole(sound: bytes) -> bytes:
    return sound[: len(sound) & ~1]
