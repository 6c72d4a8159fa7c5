"""How loud five bands of a sound are, frame by frame. Exact, so that it does not matter how the sound was cut.

A frame is some 20 ms: ten pieces of eight blocks of ``q`` samples. Summed up, the blocks are the same sound at about
4 kHz, and each piece of eight is taken apart by the orthogonal integer transform that H.264 made known. Its first row
is what is constant in 2 ms: offset and most of the hum of the mains go there and are left out. What the rows do not
hold lies inside the blocks, above 2 kHz: the energy of the samples less that of the rows.

Every product and every sum is an integer below 2**53, which a float64 holds exactly. A row of norm n (the sum of its
squares) and ten pieces of 8 q samples up to 2**15 give at most 10 * n q * 8 q * 2**30, and n is 578 at most: 2**53 is
reached at a q of 13.4. Above 12, the samples are halved until they fit. So neither the order of summing, nor the
library that sums, nor the processor can make a difference.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy import frombuffer, matmul, multiply
from numpy.typing import NDArray

from gemlive_emulator.audio.pcm import HIGHEST_RATE, LOWEST_RATE

Powers = tuple[float, float, float, float, float]
"""Mean square of a frame in five bands, full scale being 1: up to some 375, 625, 1,125 and 2,000 Hz, and above."""

BANDS: Final = 5
_PIECES, _LENGTH = 10, 8
_INNER_RATE = 4_000
_LARGEST_BLOCK = 12
"""Samples in a block that may be summed at full scale, see above."""
_BATCH = 50
"""Frames looked at together: bounds the memory that a long portion takes."""
_S16, _FLOAT = np.dtype("<i2"), np.dtype(np.float64)

_TRANSFORM = np.array(
    [
        [8, 8, 8, 8, 8, 8, 8, 8],
        [12, 10, 6, 3, -3, -6, -10, -12],
        [8, 4, -4, -8, -8, -4, 4, 8],
        [10, -3, -12, -6, 6, 12, 3, -10],
        [8, -8, -8, 8, 8, -8, -8, 8],
        [6, -12, 3, 10, -10, -3, 12, -6],
        [4, -8, 8, -4, -4, 8, -8, 4],
        [3, -6, 10, -12, 12, -10, 6, -3],
    ],
    np.float64,
)
_NOTHING: list[Powers] = [(0.0, 0.0, 0.0, 0.0, 0.0)]
_NORMS = (_TRANSFORM * _TRANSFORM).sum(axis=1)


class Spectrum:
    """The bands of sound at one rate. Has no state; made once a rate by :func:`spectrum_of`.

    Attributes:
        frame: samples in a frame.
        white: the bands of white noise at full scale; of the last one a little also where the rate leaves nothing
            above 2 kHz.
    """

    def __init__(self, rate: int) -> None:
        block = max(1, round(rate / _INNER_RATE))
        self.frame: Final = _PIECES * _LENGTH * block
        row = 1 / (_LENGTH * block)
        self.white: Powers = (row, row, 2 * row, 3 * row, max(1 - 1 / block, row))
        self._piece = _LENGTH * block
        self._halvings = 0
        while block > _LARGEST_BLOCK << self._halvings:
            self._halvings += 1
        # By columns, each coefficient once for every sample of its block.
        self._columns = np.ascontiguousarray(np.repeat(_TRANSFORM, block, axis=1).T)
        self._silence = bytes(2 * self.frame)
        self._ones = np.ones(_PIECES)
        full_scale = 4.0 ** (15 - self._halvings) * self.frame
        self._scale = 1 / full_scale
        self._row_scales: list[float] = (1 / (_NORMS * block * full_scale)).tolist()
        self._rest_scale = 1.0 if block > 1 else 0.0

    def powers(self, pcm: bytes) -> list[Powers]:
        """The bands of each frame of ``pcm``, which is whole frames of s16le."""
        size = 2 * self.frame
        if len(pcm) == size:
            if pcm == self._silence:
                return _NOTHING
            samples = self._samples(pcm)
            rows = samples.reshape(_PIECES, self._piece).dot(self._columns)
            multiply(rows, rows, rows)
            return [self._bands(self._ones.dot(rows).tolist(), float(samples.dot(samples)))]
        return [
            powers
            for start in range(0, len(pcm), _BATCH * size)
            for powers in self._batch(pcm[start : start + _BATCH * size])
        ]

    def _batch(self, pcm: bytes) -> list[Powers]:
        samples = self._samples(pcm)
        rows = samples.reshape(-1, self._piece).dot(self._columns)
        multiply(rows, rows, rows)
        # Products of matrices, because they are the fastest way to sum few numbers.
        squares = matmul(self._ones, rows.reshape(-1, _PIECES, _LENGTH)).tolist()
        wholes = matmul(samples.reshape(-1, 1, self.frame), samples.reshape(-1, self.frame, 1)).ravel().tolist()
        return list(map(self._bands, squares, wholes))

    def _samples(self, pcm: bytes) -> NDArray[np.float64]:
        samples = frombuffer(pcm, _S16).astype(_FLOAT)
        return np.floor(samples * 0.5**self._halvings) if self._halvings else samples

    def _bands(self, squares: list[float], whole: float) -> Powers:
        s0, s1, s2, s3, s4, s5, s6, s7 = squares
        r0, r1, r2, r3, r4, r5, r6, r7 = self._row_scales
        first, second, third, fourth = s1 * r1, s2 * r2, s3 * r3 + s4 * r4, s5 * r5 + s6 * r6 + s7 * r7
        # Rounding may leave a little where there is nothing, on either side of zero.
        above = (whole * self._scale - (s0 * r0 + first + second + third + fourth)) * self._rest_scale
        return first, second, third, fourth, above if above > 0.0 else 0.0


@lru_cache(maxsize=16)
def spectrum_of(rate: int) -> Spectrum:
    """The one for a rate in Hz.

    Raises:
        ValueError: the rate is not within 4,000 and 192,000 Hz.
    """
    check_rate(rate)
    return Spectrum(rate)


def check_rate(rate: int) -> None:
    """Refuse rates that speech cannot be found at.

    Raises:
        ValueError: the rate is not within 4,000 and 192,000 Hz.
    """
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise ValueError(f"cannot find speech at {rate} Hz: give a rate of {LOWEST_RATE:,} to {HIGHEST_RATE:,} Hz")
