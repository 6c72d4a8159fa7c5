"""Whether sound is too steady to be speech. Speech changes with every syllable, most noise does not. No numpy."""

from collections import deque
from itertools import islice
from math import fsum, log10
from struct import Struct
from typing import Final, cast

from gemlive_emulator.audio.spectrum import BANDS, Powers

STEADY: Final = 20
"""Frames, 400 ms, that speech cannot be steady for."""
_SPREAD = 10**0.15
"""Loudest to softest of them: 1.5 dB."""

_RECENT, _VARIATION = 9, 1.55
"""A start is doubted while so many frames vary by less, in decibels around their mean, mean over the bands."""
_LATEST, _LATEST_VARIATION, _FAR = 4, 1.4, 14.0
"""Sound that rises this far above the noise is doubted by fewer frames: noise does not fill the gaps of such speech."""
EARLY: Final = 25
"""Frames, half a second, in which the stream has only begun: nothing is known of the noise, and more is doubted."""
_EARLY_FRAMES, _EARLY_VARIATION = 15, 1.8

_FRAME: Final = Struct(f"{BANDS}d")
"""A frame at rest. As an object of objects it would be looked at by each collection of garbage, of each client."""

_QUIET = 10**-7.5
"""White noise of -75 dBFS is added in thought: below, nothing varies."""


class Steadiness:
    """Remembers the last half second.

    Attributes:
        heard: frames so far.
    """

    __slots__ = ("_changes_until", "_frames", "_quiet", "heard")

    def __init__(self, white: Powers) -> None:
        """``white`` is what white noise at full scale has in each band."""
        self._quiet = [_QUIET * band for band in white]
        self._frames: deque[bytes] = deque(maxlen=EARLY)
        self.heard = 0
        self._changes_until = 0

    def hear(self, powers: Powers) -> None:
        """Take the next frame."""
        self._frames.append(_FRAME.pack(*powers))
        self.heard += 1

    @property
    def level(self) -> float:
        """Of the last frame: mean square, full scale being 1, without what is constant."""
        return _level(self._frames[-1])

    def last(self, count: int) -> list[Powers]:
        """The last frames, or fewer if there are not so many."""
        frames = self._frames
        return [cast(Powers, _FRAME.unpack(frame)) for frame in islice(frames, max(0, len(frames) - count), None)]

    def is_steady(self) -> bool:
        """For 400 ms the sound has been as steady as speech never is."""
        if self.heard <= self._changes_until or self.heard < STEADY:
            return False
        softest = loudest = self.level
        for age, frame in enumerate(islice(reversed(self._frames), STEADY)):
            level = _level(frame)
            softest, loudest = min(softest, level), max(loudest, level)
            if loudest > _SPREAD * softest:
                # And so it is for as long as both are among the last: of speech, this is looked at now and then only.
                self._changes_until = self.heard + STEADY - 1 - age
                return False
        return True

    def is_doubtful(self, rise: float) -> bool:
        """What rose so many decibels above the noise may be louder noise: its bands do not vary as speech does."""
        if self.heard < EARLY and self._variation(_EARLY_FRAMES) < _EARLY_VARIATION:
            return True
        if rise > _FAR and self._variation(_LATEST) < _LATEST_VARIATION:
            return True
        return self.heard >= _RECENT and self._variation(_RECENT) < _VARIATION

    def _variation(self, count: int) -> float:
        """Mean distance from their mean of the last frames' decibels, mean over the bands."""
        total = 0.0
        for band, quiet in zip(zip(*self.last(count), strict=True), self._quiet, strict=True):
            levels = [log10(power + quiet) for power in band]
            mean = fsum(levels) / len(levels)
            total += fsum(abs(level - mean) for level in levels) / len(levels)
        return 10 * total / BANDS


def _level(frame: bytes) -> float:
    a, b, c, d, e = _FRAME.unpack(frame)
    level: float = a + b + c + d + e
    return level
