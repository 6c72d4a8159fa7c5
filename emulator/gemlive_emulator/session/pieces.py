"""How an answer is cut into the parts that go out one by one. Pure text and numbers."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from gemlive_emulator.audio.speech import Chunk, Speech, Word

FIRST_PIECE = re.compile(r"(?:\s*+\S++){3}(?=\s*+\S)")
"""Three words, if more follow; possessive, so that no text makes it slow."""
LATER_PIECE_CHARACTERS = 240
TRANSCRIPT_LEAD = 0.4
"""Seconds that the transcription runs ahead of the audio it belongs to (inferred from recorded 2.5 turns, where one
to three transcription messages precede the first audio part)."""


def text_pieces(text: str) -> Iterator[str]:
    """A text answer in pieces: the first words, then the rest in long pieces (recorded: first frame 1 to 4 words)."""
    first = FIRST_PIECE.match(text)
    start = first.end() if first is not None else len(text)
    if text[:start]:
        yield text[:start]
    while start < len(text):
        end = start + LATER_PIECE_CHARACTERS
        if end < len(text):
            blank = text.rfind(" ", start + 1, end)
            end = blank if blank > start else end
        yield text[start:end]
        start = end


def with_words(speech: Speech) -> Iterator[tuple[Chunk, float, tuple[Word, ...]]]:
    """Each part of a speech with where it starts (seconds) and the words whose transcription goes with it."""
    given = 0
    ends = list(accumulate(chunk.seconds for chunk in speech.chunks))
    for index, chunk in enumerate(speech.chunks):
        last = index == len(speech.chunks) - 1
        upto = _words_before(speech.words, given, float("inf") if last else ends[index] + TRANSCRIPT_LEAD)
        yield chunk, ends[index] - chunk.seconds, speech.words[given:upto]
        given = upto


def blank_before(text: str) -> str:
    """The white space that a text begins with."""
    return text[: len(text) - len(text.lstrip())]


def _words_before(words: Sequence[Word], start: int, limit: float) -> int:
    position = start
    while position < len(words) and words[position].start < limit:
        position += 1
    return position
