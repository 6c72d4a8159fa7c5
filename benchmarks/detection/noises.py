"""What is added to speech: ``float64`` with full scale 1, at the level asked for."""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Sound = NDArray[np.float64]
"""``float64[n]``, full scale is 1."""

Noise = Callable[[int, int, Generator], Sound]
"""Makes so many samples at a rate, with a mean square of 1."""


def level(decibels: float) -> float:
    """The factor for a level in dBFS (RMS)."""
    return float(10 ** (decibels / 20))


def unit(sound: Sound) -> Sound:
    """The same with a mean square of 1."""
    return sound / np.sqrt(np.mean(sound * sound))


def white(length: int, rate: int, chance: Generator) -> Sound:
    """The same power at every frequency."""
    return chance.standard_normal(length)


def pink(length: int, rate: int, chance: Generator) -> Sound:
    """The same power in every octave, from 30 Hz up."""
    return _shaped(length, rate, chance, 0.5)


def brown(length: int, rate: int, chance: Generator) -> Sound:
    """6 dB an octave less towards the treble: rumble."""
    return _shaped(length, rate, chance, 1.0)


def hum(length: int, rate: int, chance: Generator) -> Sound:
    """The mains at 50 Hz with ten harmonics, and a little white noise."""
    time = np.arange(length) / rate
    waves = [np.sin(2 * np.pi * (50 * k * time + chance.random())) / k for k in range(1, 11)]
    return unit(np.sum(waves, axis=0)) + 0.01 * chance.standard_normal(length)


def fan(length: int, rate: int, chance: Generator) -> Sound:
    """Pink noise that swells by 3 dB and back once in two seconds, with a weak tone of its blades."""
    time = np.arange(length) / rate
    swelling = 10 ** (1.5 * np.sin(np.pi * time) / 20)
    return unit(pink(length, rate, chance) * swelling + 0.2 * np.sin(2 * np.pi * 187 * time))


def clicks(length: int, rate: int, chance: Generator) -> Sound:
    """One click a second on average, 1 to 5 ms long and up to half of full scale: not of mean square 1."""
    sound = np.zeros(length)
    for start in chance.integers(0, length, max(1, length // rate)):
        burst = chance.standard_normal(int(chance.integers(rate // 1000, rate // 200)))
        end = min(length, start + len(burst))
        sound[start:end] += chance.uniform(0.05, 0.5) * burst[: end - start]
    return sound


def _shaped(length: int, rate: int, chance: Generator, slope: float) -> Sound:
    spectrum = np.fft.rfft(chance.standard_normal(length))
    frequencies = np.fft.rfftfreq(length, 1 / rate)
    spectrum *= np.where(frequencies < 30, 0.0, 1 / np.maximum(frequencies, 30) ** slope)
    return unit(np.fft.irfft(spectrum, length))
