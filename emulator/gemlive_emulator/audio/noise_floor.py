"""How loud the noise is in each band: the least that was heard in the last seconds. No numpy."""

from collections import deque

from gemlive_emulator.audio.spectrum import Powers

_SMOOTHED = 3
"""Frames averaged before the least is taken: single frames of noise vary too much."""
_PER_SPAN, _SPANS = 5, 6
"""The least is kept for spans of so many averages, and over so many spans: 1.8 s."""

_QUIET = tuple(10**-7.5 * part for part in (0.02, 0.04, 0.12, 0.3, 1.0))
"""No floor lies below: -75 dBFS of white noise. Digital silence has none, and speech in it is not infinitely loud."""
_EXPECTED = tuple(10**-4.5 * part for part in (0.02, 0.04, 0.12, 0.3, 1.0))
"""No floor lies above before anything is known: sound that is louder at once may be speech."""


class NoiseFloor:
    """Follows the noise: down at once, up when speech has not covered it for 1.8 s.

    Attributes:
        powers: the floor in each band, full scale being 1.
    """

    __slots__ = ("_averages", "_count", "_least", "_spans", "_sums", "powers")

    def __init__(self) -> None:
        self.powers = list(_EXPECTED)
        self._spans: deque[list[float]] = deque(maxlen=_SPANS)
        self._start_span([])

    def _start_span(self, least: list[float]) -> None:
        self._least = least
        self._averages = 0
        self._count = 0
        self._sums = [0.0] * 5

    def hear(self, powers: Powers) -> bool:
        """Take a frame; whether the floor may have moved."""
        a, b, c, d, e = self._sums
        p, q, r, s, t = powers
        self._sums = [a + p, b + q, c + r, d + s, e + t]
        self._count += 1
        if self._count < _SMOOTHED:
            return False
        self._take([max(total / _SMOOTHED, quiet) for total, quiet in zip(self._sums, _QUIET, strict=True)])
        return True

    def _take(self, average: list[float]) -> None:
        self._count = 0
        self._sums = [0.0] * 5
        self._least = list(map(min, self._least, average)) if self._least else average
        self.powers = list(map(min, self.powers, average))
        self._averages += 1
        if self._averages == _PER_SPAN:
            self._spans.append(self._least)
            known = [min(band) for band in zip(*self._spans, strict=True)]
            self.powers = known if len(self._spans) == _SPANS else list(map(min, known, _EXPECTED))
            self._start_span([])

    def adopt(self, powers: list[float]) -> None:
        """What is heard now is noise: the floor lies there from now on."""
        self.powers = [max(power, quiet) for power, quiet in zip(powers, _QUIET, strict=True)]
        self._spans.clear()
        self._spans.extend([self.powers] * _SPANS)
        self._start_span([])
