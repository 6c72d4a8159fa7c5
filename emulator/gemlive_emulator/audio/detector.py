"""Speech in a stream of sound, found by its energy above the noise, or above a fixed level.

The features are exact (see ``spectrum``) and everything after them is plain arithmetic in a fixed order, frame by
frame: so the decisions depend on the samples alone, and not on how they were cut.
"""

import math
from collections import deque
from typing import Final, NamedTuple

import numpy as np

from gemlive_emulator.audio.activity import Edge, Sensing
from gemlive_emulator.audio.noise_floor import NoiseFloor
from gemlive_emulator.audio.spectrum import Powers, spectrum_of
from gemlive_emulator.audio.turns import Turns

_ON = {"HIGH": 3.0, "LOW": 5.0}
_OFF = {"HIGH": 1.5, "LOW": 0.9}
"""Decibels above the noise, mean over bands and three frames, from which speech goes on or off."""
_CAP = 10**1.2
_BLIP = 2
_STEADY_FRAMES, _STEADY_DECIBELS = 15, 2.5


class Seen(NamedTuple):
    """What a detector saw in its last frame; the words are those of ``trace.Frame``."""

    level_dbfs: float
    floor_dbfs: float
    score: float
    threshold: float
    speech: bool


def make_detector(sensing: Sensing, rate: int) -> "AdaptiveDetector | FixedDetector":
    """A detector for s16le mono at ``rate`` Hz.

    Raises:
        ValueError: the rate is not within 4,000 and 192,000 Hz.
    """
    if sensing.threshold_dbfs is None:
        return AdaptiveDetector(sensing, rate)
    return FixedDetector(sensing, rate, sensing.threshold_dbfs)


class AdaptiveDetector:
    """Speech is what rises above the noise in enough bands at once.

    Attributes:
        frame: samples that are judged together.
    """

    def __init__(self, sensing: Sensing, rate: int) -> None:
        self._spectrum = spectrum_of(rate)
        self.frame: Final = self._spectrum.frame
        self._frame_bytes = 2 * self.frame
        self._turns = Turns(sensing, rate, self.frame, _BLIP)
        self._floor = NoiseFloor()
        self._on, self._off = _ON[sensing.start], _OFF[sensing.end]
        self._scale = 10.0 / (3 * self._spectrum.bands)
        self._recent: deque[Powers] = deque(maxlen=_STEADY_FRAMES)
        self._rest = b""
        self._at = 0
        self._speech = False
        self._before = self._before_that = 1.0
        self._score = self._threshold = 0.0

    def feed(self, pcm: bytes) -> list[Edge]:
        """The next whole samples; see ``Detector``."""
        if self._rest:
            pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % self._frame_bytes
        self._rest = pcm[whole:]
        if not whole:
            return []
        edges = []
        for powers in self._spectrum.powers(pcm[:whole]):
            self._at += self.frame
            edge = self._judge(powers)
            if edge:
                edges.append(edge)
        return edges

    def finish(self) -> list[Edge]:
        """The stream pauses; see ``Detector``."""
        self._at += len(self._rest) // 2
        self._rest = b""
        self._speech = False
        self._before = self._before_that = 1.0
        if self._turns.talking:
            return [self._turns.end(self._at)]
        self._turns.reset()
        return []

    def seen(self) -> Seen:
        """How the last whole frame was judged; there has to have been one."""
        level, floor = decibels(sum(self._recent[-1])), decibels(sum(self._floor.powers))
        return Seen(level, floor, self._score, self._threshold, self._speech)

    def _judge(self, powers: Powers) -> Edge | None:
        ratio = self._rise(powers)
        score = self._scale * math.log10(ratio * self._before * self._before_that)
        self._before_that, self._before = self._before, ratio
        self._floor.hear(powers)
        self._recent.append(powers)
        turns = self._turns
        self._threshold = self._off if self._speech else self._on
        speech = score > self._threshold
        if speech and self._is_noise():
            speech = False
        self._speech, self._score = speech, score
        if turns.talking:
            return turns.during(speech, self._at)
        if speech or turns.credit:
            turns.before(speech, self._at)
            if turns.due:
                return turns.start(self._at)
        return None

    def _rise(self, powers: Powers) -> float:
        """The product over the bands of how many times louder than the noise each is, between 1 and the cap."""
        product = 1.0
        for power, floor in zip(powers, self._floor.powers, strict=True):
            if power > floor:
                product *= min(power / floor, _CAP)
        return product

    def _is_noise(self) -> bool:
        """Sound as steady as speech never is; if so, it becomes the floor."""
        if len(self._recent) < _STEADY_FRAMES:
            return False
        levels = [sum(powers) for powers in self._recent]
        if max(levels) > min(levels) * 10 ** (_STEADY_DECIBELS / 10):
            return False
        self._floor.adopt([sum(band) / _STEADY_FRAMES for band in zip(*self._recent, strict=True)])
        return True


class FixedDetector:
    """Speech is every frame of 20 ms whose RMS is above a level: tones and noise too.

    Attributes:
        frame: samples that are judged together.
    """

    def __init__(self, sensing: Sensing, rate: int, threshold_dbfs: float) -> None:
        spectrum_of(rate)
        self.frame: Final = round(rate / 50)
        self._turns = Turns(sensing, rate, self.frame, 1)
        self._least = self.frame * 4.0**15 * 10 ** (threshold_dbfs / 10)
        self._energy = 0.0
        self._rest = b""
        self._at = 0

    def feed(self, pcm: bytes) -> list[Edge]:
        """The next whole samples; see ``Detector``."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % (2 * self.frame)
        self._rest = pcm[whole:]
        edges = []
        for start in range(0, whole, 2 * self.frame):
            samples = np.frombuffer(pcm, "<i2", self.frame, start).astype(np.float64)
            self._at += self.frame
            self._energy = float(samples.dot(samples))
            edge = self._judge(self._energy > self._least)
            if edge:
                edges.append(edge)
        return edges

    def finish(self) -> list[Edge]:
        """The stream pauses; see ``Detector``."""
        self._at += len(self._rest) // 2
        self._rest = b""
        if self._turns.talking:
            return [self._turns.end(self._at)]
        self._turns.reset()
        return []

    def seen(self) -> Seen:
        """How the last whole frame was judged."""
        full_scale = self.frame * 4.0**15
        level, fixed = decibels(self._energy / full_scale), decibels(self._least / full_scale)
        return Seen(level, fixed, level - fixed, 0.0, level > fixed)

    def _judge(self, speech: bool) -> Edge | None:
        turns = self._turns
        if turns.talking:
            return turns.during(speech, self._at)
        turns.before(speech, self._at)
        return turns.start(self._at) if turns.due else None


def decibels(power: float) -> float:
    """Of a mean square, full scale being 1; -120 at least."""
    return 10.0 * math.log10(max(power, 1e-12))
