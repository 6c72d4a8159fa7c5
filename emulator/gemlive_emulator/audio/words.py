"""The words of a sentence and when each is said. Pure text and numbers."""

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

from gemlive_emulator.audio.speech import Word
from gemlive_emulator.records import dataclass

# Scripts that write no spaces are cut character by character, as recorded transcripts of them come in small pieces.
_SPACELESS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_WORD = re.compile(rf"\s*+(?:[^\w\s]*[{_SPACELESS}][^\w\s]*|[^\s{_SPACELESS}]++)(?:\s++\Z)?")


@dataclass(frozen=True, slots=True)
class Mark:
    """An engine's word that something at this place of the text begins to sound.

    Attributes:
        position: index of the character.
        start: seconds from the start of the speech.
    """

    position: int
    start: float


def split_words(text: str) -> list[str]:
    """The words of a text, each with the white space before it and the punctuation after it.

    Joined they give the text exactly: white space at the end goes with the last word, and a text of white space only is
    one word.
    """
    if not text.strip():
        return [text] if text else []
    return _WORD.findall(text)


def timed(text: str, marks: Iterable[Mark], seconds: float) -> tuple[Word, ...]:
    """The words with times taken from an engine's marks.

    A word without a mark of its own starts where the one before it does, and each ends where the next one starts.
    Engines report some positions twice or out of order (espeak-ng does for "3.5"); the times never go back.
    """
    words = split_words(text)
    ends = list(accumulate(len(word) for word in words))
    starts: list[float | None] = [None] * len(words)
    index = 0
    for mark in sorted(marks, key=lambda mark: mark.position):
        while index < len(ends) - 1 and mark.position >= ends[index]:
            index += 1
        if index < len(starts) and starts[index] is None:
            starts[index] = mark.start
    return _chained(words, starts, seconds)


def spread(text: str, seconds: float) -> tuple[Word, ...]:
    """The words with times in proportion to their letters, for an engine that does not tell."""
    words = split_words(text)
    passed = [0, *accumulate(len(word.strip()) for word in words)]
    scale = seconds / max(passed[-1], 1)
    return _chained(words, [letters * scale for letters in passed[:-1]], seconds)


def _chained(words: Sequence[str], starts: Sequence[float | None], seconds: float) -> tuple[Word, ...]:
    times = [0.0]
    for start in starts:
        latest = times[-1]
        times.append(latest if start is None else min(max(start, latest), seconds))
    times.append(seconds)
    return tuple(Word(word, start, end) for word, (start, end) in zip(words, pairwise(times[1:]), strict=True))
