"""The picture that ``vad`` draws: what the detector saw of a sound and what it decided, as SVG. Pure.

Written with the standard library alone, so that it needs no drawing library: three panels over one time axis.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from gemlive_emulator.audio.trace import Frame
from gemlive_emulator.cli.speech_spans import SpeechSpan
from gemlive_emulator.records import dataclass

WIDTH, HEIGHT = 1000, 590
LEFT, RIGHT = 64, 984
LEGEND_TOP = 50
MOST_TICKS = 12
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
"""Seconds between two marks of the time axis."""
QUIETEST_DBFS = -90.0
LONGEST_TITLE = 48
"""Characters; more would run into the settings."""

SOUND, LEVEL, FLOOR, SCORE, THRESHOLD = "#8da2bd", "#1f5fa8", "#d9822b", "#2f7d4f", "#b3362b"
SPEECH, WAITED, GRID, INK = "#d5ecd8", "#f1f3d6", "#e3e6ea", "#2b3138"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Panel:
    """A strip of the picture with an axis of its own; ``low`` and ``high`` are the values at its edges."""

    top: float
    bottom: float
    low: float
    high: float

    def y(self, value: float) -> float:
        """Where a value is; what is outside is at the edge."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.bottom - share * (self.bottom - self.top)


WAVE = Panel(86, 216, -1.0, 1.0)
LEVELS = Panel(236, 396, QUIETEST_DBFS, 0.0)
SCORES = Panel(416, 536, 0.0, 15.0)
PANELS = (WAVE, LEVELS, SCORES)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is to be drawn.

    Attributes:
        title: of the picture.
        settings: of the detector, in words.
        samples: the sound, ``int16[n]``.
        rate: Hz.
        frames: what the detector saw.
        spans: what it decided.
    """

    title: str
    settings: str
    samples: NDArray[np.int16]
    rate: int
    frames: Sequence[Frame]
    spans: Sequence[SpeechSpan]

    @property
    def seconds(self) -> float:
        """How long the sound is."""
        return len(self.samples) / self.rate


def draw(seen: Seen) -> str:
    """The picture, as the text of an SVG file."""
    size = {"width": str(WIDTH), "height": str(HEIGHT), "viewBox": f"0 0 {WIDTH} {HEIGHT}"}
    root = ElementTree.Element(
        "svg", size | {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "font-family": "sans-serif"}
    )
    ElementTree.SubElement(root, "title").text = f"Speech in {seen.title}"
    _rect(root, 0, 0, WIDTH, HEIGHT, "#ffffff")
    _text(root, LEFT, 26, f"Speech in {_short(seen.title)}", size=17, weight="bold")
    _text(root, RIGHT, 26, seen.settings, anchor="end")
    _legend(root)

    def x(seconds: float) -> float:
        return LEFT + (RIGHT - LEFT) * seconds / seen.seconds

    _spans(root, seen.spans, x)
    _axes(root, seen.seconds, x)
    _polygon(root, _envelope(seen), SOUND)
    _curves(root, seen, x)
    _decisions(root, seen.spans, x)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"


def _legend(root: ElementTree.Element) -> None:
    entries = (
        ("sound", SOUND, 9.0, ""),
        ("level", LEVEL, 2.0, ""),
        ("noise floor", FLOOR, 2.0, "6 3"),
        ("score", SCORE, 2.0, ""),
        ("threshold", THRESHOLD, 2.0, "6 3"),
        ("speech", SPEECH, 12.0, ""),
        ("silence waited for", WAITED, 12.0, ""),
        ("decided", INK, 1.0, "2 2"),
    )
    at = float(LEFT)
    for name, colour, width, dashes in entries:
        _line(root, (at, LEGEND_TOP), (at + 22, LEGEND_TOP), colour, width, dashes)
        _text(root, at + 28, LEGEND_TOP + 4, name)
        at += 28 + 7 * len(name) + 22


def _spans(root: ElementTree.Element, spans: Iterable[SpeechSpan], x: Callable[[float], float]) -> None:
    for span in spans:
        for panel in PANELS:
            _rect(root, x(span.began), panel.top, x(span.ended), panel.bottom, SPEECH, "speech")
            if span.end_at is not None:
                _rect(root, x(span.ended), panel.top, x(span.end_at), panel.bottom, WAITED, "waited")


def _axes(root: ElementTree.Element, seconds: float, x: Callable[[float], float]) -> None:
    marks = (
        (WAVE, (-1, 0, 1), "full scale"),
        (LEVELS, (-80, -60, -40, -20, 0), "dBFS"),
        (SCORES, (0, 5, 10, 15), "dB"),
    )
    for panel, values, unit in marks:
        for value in values:
            _line(root, (LEFT, panel.y(value)), (RIGHT, panel.y(value)), GRID)
            _text(root, LEFT - 6, panel.y(value) + 4, str(value).replace("-", "−"), anchor="end")  # noqa: RUF001 - minus
        middle = (panel.top + panel.bottom) / 2
        label = _text(root, 16, middle, unit, anchor="middle")
        label.set("transform", f"rotate(-90 16 {middle:g})")
    step = next((step for step in STEPS if seconds / step <= MOST_TICKS), seconds / MOST_TICKS)
    for count in range(math.floor(seconds / step + 1e-9) + 1):
        for panel in PANELS:
            _line(root, (x(count * step), panel.top), (x(count * step), panel.bottom), GRID)
        _text(root, x(count * step), SCORES.bottom + 18, f"{count * step:g}", anchor="middle")
    _text(root, (LEFT + RIGHT) / 2, HEIGHT - 12, "seconds", anchor="middle")


def _envelope(seen: Seen) -> list[Point]:
    """The outline of the sound: highest samples from left to right, lowest back; one of each for a column at most."""
    columns = min(RIGHT - LEFT, len(seen.samples))
    starts = np.arange(columns) * len(seen.samples) // columns
    high = np.maximum.reduceat(seen.samples, starts) / 32768
    low = np.minimum.reduceat(seen.samples, starts) / 32768
    across = LEFT + (np.arange(columns) + 0.5) * (RIGHT - LEFT) / columns
    there = [(float(at), WAVE.y(float(value))) for at, value in zip(across, high, strict=True)]
    back = [(float(at), WAVE.y(float(value))) for at, value in zip(across, low, strict=True)]
    return there + back[::-1]


def _curves(root: ElementTree.Element, seen: Seen, x: Callable[[float], float]) -> None:
    curves: tuple[tuple[str, Panel, str, str, Callable[[Frame], float]], ...] = (
        ("floor", LEVELS, FLOOR, "6 3", lambda frame: frame.floor_dbfs),
        ("level", LEVELS, LEVEL, "", lambda frame: frame.level_dbfs),
        ("threshold", SCORES, THRESHOLD, "6 3", lambda frame: frame.threshold),
        ("score", SCORES, SCORE, "", lambda frame: frame.score),
    )
    for name, panel, colour, dashes, value in curves:
        points = [(x(frame.at / seen.rate), panel.y(value(frame))) for frame in _columns(seen.frames, value)]
        attributes = {"points": _points(points), "fill": "none", "stroke": colour, "stroke-width": "1.4", "class": name}
        ElementTree.SubElement(root, "polyline", attributes | ({"stroke-dasharray": dashes} if dashes else {}))


def _columns(frames: Sequence[Frame], value: Callable[[Frame], float]) -> list[Frame]:
    """At most one frame for a column of the picture, the one with the highest value."""
    width = max(1, math.ceil(len(frames) / (RIGHT - LEFT)))
    return [max(frames[start : start + width], key=value) for start in range(0, len(frames), width)]


def _decisions(root: ElementTree.Element, spans: Iterable[SpeechSpan], x: Callable[[float], float]) -> None:
    for span in spans:
        for word, at in (("start", span.start_at), ("end", span.end_at)):
            if at is not None:
                _line(root, (x(at), WAVE.top - 4), (x(at), SCORES.bottom), INK, 1.0, "2 2", "decided")
                _text(root, x(at), WAVE.top - 8, word, anchor="middle", size=10)


def _rect(
    root: ElementTree.Element, left: float, top: float, right: float, bottom: float, colour: str, kind: str = ""
) -> None:
    box = {"x": left, "y": top, "width": max(right - left, 0), "height": bottom - top}
    attributes = {name: f"{value:.2f}" for name, value in box.items()} | {"fill": colour}
    ElementTree.SubElement(root, "rect", attributes | ({"class": kind} if kind else {}))


def _line(
    root: ElementTree.Element,
    begin: Point,
    end: Point,
    colour: str,
    width: float = 1.0,
    dashes: str = "",
    kind: str = "",
) -> None:
    ends = {"x1": begin[0], "y1": begin[1], "x2": end[0], "y2": end[1]}
    attributes = {name: f"{value:.2f}" for name, value in ends.items()}
    attributes |= {"stroke": colour, "stroke-width": f"{width:g}"}
    attributes |= ({"stroke-dasharray": dashes} if dashes else {}) | ({"class": kind} if kind else {})
    ElementTree.SubElement(root, "line", attributes)


def _polygon(root: ElementTree.Element, points: Sequence[Point], colour: str) -> None:
    attributes = {"points": _points(points), "fill": colour, "stroke": colour, "stroke-width": "0.6", "class": "sound"}
    ElementTree.SubElement(root, "polygon", attributes)


def _text(
    root: ElementTree.Element,
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    size: int = 12,
    weight: str = "normal",
) -> ElementTree.Element:
    look = {"text-anchor": anchor, "font-size": str(size), "font-weight": weight, "fill": INK}
    element = ElementTree.SubElement(root, "text", {"x": f"{x:.2f}", "y": f"{y:.2f}"} | look)
    element.text = text
    return element


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
