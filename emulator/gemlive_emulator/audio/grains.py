"""The building blocks of the formant voice, as tables of integers.

Sines and exponentials differ in their last bit from one processor and numpy build to the next. Here they are used only
to make these tables, and then rounded; everything after that is integer arithmetic, so that the voice has the same
bytes everywhere.
"""

from functools import lru_cache
from hashlib import shake_128
from math import pi

import numpy as np
from numpy.typing import NDArray

from gemlive_emulator.audio.speech import OUTPUT_RATE

Table = NDArray[np.int32]
"""``int32[n]`` at 24 kHz."""

GRAIN_SAMPLES = round(0.022 * OUTPUT_RATE)
NOISE_SAMPLES = OUTPUT_RATE // 2
ENVELOPE_ONE = 256
"""What an envelope's full loudness is; sums of grains times envelope are divided by it in the end."""

_ATTACK_SECONDS = 0.003
_VOICED_LEVEL = 5200.0
_NOISE_LEVEL = 1500.0
_BURST_LEVEL = 2600.0

_BANDWIDTHS = (70, 90, 130, 180)
_LEVELS = (1.0, 0.55, 0.28, 0.12)
_FORMANTS = {
    "a": (730, 1090, 2440, 3400),
    "e": (530, 1840, 2480, 3500),
    "i": (300, 2250, 3000, 3600),
    "o": (570, 840, 2410, 3300),
    "u": (320, 870, 2240, 3200),
    "y": (300, 2100, 2900, 3500),
    "m": (280, 1000, 2200, 3000),
    "n": (280, 1500, 2500, 3200),
    "l": (360, 1300, 2700, 3400),
    "r": (420, 1200, 1700, 3200),
    "w": (310, 700, 2200, 3100),
}
"""Hz, of an average adult man; the classic values of phonetics textbooks, sonorants by ear."""

_FRICATIVES = {
    "s": (5500, 2500),
    "z": (5000, 2500),
    "f": (4500, 4000),
    "v": (3500, 3000),
    "h": (1800, 2500),
    "x": (4000, 3000),
    "c": (3500, 2000),
    "j": (3000, 2000),
}
"""Centre and width of the hiss in Hz."""


@lru_cache(maxsize=512)
def grain(symbol: str, shift: float, f0: float) -> Table:
    """The ring of the throat after one glottal pulse: damped sines at the sound's formants, times the voice's shift.

    Scaled so that a train of them at ``f0`` Hz is as loud as that of any other voice.
    """
    times = np.arange(GRAIN_SAMPLES) / OUTPUT_RATE
    ring = np.zeros(GRAIN_SAMPLES)
    for frequency, bandwidth, level in zip(_FORMANTS[symbol], _BANDWIDTHS, _LEVELS, strict=True):
        ring += level * np.exp(-pi * bandwidth * times) * np.sin(2 * pi * frequency * shift * times)
    attack = np.where(times < _ATTACK_SECONDS, 0.5 - 0.5 * np.cos(pi * times / _ATTACK_SECONDS), 1.0)
    release = np.cos(0.5 * pi * np.arange(GRAIN_SAMPLES) / GRAIN_SAMPLES)
    ring *= attack * release
    loudness = np.sqrt((ring**2).sum() * f0 / OUTPUT_RATE)
    return _rounded(ring * (_VOICED_LEVEL / loudness))


@lru_cache(maxsize=64)
def hiss(symbol: str, shift: float) -> Table:
    """Half a second of the noise of a fricative."""
    centre, width = _FRICATIVES[symbol]
    times = np.arange(-32, 33) / OUTPUT_RATE
    bell = np.exp(-((pi * width * times) ** 2) / 2) * np.cos(2 * pi * centre * shift * times)
    taps = np.rint(bell * 1024)
    coloured = np.convolve(_white_noise(NOISE_SAMPLES + len(taps) - 1), taps, "valid")
    # Sums of integers are exact in float64, whatever the order, so this is the same number everywhere.
    loudness = float(np.abs(coloured).sum()) / NOISE_SAMPLES
    return _rounded(coloured * (_NOISE_LEVEL / loudness))


@lru_cache(maxsize=1)
def burst() -> Table:
    """Half a second of the noise with which a stop opens."""
    return _rounded(_white_noise(NOISE_SAMPLES) * (_BURST_LEVEL / 2**15))


def _white_noise(count: int) -> NDArray[np.float64]:
    """Integers of 16 bits as float64. From a hash: numpy may change its random streams between versions."""
    stream = shake_128(b"the noise of the formant voice").digest(2 * count)
    return np.frombuffer(stream, "<i2").astype(np.float64)


def _rounded(values: NDArray[np.float64]) -> Table:
    return np.rint(values).astype(np.int32)
