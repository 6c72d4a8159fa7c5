"""How loud the noise is in each band: the least that was heard in the last seconds. No numpy."""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from gemlive_emulator.audio.spectrum import Powers

AVERAGED: Final = 4
"""Frames averaged before the least is taken: single frames of noise vary too much."""
_PER_SPAN, _SPANS = 5, 6
"""The least is kept for spans of so many averages, and over so many spans: 2.4 s."""

_QUIET = 10**-7.5
"""No floor lies below -75 dBFS of white noise: digital silence has none, and speech in it is not infinitely loud."""
_EXPECTED = 10**-4.0
"""No floor lies above -40 dBFS of white noise before anything is known: what is louder may be speech."""
_ABOVE = 10**0.05
"""How much the average of noise lies above the least of its averages, about."""


class NoiseFloor:
    """Follows the noise: down at once, up when speech has not covered it for 2.4 s.

    Attributes:
        powers: the floor in each band, full scale being 1.
    """

    __slots__ = ("_averages", "_expected", "_least", "_quiet", "_spans", "powers")

    def __init__(self, white: Powers) -> None:
        """``white`` is what white noise at full scale has in each band."""
        self._quiet = [_QUIET * _ABOVE * band for band in white]
        self._expected = [_EXPECTED * _ABOVE * band for band in white]
        self._spans: deque[list[float]] = deque(maxlen=_SPANS)
        self._averages = 0
        self._least = self.powers = self._expected

    def hear(self, frames: Iterable[Powers]) -> None:
        """Take the next ``AVERAGED`` frames."""
        average = self._floor_of(frames, AVERAGED)
        self._least = list(map(min, self._least, average)) if self._averages else average
        self.powers = list(map(min, self.powers, average))
        self._averages += 1
        if self._averages == _PER_SPAN:
            self._averages = 0
            self._spans.append(self._least)
            known = [min(band) for band in zip(*self._spans, strict=True)]
            self.powers = known if len(self._spans) == _SPANS else list(map(min, known, self._expected))

    def adopt(self, frames: Sequence[Powers]) -> None:
        """These frames are noise: the floor lies there from now on."""
        self.powers = self._floor_of(frames, len(frames))
        self._spans.extend([self.powers] * _SPANS)
        self._averages = 0

    def _floor_of(self, frames: Iterable[Powers], count: int) -> list[float]:
        averages = (sum(band) * (_ABOVE / count) for band in zip(*frames, strict=True))
        return list(map(max, averages, self._quiet))
