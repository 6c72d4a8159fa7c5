"""Which of the known recordings was just said?

Two ways, the sure one first:

* :mod:`gemlive_emulator.audio.anchors` finds a recording sample by sample: however the stream was cut, whatever is
  before and after, as long as its samples and its rate are the file's.
* The fingerprint compares how the sound looks (:mod:`gemlive_emulator.audio.log_mel`), and finds a recording that was
  made louder or softer, sent at another rate, cut at its ends, or has noise in it. First all recordings roughly, 80 ms
  a cell, as one product of matrices; then the few best exactly.

What a detector takes for an utterance may be a part of a recording: one with a pause in it comes as two. A part is
told for the whole if it holds at least half of the recording's sound (exact), or so much of it that the likeness stays
above the threshold, which is about half too. The other part is nobody's. Of several recordings in one utterance the
longest is told, if it is there as it is; in noise none is.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from gemlive_emulator.audio.anchors import Anchors, Samples
from gemlive_emulator.audio.log_mel import BANDS, FRAMES_PER_SECOND, Frames, Sound, analyse, looks
from gemlive_emulator.audio.recording import Recording

THRESHOLD = 0.65
"""Likeness from which on a recording is taken to be said.

Measured with 50 sentences of espeak-ng, near twins among them. All 50 were found softer, at 8, 44.1 and 48 kHz, and in
white noise at 20 and 10 dB; 49 at 5 dB; 46 in pink noise at 10 dB; 45 with the first 150 ms of the speech cut; 49 badly
clipped; 48 at a tempo 4 % higher, and one wrongly. Of 120 strangers "Top" was taken for the same voice's "Stop", with
0.81; the next had 0.62.
"""
MARGIN = 0.03
"""By how much it has to be more like than any recording of other words."""
ENOUGH = 0.5
"""The share of a recording's sound that an utterance has to hold."""

_LONGEST = 20 * FRAMES_PER_SECOND
"""Frames that are compared; what begins alike for 20 s is the same."""
_LONGEST_SECONDS = 60
"""What an utterance has after that is not looked at, silence before its speech included."""
_SLACK = 15
"""Frames by which a sound may lie before or behind the other: ends are not found at the same place in noise."""
_CELL = 4
"""Frames of a cell of the rough comparison."""
_STEP = 2
"""Frames from one rough comparison to the next."""
_REFINED = 8
"""How many of the roughly best are compared exactly."""
_SMALLEST_GRID = 8
"""Cells. Grids double from there, so that short recordings are not compared over the length of the longest."""


class Match(NamedTuple):
    """What was found.

    Attributes:
        recording: that was said.
        score: the share of it that was found, or the likeness; 0 to 1.
        exact: whether it was found sample by sample.
    """

    recording: Recording
    score: float
    exact: bool

    def describe(self) -> str:
        """Recording and score, for the journal."""
        return f"{self.recording.name}, {'exact, ' if self.exact else 'likeness '}{self.score:.2f}"


class _Likely(NamedTuple):
    """A recording by its number, and where in the utterance it would begin, in frames."""

    likeness: float
    number: int
    start: int


