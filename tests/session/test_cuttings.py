"""What happens depends on the sound alone: neither on how it was cut into messages nor on how fast they came."""

import random
from functools import cache

import numpy as np
import pytest
from book import NEW, opened, replies, says

from gemlive_emulator.audio.formant import FormantVoice
from gemlive_emulator.audio.resample import resample
from gemlive_emulator.audio.wav import to_wav
from gemlive_emulator.session.commands import ActivityEnded, ActivityStarted, InputHeard
from gemlive_emulator.session.steps import Silence

WORDS = ("Hello, can you hear me?", "Tell me a story about a rabbit.", "Stop.")


@cache
def stream() -> bytes:
    """Three sentences with pauses between them, in a little noise; 16 kHz."""
    engine, pieces = FormantVoice(), [np.zeros(8_000, np.int16)]
    for words in WORDS:
        sound = np.frombuffer(engine.speak(words, "Kore", "en-US").pcm, np.int16)
        pieces += [resample(sound, 24_000, 16_000), np.zeros(24_000, np.int16)]
    clean = np.concatenate(pieces).astype(np.float64)
    noise = np.random.default_rng(5).normal(0, 60, len(clean))
    return (clean + noise).clip(-32_768, 32_767).astype(np.int16).tobytes()


def happened(sound: bytes, sizes: list[int] | int, real_time: bool = False) -> list[str]:
    """What was decided and heard, with its place in the stream."""
    book = opened(replies(Silence()), NEW, foreknown=says(*WORDS))
    sizes = [sizes] * (len(sound) // sizes + 1) if isinstance(sizes, int) else sizes
    at = 0
    for size in sizes:
        book.speak(sound[at : at + size], chunk_ms=None, real_time=real_time)
        at += size
    kinds = (ActivityStarted, ActivityEnded, InputHeard)
    return [repr(one.command) for one in book.log if isinstance(one.command, kinds)]


@cache
def expected() -> list[str]:
    found = happened(stream(), len(stream()))
    assert [one.split("(")[0] for one in found] == ["ActivityStarted", "InputHeard", "ActivityEnded"] * len(WORDS)
    return found


@pytest.mark.parametrize("size", [320, 333, 640, 1024, 3200, 4096, 8192, 65_536])
def test_every_cutting_gives_the_same(size: int):
    assert happened(stream(), size) == expected()


def test_byte_by_byte_too():
    assert happened(stream()[:100_000], 1) == happened(stream()[:100_000], 100_000) != []


@pytest.mark.parametrize("seed", range(5))
def test_and_any_mixture(seed: int):
    draw, sizes = random.Random(seed), []
    while sum(sizes) < len(stream()):
        sizes.append(draw.choice([1, 2, 3, 7, 319, 640, 641, 5_000, 20_001]))
    assert happened(stream(), sizes) == expected()


def test_and_real_time():
    assert happened(stream(), 640, real_time=True) == expected()


def test_and_a_file_with_its_header():
    assert happened(to_wav(stream(), 16_000), 4096) == expected()
