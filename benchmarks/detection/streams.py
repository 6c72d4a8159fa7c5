"""The labelled streams: utterances with gaps between them, in one condition."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from benchmarks.detection.noises import Noise, Sound, brown, clicks, fan, hum, level, pink, unit, white
from benchmarks.detection.speech import SPEECH_RATE, SPLITS, Split, lines, spoken
from gemlive_emulator.audio.resample import Samples, resample

FRAME = 0.01
"""Seconds of a frame of the truth."""
_WITHIN_DB = 35.0
_BRIDGED = 10
_PER_STREAM = 8
_TALKERS = 10
_NOISES: dict[str, Noise] = {"white": white, "pink": pink, "hum": hum}
_AT_OTHER_RATES = ("clean", "white 10 dB", "pink 10 dB", "hum 10 dB", "white 0 dB", "clipping")
_RATIOS = (20, 10, 5, 0)


@dataclass(frozen=True)
class Stream:
    """A sound and what is true of it.

    Attributes:
        condition: as it stands in the table.
        rate: Hz.
        pcm: s16le mono.
        utterances: begin and end of each, in seconds.
        active: ``bool[n]``, whether each frame of 10 ms has speech.
    """

    condition: str
    rate: int
    pcm: bytes
    utterances: tuple[tuple[float, float], ...]
    active: NDArray[np.bool_]

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.pcm) / 2 / self.rate

    @property
    def competing(self) -> bool:
        """Other people speak nearly as loud: which speech is meant is not for a detector to know."""
        return self.condition in ("babble 10 dB", "babble 5 dB", "babble 0 dB")


class Studio:
    """Makes the streams of one set."""

    def __init__(self, split: Split) -> None:
        self._split = split
        self._said = [sound / 32768 for sound in spoken(lines(split))]

    def streams(self, takes: int) -> Iterator[Stream]:
        """All conditions, each so many times; those at other rates than 16 kHz a third as often."""
        for number, condition in enumerate(_conditions()):
            for take in range(takes):
                yield self._stream(condition, 16_000, default_rng([self._split.seed, number, take]))
        for number, condition in enumerate(
            ("clean", "white 10 dB", "pink 10 dB", "hum 10 dB", "white 0 dB", "clipping")
        ):
            for rate in (8_000, 24_000, 48_000):
                for take in range(-(-takes // 3)):
                    yield self._stream(condition, rate, default_rng([self._split.seed, number, take, rate]))
        yield from self._noise_alone(60 if takes < 3 else 120)

    def _stream(self, condition: str, rate: int, chance: Generator) -> Stream:
        speech, places = self._talk(rate, chance, 0.0 if condition == "speech at once" else 1.0)
        marked = [(*place, _active(speech[place[0] : place[1]], rate)) for place in places]
        active = np.zeros(int(len(speech) / rate / FRAME), bool)
        utterances = []
        for start, _, frames in marked:
            first = round(start / rate / FRAME)
            (found,) = np.nonzero(frames)
            utterances.append(((first + found[0]) * FRAME, (first + found[-1] + 1) * FRAME))
            active[first : first + len(frames)] |= frames[: len(active) - first]
        power = float(np.mean(np.concatenate([speech[a:b] ** 2 for a, b in places])))
        sound = self._condition(condition, speech, rate, np.sqrt(power), chance)
        return Stream(condition, rate, _pcm(sound), tuple(utterances), active)

    def _talk(self, rate: int, chance: Generator, lead: float) -> tuple[Sound, list[tuple[int, int]]]:
        """Utterances of about -24 dBFS with gaps of 1.3 to 3.5 s, and from where to where each is."""
        parts: list[Sound] = []
        places = []
        at = 0
        for index, number in enumerate(chance.choice(len(self._said), _PER_STREAM, replace=False)):
            silence = round((chance.uniform(1.3, 3.5) if index else lead * chance.uniform(0.6, 2.0)) * rate)
            said = unit(self._at(int(number), rate)) * level(-24 + chance.uniform(-4, 4))
            parts += [np.zeros(silence), said]
            places.append((at + silence, at + silence + len(said)))
            at = places[-1][1]
        return np.concatenate([*parts, np.zeros(round(1.5 * rate))]), places

    @cache  # noqa: B019
    def _at(self, number: int, rate: int) -> Sound:
        whole = np.rint(self._said[number] * 32768).astype(np.int16)
        sound = resample(whole, SPEECH_RATE, rate) / 32768
        (loud,) = np.nonzero(np.abs(sound) > 0.002)
        return sound[loud[0] : loud[-1] + 1]

    def _condition(self, condition: str, speech: Sound, rate: int, loud: float, chance: Generator) -> Sound:
        name, _, ratio = condition.partition(" ")
        length = len(speech)
        if name in _NOISES:
            noise = _NOISES[name](length, rate, chance)
            return speech + noise * loud * level(-float(ratio.removesuffix(" dB")))
        if name == "babble":
            return speech + self._babble(length, rate, chance) * loud * level(-float(ratio.removesuffix(" dB")))
        quiet = white(length, rate, chance)
        ramp = np.arange(length) / length
        return {
            "clean": lambda: speech,
            "clicks": lambda: speech + clicks(length, rate, chance) + quiet * level(-65),
            "drift 20 dB": lambda: speech + pink(length, rate, chance) * 10 ** ((20 * ramp - 62) / 20),
            "step 18 dB": lambda: speech + quiet * np.where(ramp < 0.45, level(-62), level(-44)),
            "offset": lambda: speech + 0.1 + quiet * level(-65),
            "very quiet": lambda: speech * level(-22) + quiet * level(-80),
            "clipping": lambda: np.clip(speech * level(12), -0.4, 0.4) + quiet * level(-55),
            "speech at once": lambda: speech + quiet * level(-60),
        }[condition]()

    def _babble(self, length: int, rate: int, chance: Generator) -> Sound:
        """Ten people who each speak without a break."""
        together = np.zeros(length)
        for _ in range(_TALKERS):
            talk = [unit(self._at(int(number), rate)) for number in chance.permutation(len(self._said))[:40]]
            together += np.resize(np.roll(np.concatenate(talk), int(chance.integers(length))), length)
        return unit(together)

    def _noise_alone(self, seconds: int) -> Iterator[Stream]:
        rate = 16_000
        length = seconds * rate
        half = np.arange(length) < length // 2
        for number, (noise, loud) in enumerate(
            [(white, -60), (white, -35), (pink, -50), (pink, -30), (brown, -40), (hum, -45), (hum, -25), (fan, -45)]
        ):
            chance = default_rng([self._split.seed, 99, number])
            yield _silent(noise(length, rate, chance) * level(loud), rate)
        chance = default_rng([self._split.seed, 100])
        yield _silent(clicks(length, rate, chance) + white(length, rate, chance) * level(-60), rate)
        yield _silent(pink(length, rate, chance) * np.where(half, level(-60), level(-42)), rate)


def _conditions() -> list[str]:
    noisy = [f"{name} {ratio} dB" for name in (*_NOISES, "babble") for ratio in _RATIOS]
    rest = ["clicks", "drift 20 dB", "step 18 dB", "offset", "very quiet", "clipping", "speech at once"]
    return ["clean", *noisy, *rest]


def _silent(sound: Sound, rate: int) -> Stream:
    return Stream("noise alone", rate, _pcm(sound), (), np.zeros(int(len(sound) / rate / FRAME), bool))


def _active(said: Sound, rate: int) -> NDArray[np.bool_]:
    size = int(rate * FRAME)
    padded = np.pad(said, (0, -len(said) % size))
    power = (padded.reshape(-1, size) ** 2).mean(axis=1)
    active = power > np.percentile(power, 95) * 10 ** (-_WITHIN_DB / 10)
    (places,) = np.nonzero(active)
    for before, after in pairwise(places):
        if after - before <= _BRIDGED + 1:
            active[before:after] = True
    return active


def _pcm(sound: Sound) -> bytes:
    whole: Samples = np.clip(np.rint(sound * 32768), -32768, 32767).astype("<i2")
    return whole.tobytes()


def labelled(name: str, takes: int) -> list[Stream]:
    """The streams of one of the sets: a name in ``SPLITS``."""
    return list(Studio(SPLITS[name]).streams(takes))
