"""What the microphones hear: sentences of the formant voice between stretches of a quiet room."""

import random
from collections.abc import Iterator

import numpy as np

from gemlive_emulator.audio.formant import FormantVoice
from gemlive_emulator.audio.resample import resample

RATE = 16_000
CHUNK_BYTES = 640
"""20 ms."""

QUIET_SECONDS = 1.2
"""Before each sentence: longer than the silence that ends a turn (0.8 s)."""

_SENTENCES = (
    "Good morning, I would like to change my booking.",
    "It is the train to Lyon on Friday, the one at half past nine.",
    "No, not for two people, only for me.",
    "And could I take a later one back?",
    "The last one before ten in the evening would be fine.",
    "How much is the difference?",
    "That is more than I thought, but please go ahead.",
    "Thank you, and have a nice day.",
)
_VOICES = ("Puck", "Kore", "Charon", "Aoede")


def chunks() -> list[bytes]:
    """Half a minute as s16le mono 16 kHz, in chunks of 20 ms; it begins with quiet."""
    pcm = b"".join(_stretches())
    return [pcm[at : at + CHUNK_BYTES] for at in range(0, len(pcm) - CHUNK_BYTES + 1, CHUNK_BYTES)]


def quiet_chunks() -> int:
    """How many chunks the quiet at the beginning is."""
    return round(QUIET_SECONDS * RATE) * 2 // CHUNK_BYTES


def _stretches() -> Iterator[bytes]:
    engine, lots = FormantVoice(), random.Random(20)
    for number, sentence in enumerate(_SENTENCES):
        yield _room(round(QUIET_SECONDS * RATE), lots)
        spoken = engine.speak(sentence, _VOICES[number % len(_VOICES)], "en-US").pcm
        yield resample(np.frombuffer(spoken, "<i2"), 24_000, RATE).astype("<i2").tobytes()


def _room(samples: int, lots: random.Random) -> bytes:
    """Noise some 60 dB below full scale."""
    return np.array([lots.gauss(0, 30) for _ in range(samples)]).astype("<i2").tobytes()
