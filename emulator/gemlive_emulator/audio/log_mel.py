"""What of a sound stays when it is made louder, noisier, or sent at another rate.

The energies of bands as the ear has them: 50 frames a second of 20 bands from 120 to 3,700 Hz, in powers of ten below
the loud frames of the sound. The bands lie where a telephone has them, so that 8 kHz and 48 kHz give the same numbers.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.float32]
"""``float32[n, 20]``."""

FRAMES_PER_SECOND = 50
BANDS = 20
RATES = range(4_000, 384_001)
"""Hz; below is no speech, above no sound card."""

_WINDOW_SECONDS = 0.032
_LOWEST, _HIGHEST = 120.0, 3_700.0
_LOUD = 0.95
"""The loud frames are those above this share of all."""
_FLOOR = 10**-3.5
"""Of what is more than 35 dB weaker than loud frames, nothing is seen: quiet noise must not look like anything."""
_SOUNDS = -2.5
"""A frame is of the sound if one of its bands is above this."""


def log_mel(samples: NDArray[np.int16], rate: int) -> Frames:
    """The frames of a sound from the first to the last in which something sounds; none of silence.

    Args:
        samples: mono.
        rate: Hz, one of :data:`RATES`.
    """
    window, bank = _analysis(rate)
    count = (len(samples) - len(window)) * FRAMES_PER_SECOND // rate + 1
    if count < 1:
        return np.zeros((0, BANDS), np.float32)
    starts = np.arange(count) * rate // FRAMES_PER_SECOND
    pieces = samples[starts[:, np.newaxis] + np.arange(len(window))] * window
    spectrum = np.fft.rfft(pieces, 2 * (bank.shape[0] - 1))
    energies = (spectrum.real**2 + spectrum.imag**2) @ bank
    totals = energies.sum(axis=1)
    loud = int(_LOUD * (count - 1))
    reference = float(np.partition(totals, loud)[loud])
    if reference <= 0:
        # Less than a twentieth of it sounds at all: a click.
        reference = float(totals.max())
    if reference <= 0:
        return np.zeros((0, BANDS), np.float32)
    frames: Frames = np.log10(energies / reference + _FLOOR).astype(np.float32)
    sounding = np.flatnonzero(frames.max(axis=1) > _SOUNDS)
    return frames[sounding[0] : sounding[-1] + 1]


@lru_cache(maxsize=16)
def _analysis(rate: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A window, and the bands as columns over the lines of its spectrum."""
    length = int(rate * _WINDOW_SECONDS)
    lines = np.fft.rfftfreq(1 << (length - 1).bit_length(), 1 / rate)
    edges = _hertz(np.linspace(_mels(_LOWEST), _mels(_HIGHEST), BANDS + 2))
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (lines[:, np.newaxis] - low) / (middle - low)
    falling = (high - lines[:, np.newaxis]) / (high - middle)
    bank = np.clip(np.minimum(rising, falling), 0, None)
    return np.hanning(length).astype(np.float32), bank.astype(np.float32)


def _mels(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    return 700 * (10 ** (mels / 2595) - 1)
