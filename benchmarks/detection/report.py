"""The two tables, in Markdown."""

from dataclasses import dataclass

from benchmarks.detection.scoring import Heard, score
from benchmarks.detection.streams import Stream

Row = dict[str, float]


@dataclass(frozen=True)
class Table:
    """Rows of numbers by name, and how each column is headed and written."""

    first: str
    columns: dict[str, tuple[str, str]]
    rows: dict[str, Row]

    def markdown(self) -> str:
        """For the documentation."""
        head = [self.first, *(title for title, _ in self.columns.values())]
        lines = [head, ["---"] * len(head)]
        for name, row in self.rows.items():
            lines.append([name, *(form.format(row[key]) for key, (_, form) in self.columns.items())])
        return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


_OVERALL = {
    "f1_segments": ("F1 segments", "{:.3f}"),
    "f1_frames": ("F1 frames", "{:.3f}"),
    "start_ms": ("start median, ms", "{:.0f}"),
    "start_p95_ms": ("p95", "{:.0f}"),
    "end_ms": ("end median, ms", "{:.0f}"),
    "end_p95_ms": ("p95", "{:.0f}"),
    "missed_percent": ("missed", "{:.1f} %"),
    "swallowed_percent": ("swallowed", "{:.1f} %"),
    "glued_percent": ("glued", "{:.1f} %"),
    "cut_percent": ("cut", "{:.1f} %"),
    "false_starts_per_hour": ("false starts an hour beside speech", "{:.1f}"),
    "noise_starts_per_hour": ("in noise alone", "{:.1f}"),
    "cost_us": ("us per 20 ms", "{:.1f}"),
}


def overall(streams: list[Stream], heard: dict[str, list[Heard]], costs: dict[str, float]) -> Table:
    """Every detector over all streams without competing speech."""
    rows = {}
    for name, results in heard.items():
        pairs = [(stream, result) for stream, result in zip(streams, results, strict=True) if not stream.competing]
        rows[name] = {**score(pairs).row(), "cost_us": costs[name]}
    return Table("detector", _OVERALL, rows)


def by_condition(streams: list[Stream], heard: dict[str, list[Heard]]) -> Table:
    """F1 of segments for every condition, and of every detector."""
    rows: dict[str, Row] = {}
    for name, results in heard.items():
        groups: dict[str, list[tuple[Stream, Heard]]] = {}
        for stream, result in zip(streams, results, strict=True):
            if stream.utterances:
                rate = "" if stream.rate == 16_000 else f", {stream.rate // 1000} kHz"
                groups.setdefault(stream.condition + rate if not rate else f"all{rate}", []).append((stream, result))
        for group, pairs in groups.items():
            rows.setdefault(group, {})[name] = score(pairs).row()["f1_segments"]
    return Table("condition", {name: (name, "{:.3f}") for name in heard}, rows)
