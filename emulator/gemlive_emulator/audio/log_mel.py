"""What of a sound stays when it is made louder, noisier, or sent at another rate.

The energies of bands as the ear has them: 50 frames a second of 20 bands from 120 to 3,700 Hz, in powers of ten below
the loud frames of the sound. The bands lie where a telephone has them, so that 8 kHz and 48 kHz give the same numbers.
"""

from functools import lru_cache
from typing import NamedTuple

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
_SOUNDS = 10**-2.5
"""A frame is of the sound if one of its bands is above this, and ..."""
_ABOVE_NOISE = 2.5
"""... all together so much above the noise."""
_QUIET = 0.1
"""The share of frames, the weakest, whose energies are the noise; the silence at the end of an utterance is more."""


class Sound(NamedTuple):
    """The energies of a sound, the loud frames being 1.

    Attributes:
        frames: ``float32[n, 20]``, from the first to the last frame in which something sounds; none of silence.
        noise: ``float32[20]``, what sounds all the time.
    """

    frames: Frames
    noise: Frames


_SILENCE = Sound(np.zeros((0, BANDS), np.float32), np.zeros(BANDS, np.float32))


def analyse(samples: NDArray[np.int16], rate: int) -> Sound:
    """The energies of a sound.

    Args:
        samples: mono.
        rate: Hz; of one that is not among :data:`RATES` nothing is told, as of silence.
    """
    if rate not in RATES:
        return _SILENCE
    window, bank = _analysis(rate)
    count = (len(samples) - len(window)) * FRAMES_PER_SECOND // rate + 1
    if count < 1:
        return _SILENCE
    starts = np.arange(count) * rate // FRAMES_PER_SECOND
    pieces = samples[starts[:, np.newaxis] + np.arange(len(window))] * window
    spectrum = np.fft.rfft(pieces, 2 * (bank.shape[0] - 1))
    energies = (spectrum.real**2 + spectrum.imag**2) @ bank
    return _relative(energies.astype(np.float32))


def _relative(energies: Frames) -> Sound:
    totals = energies.sum(axis=1)
    order = np.argsort(totals, kind="stable")
    # Where less than a twentieth sounds at all, as of a click, the loudest is the measure.
    reference = totals[order[int(_LOUD * (len(order) - 1))]] or totals[order[-1]]
    if reference <= 0:
        return _SILENCE
    frames = energies / reference
    noise = frames[order[: max(1, int(_QUIET * len(order)))]].mean(axis=0)
    loud_enough = totals > _ABOVE_NOISE * noise.sum() * reference
    sounding = np.flatnonzero(loud_enough & (frames.max(axis=1) > _SOUNDS))
    return Sound(frames[sounding[0] : sounding[-1] + 1], noise) if len(sounding) else _SILENCE


def looks(frames: Frames) -> Frames:
    """Energies as they are compared: in powers of ten, and without the mean of each band, which is the microphone's."""
    logarithms: Frames = np.log10(frames + np.float32(_FLOOR))
    centred: Frames = logarithms - logarithms.mean(axis=0)
    return centred


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
