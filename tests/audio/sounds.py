"""Sound for tests of the detector: speech by the embedded voice, and what is not speech."""

import numpy as np
from numpy.typing import NDArray

from gemlive_emulator.audio.formant import FormantVoice
from gemlive_emulator.audio.resample import resample

Sound = NDArray[np.float64]
"""``float64[n]``, full scale is 1."""


def spoken(
    rate: int, text: str = "Hello, how can I help you today?", voice: str = "Kore", dbfs: float = -24.0
) -> Sound:
    """Without silence before and after."""
    whole = resample(np.frombuffer(FormantVoice().speak(text, voice, "").pcm, "<i2"), 24_000, rate) / 32768
    (loud,) = np.nonzero(np.abs(whole) > 0.003)
    whole = whole[loud[0] : loud[-1] + 1]
    return whole / np.sqrt(np.mean(whole**2)) * 10 ** (dbfs / 20)


def silence(seconds: float, rate: int) -> Sound:
    return np.zeros(round(seconds * rate))


def white(seconds: float, rate: int, dbfs: float, seed: int = 1) -> Sound:
    return np.random.default_rng(seed).standard_normal(round(seconds * rate)) * 10 ** (dbfs / 20)


def tone(seconds: float, rate: int, dbfs: float, hertz: float = 440.0) -> Sound:
    """``dbfs`` is its RMS."""
    return np.sqrt(2) * 10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def pcm(*parts: Sound) -> bytes:
    return np.clip(np.rint(np.concatenate(parts) * 32768), -32768, 32767).astype("<i2").tobytes()


def on(noise: Sound, sound: Sound, seconds: float, rate: int) -> Sound:
    """The noise, with the sound added from so many seconds on."""
    both = noise.copy()
    start = round(seconds * rate)
    both[start : start + len(sound)] += sound[: len(both) - start]
    return both