class Index:
    """All known recordings. Made once, which takes about a millisecond for each; then it does not change.

    Args:
        recordings: those with a rate or length of which nothing can be told are found exactly only.
    """

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self._recordings = recordings
        self._anchors = Anchors(recordings)
        self._sounds = [_sound(np.frombuffer(one.pcm, "<i2"), one.rate).frames for one in recordings]
        self._grids = _grids([_template(frames) for frames in self._sounds])

    def find(self, pcm: bytes, rate: int) -> Match | None:
        """The recording that is said in an utterance, or ``None``.

        Args:
            pcm: s16le mono samples, with any silence before and after the speech.
            rate: Hz, any.
        """
        samples = np.frombuffer(pcm, "<i2", len(pcm) // 2)
        held = self._anchors.find(samples, rate)
        if held is not None and held.share >= ENOUGH:
            return Match(self._recordings[held.number], held.share, True)
        return self._find_alike(samples, rate)

    def _find_alike(self, samples: Samples, rate: int) -> Match | None:
        sound = _sound(samples, rate)
        if not len(sound.frames):
            return None
        heard = _template(sound.frames)
        likely = sorted((found for grid in self._grids for found in grid.compare(heard)), reverse=True)[:_REFINED]
        alike = sorted(((self._likeness(heard, sound.noise, one), one.number) for one in likely), reverse=True)
        if not alike or alike[0][0] < THRESHOLD:
            return None
        score, number = alike[0]
        best = self._recordings[number]
        others = [other for other, number in alike if self._recordings[number].text != best.text]
        return Match(best, score, False) if not others or score - others[0] >= MARGIN else None

    def _likeness(self, heard: Frames, noise: Frames, likely: _Likely) -> float:
        """The best product of an utterance and a recording, where the rough comparison found it or near there.

        The recording gets the noise of the utterance, for sound that is lost in noise is no difference.
        """
        template = _template(self._sounds[likely.number] + noise)
        products = []
        for start in range(likely.start - _CELL, likely.start + _CELL + 1):
            begin = max(0, start)
            end = max(begin, min(len(heard), start + len(template)))
            products.append(float(np.vdot(heard[begin:end], template[begin - start : end - start])))
        return max(products)


class _Grid:
    """Recordings of about one length, roughly: a matrix of one row for each.

    Args:
        cells: of a row; a recording fills more than half of them, or they are the fewest.
        numbers: of the recordings.
        templates: of these.
    """

    def __init__(self, cells: int, numbers: Sequence[int], templates: Sequence[Frames]) -> None:
        self._cells = cells
        self._numbers = np.array(numbers)
        rows = np.zeros((len(numbers), cells, BANDS), np.float32)
        for row, template in zip(rows, templates, strict=True):
            row[: _cells_of(len(template))] = _rough(_padded(template, 0, -len(template) % _CELL), _CELL)
        self._rows = rows.reshape(len(numbers), cells * BANDS)
        self._shortest = min(map(len, templates))

    def compare(self, heard: Frames) -> list[_Likely]:
        """The recordings most like an utterance, each where it is; the likeness is rough and not normalised."""
        width = self._cells * _CELL
        before = _SLACK + max(0, width - len(heard))
        behind = max(0, len(heard) - self._shortest) + _SLACK
        rough = _rough(_padded(heard, before, behind + width - len(heard) + _CELL), _STEP)
        starts = np.arange(0, before + behind, _STEP) // _STEP
        windows = rough[starts[:, np.newaxis] + np.arange(self._cells) * (_CELL // _STEP)]
        products = self._rows @ windows.reshape(len(starts), -1).T
        best = products.argmax(axis=1)
        scores = np.take_along_axis(products, best[:, np.newaxis], axis=1)[:, 0]
        first = np.argsort(scores)[-_REFINED:]
        return [
            _Likely(float(scores[row]), int(self._numbers[row]), int(starts[best[row]]) * _STEP - before)
            for row in first
        ]


def _sound(samples: Samples, rate: int) -> Sound:
    sound = analyse(samples[: _LONGEST_SECONDS * rate], rate)
    return Sound(sound.frames[:_LONGEST], sound.noise)


def _template(frames: Frames) -> Frames:
    """A sound as it is compared: of size 1, unless it is the same all the time."""
    shape = looks(frames) if len(frames) else frames
    size = np.sqrt((shape**2).sum())
    return shape / size if size > 0 else shape


def _grids(templates: Sequence[Frames]) -> list[_Grid]:
    by_cells: dict[int, list[int]] = {}
    for number, template in enumerate(templates):
        if len(template):
            cells = max(_SMALLEST_GRID, 1 << (_cells_of(len(template)) - 1).bit_length())
            by_cells.setdefault(cells, []).append(number)
    return [_Grid(cells, numbers, [templates[n] for n in numbers]) for cells, numbers in by_cells.items()]


def _cells_of(frames: int) -> int:
    return -(-frames // _CELL)


def _padded(frames: Frames, before: int, behind: int) -> Frames:
    return np.pad(frames, ((before, max(0, behind)), (0, 0)))


def _rough(frames: Frames, step: int) -> NDArray[np.float32]:
    """Means over one cell's frames, from every ``step``-th frame on."""
    means: NDArray[np.float32] = sliding_window_view(frames, _CELL, axis=0)[::step].mean(axis=-1)
    return means
