"""Finding recordings in a stream sample by sample: for clients that send a file's own samples at its own rate.

An *anchor* is a sample that stands out of all around it, with its surroundings as a key. Anchors of a recording are
those of any stream that holds it, however the stream is cut, so they are looked up and not searched for: the
cost depends on the length of the utterance, hardly on how many recordings there are. What an anchor finds is then
compared, all of the recording that the utterance can hold, because recordings that begin alike share anchors.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from gemlive_emulator.audio.recording import Recording
from gemlive_emulator.records import dataclass

Samples = NDArray[np.int16]

_REACH = 256
"""An anchor is louder than this many samples before it, and after it."""
_AROUND = 16
"""Samples on either side of an anchor that are its key."""
_PARTS = 16
"""A recording has one anchor at most in each such part of it, so that a piece of it has some too."""
_MOST_TRIED = 64
"""Places at which an utterance is compared. A stream of one repeated click has thousands that look right."""
_QUIET = 56
"""What is so many times (35 dB) weaker than the peak of a recording is none of its sound."""


@dataclass(frozen=True, slots=True)
class Held:
    """A recording that was found in an utterance.

    Attributes:
        number: of the recording.
        sound: samples of its sound that the utterance holds.
        share: how much of its sound that is, 0 to 1.
    """

    number: int
    sound: int
    share: float


class Anchors:
    """The anchors of all recordings, by their keys."""

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self._samples = [np.frombuffer(recording.pcm, "<i2") for recording in recordings]
        self._sounds = [_sound_until(samples) for samples in self._samples]
        self._places: dict[tuple[int, bytes], list[tuple[int, int]]] = {}
        for number, recording in enumerate(recordings):
            samples = self._samples[number]
            for at, key in _keys(samples, _outstanding(samples)):
                self._places.setdefault((recording.rate, key), []).append((number, at))

    def find(self, samples: Samples, rate: int) -> Held | None:
        """The recording that an utterance holds most of; ``None`` if it holds none as it is.

        What the two have in common has to agree in every sample. The utterance may begin or end within the
        recording, and may have any sound before and after it.
        """
        best: Held | None = None
        for number, offset in self._likely(samples, rate):
            held = self._compare(number, samples, offset)
            if held is not None and (best is None or (held.sound, held.share) > (best.sound, best.share)):
                best = held
        return best

    def _likely(self, samples: Samples, rate: int) -> Iterator[tuple[int, int]]:
        """Recordings with the sample of the utterance at which each would begin (negative: before it)."""
        seen: set[tuple[int, int]] = set()
        for at, key in _keys(samples, _peaks(samples)):
            for number, place in self._places.get((rate, key), ()):
                likely = (number, at - place)
                if likely not in seen:
                    seen.add(likely)
                    yield likely
                    if len(seen) == _MOST_TRIED:
                        return

    def _compare(self, number: int, samples: Samples, offset: int) -> Held | None:
        known, sound_until = self._samples[number], self._sounds[number]
        begin, end = max(0, -offset), min(len(known), len(samples) - offset)
        if not np.array_equal(known[begin:end], samples[begin + offset : end + offset]):
            return None
        sound = int(sound_until[end] - sound_until[begin])
        return Held(number, sound, sound / int(sound_until[-1]))


def _peaks(samples: Samples) -> NDArray[np.intp]:
    """Of each block the sample that is farthest from 0: every anchor is among them, wherever the blocks begin."""
    blocks = len(samples) // _REACH + 1
    loudness = np.zeros(blocks * _REACH, np.int32)
    np.abs(samples, out=loudness[: len(samples)], dtype=np.int32)
    peaks: NDArray[np.intp] = loudness.reshape(blocks, _REACH).argmax(axis=1) + _REACH * np.arange(blocks)
    return peaks


def _outstanding(samples: Samples) -> NDArray[np.intp]:
    """The anchors of a recording, the loudest of each of its parts."""
    loudness = np.abs(samples.astype(np.int32))
    by_part: dict[int, int] = {}
    for at in _peaks(samples).tolist():
        # At the edges the stream goes on with samples that are not known.
        if not _REACH <= at < len(samples) - _REACH:
            continue
        if np.count_nonzero(loudness[at - _REACH : at + _REACH + 1] >= loudness[at]) > 1:
            continue
        part = at * _PARTS // len(samples)
        if part not in by_part or loudness[at] > loudness[by_part[part]]:
            by_part[part] = at
    return np.array(list(by_part.values()), np.intp)


def _keys(samples: Samples, places: NDArray[np.intp]) -> Iterator[tuple[int, bytes]]:
    """Each place with what is around it, unless it is too near the ends."""
    places = places[(places >= _AROUND) & (places < len(samples) - _AROUND)]
    around = samples[places[:, np.newaxis] + np.arange(-_AROUND, _AROUND)]
    for at, key in zip(places.tolist(), around, strict=True):
        yield at, key.tobytes()


def _sound_until(samples: Samples) -> NDArray[np.int64]:
    """How many samples before each one are of blocks that are not quiet: ``int64[n + 1]``."""
    loudness = np.abs(samples.astype(np.int32))
    starts = np.arange(0, len(samples), _REACH)
    peaks = np.maximum.reduceat(loudness, starts) if len(samples) else np.zeros(0, np.int32)
    sounds = np.repeat(peaks * _QUIET >= max(1, peaks.max(initial=0)), _REACH)[: len(samples)]
    return np.concatenate([[0], np.cumsum(sounds)])
