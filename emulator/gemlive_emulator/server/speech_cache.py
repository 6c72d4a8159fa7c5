"""Speech that was made before. Bounded by size; what was not asked for longest goes first."""

import threading
from collections import OrderedDict
from typing import NamedTuple

from gemlive_emulator.audio.speech import Speech

_WORD_BYTES = 150
"""About what a word with its times takes, its text aside."""
_CHARACTER_BYTES = 4
"""What a character takes at most."""


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
        limit: in bytes, keys included; a speech that alone is larger is not kept.
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
            size = _size(key, speech)
            if size <= self._limit:
                self._kept[key] = speech
                self._size += size
            while self._size > self._limit:
                self._size -= _size(*self._kept.popitem(last=False))
            return speech


def _size(key: Key, speech: Speech) -> int:
    # The text is there twice: whole, and in the words.
    characters = len(key.language) + 2 * len(key.text)
    sound = sum(len(chunk.base64) for chunk in speech.chunks)
    return sound + _WORD_BYTES * len(speech.words) + _CHARACTER_BYTES * characters
