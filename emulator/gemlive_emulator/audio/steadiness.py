"""Whether sound is too steady to be speech. Speech changes with every syllable, most noise does not. No numpy."""

from collections.abc import Iterator
from itertools import starmap
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

_FEW: Final = 8
"""Frames that are too few to be worth writing down."""
_FRAME: Final = Struct(f"{BANDS}d")
"""A frame that is written down."""

_QUIET = 10**-7.5
"""White noise of -75 dBFS is added in thought: below, nothing varies."""


class Steadiness:
    """Remembers the last half second.

    Attributes:
        frames: the latest; the next one is to be appended, and :meth:`close` called at the end of a portion.
    """

    __slots__ = ("_before", "_changes_until", "_past", "_quiet", "frames")

    def __init__(self, white: Powers) -> None:
        """``white`` is what white noise at full scale has in each band."""
        self._quiet = [_QUIET * band for band in white]
        self.frames: list[Powers] = []
        self._past = b""
        self._before = 0  # frames that are let go
        self._changes_until = 0

    @property
    def level(self) -> float:
        """Of the last frame: mean square, full scale being 1, without what is constant."""
        return _level(self.last(1)[0])

    @property
    def heard(self) -> int:
        """Frames so far."""
        return self._before + len(self.frames)

    def last(self, count: int) -> list[Powers]:
        """The last frames, ``EARLY`` at most, or fewer if there are not so many."""
        frames = self.frames
        missing = count - len(frames)
        if missing <= 0:
            return frames[-count:]
        past = self._past[-missing * _FRAME.size :]
        return [*cast(Iterator[Powers], _FRAME.iter_unpack(past)), *frames]

    def close(self) -> None:
        """The portion is over.

        What was heard is kept as bytes: frames that are let go a while later are not in the processor's cache any more,
        and each is six objects.
        """
        frames = self.frames
        if len(frames) < _FEW:
            return
        self._past = (self._past + b"".join(starmap(_FRAME.pack, frames[-EARLY:])))[-EARLY * _FRAME.size :]
        self._before += len(frames)
        frames.clear()

    def is_steady(self) -> bool:
        """For 400 ms the sound has been as steady as speech never is."""
        # Where two frames differ, nothing is steady for as long as both are among the last: speech is seldom looked at.
        heard = self._before + len(self.frames)
        if heard <= self._changes_until or heard < STEADY:
            return False
        softest = loudest = self.level
        for age, powers in enumerate(reversed(self.last(STEADY))):
            level = _level(powers)
            if level > loudest:
                loudest = level
            elif level < softest:
                softest = level
            if loudest > _SPREAD * softest:
                self._changes_until = heard + STEADY - 1 - age
                return False
        return True

    def is_doubtful(self, rise: float) -> bool:
        """What rose so many decibels above the noise may be louder noise: its bands do not vary as speech does."""
        heard = self.heard
        if heard < EARLY and self._variation(_EARLY_FRAMES) < _EARLY_VARIATION:
            return True
        if rise > _FAR and self._variation(_LATEST) < _LATEST_VARIATION:
            return True
        return heard >= _RECENT and self._variation(_RECENT) < _VARIATION

    def _variation(self, count: int) -> float:
        """Mean distance from their mean of the last frames' decibels, mean over the bands."""
        total = 0.0
        for band, quiet in zip(zip(*self.last(count), strict=True), self._quiet, strict=True):
            levels = [log10(power + quiet) for power in band]
            mean = fsum(levels) / len(levels)
            total += fsum(abs(level - mean) for level in levels) / len(levels)
        return 10 * total / BANDS


def _level(powers: Powers) -> float:
    a, b, c, d, e = powers
    return a + b + c + d + e
