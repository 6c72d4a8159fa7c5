"""How loud the noise is in each band: the least that was heard in the last seconds. No numpy."""

from collections import deque
from collections.abc import Sequence
from math import fsum, inf
from typing import Final

from gemlive_emulator.audio.spectrum import BANDS, Powers

AVERAGED: Final = 4
"""Frames averaged before the least is taken: single frames of noise vary too much."""
_PER_SPAN, _SPANS = 5, 6
"""The least is kept for spans of so many averages, and over so many spans: 2.4 s."""

_QUIET = 10**-7.5
"""No floor lies below -75 dBFS of white noise: digital silence has none, and speech in it is not infinitely loud."""
_EXPECTED = 10**-3.5
"""No floor lies above -35 dBFS of white noise before anything is known: what is louder may be speech."""
_ABOVE = 10**0.05
"""How much the average of noise lies above the least of its averages, about."""
_SHARE = _ABOVE / AVERAGED


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
        self.powers = list(self._expected)
        self._start_span()

    def hear(self, first: Powers, second: Powers, third: Powers, fourth: Powers) -> None:
        """Take the next ``AVERAGED`` frames."""
        powers, least = self.powers, self._least
        bands = zip(first, second, third, fourth, self._quiet)  # noqa: B905 - strict=True takes as long as all the rest
        for band, (a, b, c, d, quiet) in enumerate(bands):
            average = (a + b + c + d) * _SHARE
            if average < quiet:
                average = quiet
            if average < least[band]:
                least[band] = average
                if average < powers[band]:
                    powers[band] = average
        self._averages += 1
        if self._averages == _PER_SPAN:
            self._end_span()

    def _end_span(self) -> None:
        self._spans.append(self._least)
        self._start_span()
        spans = self._spans
        self.powers = list(map(min, *spans)) if len(spans) == _SPANS else list(map(min, self._expected, *spans))

    def _start_span(self) -> None:
        self._least = [inf] * BANDS
        self._averages = 0

    def adopt(self, frames: Sequence[Powers]) -> None:
        """These frames are noise: the floor lies there from now on."""
        averages = (fsum(band) * (_ABOVE / len(frames)) for band in zip(*frames, strict=True))
        self.powers = list(map(max, averages, self._quiet))
        self._spans.extend([list(self.powers)] * _SPANS)
        self._start_span()
