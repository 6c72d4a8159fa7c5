"""Speech in a stream of sound, found by its energy above the noise, or above a fixed level.

The features are exact (see ``spectrum``) and everything after them is plain arithmetic in a fixed order, frame by
frame: so the decisions depend on the samples alone, and not on how they were cut.
"""

from math import fsum, inf, log10, sqrt

import numpy as np

from gemlive_emulator.audio.activity import Edge, Sensing
from gemlive_emulator.audio.framing import FramedDetector, Seen
from gemlive_emulator.audio.noise_floor import AVERAGED, NoiseFloor
from gemlive_emulator.audio.spectrum import BANDS, Powers, check_rate, spectrum_of
from gemlive_emulator.audio.steadiness import EARLY, STEADY, Steadiness
from gemlive_emulator.audio.unrest import Unrest

_FAINTEST = 3.0
"""Decibels above the noise that are speech where nothing louder was heard."""
_SHARE, _LESS = 0.62, 5.0
"""Speech is also above this share of how far loud speech rises, less so many decibels: other people are not so loud."""
_LOUD_AT_FIRST, _LOUD_AT_LEAST = 18.0, 10.0
"""How far loud speech is taken to rise before any was heard, and after a long silence."""
_LOUDER, _FADING = 0.3, 0.015
"""What is learned of loud speech from a frame that is louder; and what of it is forgotten, decibels a frame."""
_CEILING = 38.0
"""Decibels above the noise that count in one band."""
_CEILING_SQUARED = _CEILING * _CEILING

_BEFORE = {"HIGH": 1.0, "LOW": 1.5}
"""Times the threshold that speech has to rise to for a start."""
_BEGUN = 0.5
"""Times that, once it has, and just before it has."""
_EARLIER = 3
"""Frames just before that count as speech at most: a soft sound leads up to the first vowel."""
_FALL = 18.0
"""Decibels that sound falls by within a frame when a click has passed: the median still calls it speech."""
_DURING = {"HIGH": 0.8, "LOW": 0.5}
"""Times the threshold that speech is above for a turn to go on."""
_NEVER = BANDS * (_FAINTEST * 0.5) ** 2
"""Sums of squares below are speech at no time."""
_BLIP = 2
"""Frames of speech in a row that keep a turn going: a single one is a click."""
_LAG = 1
"""Frames of speech that have passed when the median of three shows the first."""
_PATIENCE = 4
"""Frames without speech that take one off the speech towards a start: in noise, all but the vowels of a word drown."""
_BATCH = 50


def make_detector(sensing: Sensing, rate: int) -> "AdaptiveDetector | FixedDetector":
    """A detector for s16le mono at ``rate`` Hz: a fixed one if the settings have a fixed level.

    Raises:
        ValueError: the rate is not within 4,000 and 192,000 Hz.
    """
    if sensing.threshold_dbfs is None:
        return AdaptiveDetector(sensing, rate)
    return FixedDetector(sensing, rate, sensing.threshold_dbfs)


