"""Turns against truth; what the words mean stands in the package's docstring."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.streams import FRAME, Stream

SILENCE = 0.5
_EARLY_START, _LATE_START = 0.05, 0.4
_EARLY_END, _LATE_END = 0.25, 0.4
_CUT = 0.05


@dataclass(frozen=True)
class Heard:
    """What a detector told of a stream: turns in seconds, and speech or not for each frame of 10 ms."""

    turns: list[tuple[float, float]]
    speech: NDArray[np.bool_]


@dataclass
class Score:
    """Counts over some streams; add up with :meth:`take`."""

    utterances: int = 0
    turns: int = 0
    matches: int = 0
    missed: int = 0
    swallowed: int = 0
    glued: int = 0
    cut: int = 0
    false_starts: int = 0
    seconds: float = 0.0
    noise_starts: int = 0
    noise_seconds: float = 0.0
    frames: list[int] = field(default_factory=lambda: [0, 0])
    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)

    def take(self, stream: Stream, heard: Heard) -> None:
        """Add one stream."""
        if not stream.utterances:
            self.noise_starts += len(heard.turns)
            self.noise_seconds += stream.seconds
            return
        self.seconds += stream.seconds
        self.utterances += len(stream.utterances)
        self.turns += len(heard.turns)
        length = min(len(stream.active), len(heard.speech))
        active, speech = stream.active[:length], heard.speech[:length]
        self.frames[0] += int(2 * (active & speech).sum())
        self.frames[1] += int(active.sum() + speech.sum())
        begins = [begin for begin, _ in stream.utterances[1:]] + [stream.seconds + 9]
        for (begin, end), next_begin in zip(stream.utterances, begins, strict=True):
            self._utterance(begin, end, next_begin, heard.turns)
        self.false_starts += sum(_beside(start, stream.utterances) for start, _ in heard.turns)

    def _utterance(self, begin: float, end: float, next_begin: float, turns: list[tuple[float, float]]) -> None:
        starts = [start for start, _ in turns if begin - _EARLY_START <= start <= end + 0.1]
        ends = [stop for _, stop in turns if end - _EARLY_END + SILENCE <= stop < next_begin]
        if starts:
            self.starts.append(starts[0] - begin)
        if ends:
            self.ends.append(ends[0] - end)
        self.matches += any(
            -_EARLY_START <= start - begin <= _LATE_START and -_EARLY_END <= stop - SILENCE - end <= _LATE_END
            for start, stop in turns
        )
        self.missed += not any(start <= end + 0.1 and stop >= begin for start, stop in turns)
        self.swallowed += any(start < begin - _EARLY_START and stop > begin for start, stop in turns)
        self.glued += any(start < end and stop > next_begin for start, stop in turns)
        self.cut += any(begin < stop < end - _CUT for _, stop in turns)

    def row(self) -> dict[str, float]:
        """The numbers of the table."""
        share = 100 / max(1, self.utterances)
        return {
            "f1_frames": self.frames[0] / max(1, self.frames[1]),
            "f1_segments": 2 * self.matches / max(1, self.utterances + self.turns),
            "start_ms": 1000 * _median(self.starts),
            "start_p95_ms": 1000 * _late(self.starts),
            "end_ms": 1000 * _median(self.ends),
            "end_p95_ms": 1000 * _late(self.ends),
            "missed_percent": share * self.missed,
            "swallowed_percent": share * self.swallowed,
            "glued_percent": share * self.glued,
            "cut_percent": share * self.cut,
            "false_starts_per_hour": 3600 * self.false_starts / max(1.0, self.seconds),
            "noise_starts_per_hour": 3600 * self.noise_starts / max(1.0, self.noise_seconds),
        }


def score(pairs: Iterable[tuple[Stream, Heard]]) -> Score:
    """Of these streams together."""
    together = Score()
    for stream, heard in pairs:
        together.take(stream, heard)
    return together


def frames_of(flags: list[bool], seconds: float) -> NDArray[np.bool_]:
    """Judgements of frames that last so long, as frames of 10 ms."""
    count = int(len(flags) * seconds / FRAME)
    return np.array(flags, bool)[(np.arange(count) * FRAME / seconds + 1e-9).astype(int)]


def _beside(start: float, utterances: tuple[tuple[float, float], ...]) -> bool:
    return not any(begin - _EARLY_START <= start <= end + 0.1 for begin, end in utterances)


def _median(values: list[float]) -> float:
    return median(values) if values else float("nan")


def _late(values: list[float]) -> float:
    return float(np.percentile(values, 95)) if values else float("nan")
