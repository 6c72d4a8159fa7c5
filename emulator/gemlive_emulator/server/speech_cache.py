"""Speech that was made before. Bounded by size; what was not asked for longest goes first."""

import threading
from collections import OrderedDict
from typing import NamedTuple

from gemlive_emulator.audio.speech import Speech

_WORD_BYTES = 150
"""About what a word with its times takes."""


class Key(NamedTuple):
    """Everything that the bytes of a speech depend on."""

    engine: str
    version: str
    voice: str
    language: str
    text: str
    first: bool


class SpeechCache:
    """Thread safe.

    Args:
        limit: in bytes; a speech that alone is larger is not kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Speech] = OrderedDict()
        self._size = 0

    def get(self, key: Key) -> Speech | None:
        """The speech kept under this key."""
        with self._lock:
            speech = self._kept.get(key)
            if speech is not None:
                self._kept.move_to_end(key)
            return speech

    def put(self, key: Key, speech: Speech) -> Speech:
        """Keep a speech; the one to use, which is an earlier one if two threads have made the same."""
        with self._lock:
            if key in self._kept:
                return self._kept[key]
            size = _size(speech)
            if size <= self._limit:
                self._kept[key] = speech
                self._size += size
            while self._size > self._limit:
                _key, oldest = self._kept.popitem(last=False)
                self._size -= _size(oldest)
            return speech


def _size(speech: Speech) -> int:
    return sum(len(chunk.base64) for chunk in speech.chunks) + _WORD_BYTES * len(speech.words)