class AdaptiveDetector(FramedDetector[Powers]):
    """Speech is what rises above the noise, far enough for how loud speech has been, and is not steady.

    How far a frame rises is the root mean square, over the bands, of its decibels above the floor of the noise; kept as
    the sum of squares, so that no root is needed. A frame is judged by the median of it and the two before: a click is
    one loud frame, seldom two, and most are nothing to a median.
    """

    def __init__(self, sensing: Sensing, rate: int) -> None:
        self._spectrum = spectrum_of(rate)
        super().__init__(sensing, rate, self._spectrum.frame, blip=_BLIP, lag=_LAG, patience=_PATIENCE)
        self._before = _BEFORE[sensing.start]
        self._during = _DURING[sensing.end]
        self._floor = NoiseFloor(self._spectrum.white)
        self._steadiness = Steadiness(self._spectrum.white)
        self._loud = _LOUD_AT_FIRST
        self._unrest = Unrest()
        self._unheard: list[Powers] = []
        self._needed = 0.0
        self._pause()

    def seen(self) -> Seen:
        """How the last whole frame was judged; there has to have been one."""
        level, floor = decibels(self._steadiness.level), decibels(fsum(self._floor.powers))
        threshold = self._threshold() if self._last < _NEVER and self._second < _NEVER else self._needed
        return Seen(level, floor, self._score(), threshold, self._speech)

    def _look(self, pcm: bytes) -> list[Powers]:
        return self._spectrum.powers(pcm)

    def _pause(self) -> None:
        self._speech = False
        self._last = self._second = self._third = 0.0
        self._peak = 0.0
        self._rising = 0

    def _judge(self, powers: Powers) -> Edge | None:
        last, second, third = self._rise(powers), self._last, self._second
        self._last, self._second, self._third = last, second, third
        self._steadiness.hear(powers)
        unheard = self._unheard
        unheard.append(powers)
        if len(unheard) == AVERAGED:
            self._floor.hear(*unheard)
            unheard.clear()
        turns = self._turns
        speech, limit = False, inf
        if last >= _NEVER or second >= _NEVER:
            self._needed = self._threshold()
            limit = BANDS * self._needed * self._needed
            above = second > limit or third > limit if last > limit else second > limit and third > limit
            speech = above and not self._is_noise()
        self._speech = speech
        if self._loud > _LOUD_AT_LEAST:
            self._loud -= _FADING
        if turns.talking:
            if speech:
                self._learn()
            return turns.during(speech, self._at)
        if not speech:
            self._unrest.hear(sqrt(last / BANDS))
            self._rising = self._rising + 1 if last > _BEGUN * _BEGUN * limit else 0
            if turns.credit:
                turns.before(False, self._at)
            return None
        return self._begin()

    def _rise(self, powers: Powers) -> float:
        """The sum over the bands of the squared decibels above the floor."""
        # Of each frame of each client: written out, it takes half of the time of a loop.
        first, second, third, fourth, above = powers
        floor_1, floor_2, floor_3, floor_4, floor_5 = self._floor.powers
        total = 0.0
        if first > floor_1:
            rise = 10.0 * log10(first / floor_1)
            total = rise * rise if rise < _CEILING else _CEILING_SQUARED
        if second > floor_2:
            rise = 10.0 * log10(second / floor_2)
            total += rise * rise if rise < _CEILING else _CEILING_SQUARED
        if third > floor_3:
            rise = 10.0 * log10(third / floor_3)
            total += rise * rise if rise < _CEILING else _CEILING_SQUARED
        if fourth > floor_4:
            rise = 10.0 * log10(fourth / floor_4)
            total += rise * rise if rise < _CEILING else _CEILING_SQUARED
        if above > floor_5:
            rise = 10.0 * log10(above / floor_5)
            total += rise * rise if rise < _CEILING else _CEILING_SQUARED
        return total

    def _threshold(self) -> float:
        """How far speech has to rise now, in decibels."""
        threshold = _SHARE * self._loud - _LESS
        if threshold < _FAINTEST:
            threshold = _FAINTEST
        if self._turns.talking:
            return threshold * self._during
        unrest = self._unrest.threshold
        if self._steadiness.heard >= EARLY:
            # Before, it is a guess, and a high one: nothing would be loud enough for LOW.
            unrest *= self._before
        threshold *= self._before
        if threshold < unrest:
            threshold = unrest
        return threshold * _BEGUN if self._speech else threshold

    def _is_noise(self) -> bool:
        """What rose is steady: the noise is louder than was known, and known from now on."""
        if not self._steadiness.is_steady():
            return False
        self._floor.adopt(self._steadiness.last(STEADY))
        self._unheard.clear()
        self._unrest.settle()
        self._pause()
        return True

    def _learn(self) -> None:
        """Loud speech is as loud as this."""
        score = self._score()
        if score > self._loud:
            self._loud += _LOUDER * (score - self._loud)

    def _score(self) -> float:
        """The median rise of the last three frames, in decibels."""
        last, second, third = self._last, self._second, self._third
        if second <= last <= third or third <= last <= second:
            median = last
        else:
            median = second if last <= second <= third or third <= second <= last else third
        return sqrt(median / BANDS)

    def _begin(self) -> Edge | None:
        """A frame of speech before a turn. No other frame tells a start.

        Neither does the frame after a sound whose start was held back, which the median still calls speech: the end of
        a beep is a change that would end the doubt.
        """
        turns, score = self._turns, self._score()
        self._peak = max(score, self._peak) if turns.credit else score
        turns.before(True, self._at, self._earlier(self._rising))
        self._rising = 0
        if not turns.due or self._peak < self._unrest.reach or self._has_passed(score):
            return None
        return None if self._steadiness.is_doubtful(score) else turns.start(self._at)

    @staticmethod
    def _earlier(rising: int) -> int:
        """Frames that count as speech with the first one: all that rose, but the one that the median lags behind."""
        return min(max(rising - _LAG, 0), _EARLIER)

    def _frames_of_slack(self) -> int:
        if self._turns.talking:
            return self._turns.slack()
        # One loud frame is nothing to the median: where the last two were none, it takes two more.
        wait = 0 if max(self._last, self._second) > self._limit() else 1
        return self._turns.slack(wait, self._earlier(self._rising + wait), _EARLIER)

    def _limit(self) -> float:
        """The sum of squares that a frame of speech is above now."""
        threshold = self._threshold()
        return BANDS * threshold * threshold

    def _has_passed(self, score: float) -> bool:
        """What the median calls speech is over: a click, or a sound whose start was held back."""
        turns, last = self._turns, sqrt(self._last / BANDS)
        return last < score - _FALL or (turns.credit > turns.needed and last <= self._needed)


class FixedDetector(FramedDetector[float]):
    """Speech is every frame of 20 ms whose RMS is above a level: tones and noise too.

    Nothing is learned and nothing forgiven. A full-scale square wave is 0 dBFS, a sine -3.
    """

    def __init__(self, sensing: Sensing, rate: int, threshold_dbfs: float) -> None:
        check_rate(rate)
        super().__init__(sensing, rate, round(rate / 50))
        self._full_scale = self.frame * 4.0**15
        self._threshold = threshold_dbfs
        self._limit = self._full_scale * 10 ** (threshold_dbfs / 10)
        self._energy = 0.0

    def seen(self) -> Seen:
        """How the last whole frame was judged."""
        level = decibels(self._energy / self._full_scale)
        return Seen(level, self._threshold, level - self._threshold, 0.0, self._energy > self._limit)

    def _look(self, pcm: bytes) -> list[float]:
        """The sum of squares of each frame: integers, so exact."""
        energies: list[float] = []
        for start in range(0, len(pcm), _BATCH * self._size):
            samples = np.frombuffer(pcm[start : start + _BATCH * self._size], "<i2").astype(np.float64)
            frames = samples.reshape(-1, self.frame)
            energies += np.einsum("ij,ij->i", frames, frames).tolist()
        return energies

    def _judge(self, energy: float) -> Edge | None:
        self._energy = energy
        speech, turns = energy > self._limit, self._turns
        if turns.talking:
            return turns.during(speech, self._at)
        turns.before(speech, self._at)
        return turns.start(self._at) if turns.due else None

    def _pause(self) -> None:
        """Each frame stands alone."""


def decibels(power: float) -> float:
    """Of a mean square, full scale being 1; -120 at least."""
    return 10.0 * log10(max(power, 1e-12))
