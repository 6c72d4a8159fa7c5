"""Sound cut into the parts that go on the wire. No numpy: bytes are enough."""

from base64 import b64decode, b64encode
from collections.abc import Sequence

from gemlive_emulator.audio.speech import OUTPUT_RATE, Chunk, Sound, Speech, Word

FIRST_SECONDS = 0.2
LATER_SECONDS = 0.24
"""Recorded: an answer's first audio frame holds 9,600 bytes (7 of 7 recordings), the later ones 11,520 (6 of 6)."""

_SAMPLE_BYTES = 2
_SHORTEST = 960
"""Bytes of 20 ms; a shorter rest goes with the part before it."""


def cut(sound: Sound, text: str, first: bool = True) -> Speech:
    """The sound of a sentence as parts that are ready to send; the base64 is made here, once.

    Args:
        sound: s16le mono 24 kHz; an odd last byte is no sample and is dropped.
        text: what is said; the words of the sound joined.
        first: whether an answer begins with it; only then is the first part shorter.
    """
    return _cut(sound, text, FIRST_SECONDS if first else LATER_SECONDS, LATER_SECONDS)


def recut(speech: Speech, seconds: float) -> Speech:
    """The same speech in parts of this length each."""
    pcm = b"".join(b64decode(chunk.base64) for chunk in speech.chunks)
    return _cut(Sound(pcm, speech.words), speech.text, seconds, seconds)


def _cut(sound: Sound, text: str, first_seconds: float, later_seconds: float) -> Speech:
    opening, later = (round(seconds * OUTPUT_RATE) * _SAMPLE_BYTES for seconds in (first_seconds, later_seconds))
    pcm = sound.pcm[: len(sound.pcm) // _SAMPLE_BYTES * _SAMPLE_BYTES]
    starts = [0, *range(opening, len(pcm), later)] if pcm else []
    if len(starts) > 1 and len(pcm) - starts[-1] < _SHORTEST:
        starts.pop()
    ends = [*starts[1:], len(pcm)]
    parts = [pcm[start:end] for start, end in zip(starts, ends, strict=False)]
    chunks = tuple(Chunk(b64encode(part), len(part) // _SAMPLE_BYTES) for part in parts)
    return Speech(text, chunks, sound.words)


def joined(sounds: Sequence[Sound]) -> Sound:
    """Several sounds one after the other, with the times of their words moved along."""
    words: list[Word] = []
    passed = 0.0
    for sound in sounds:
        words.extend(Word(word.text, word.start + passed, word.end + passed) for word in sound.words)
        passed += len(sound.pcm) / _SAMPLE_BYTES / OUTPUT_RATE
    return Sound(b"".join(sound.pcm for sound in sounds), tuple(words))
