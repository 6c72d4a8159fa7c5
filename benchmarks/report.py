"""Results as a table for people and as JSON for machines."""

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Goal:
    """What a result ought to be: its ``measure`` (``ratio`` or ``emulator``) at least or at most ``limit``."""

    measure: str
    limit: float
    at_least: bool = False

    def met_by(self, value: float) -> bool:
        """Whether a value is good enough."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{self.measure} {'>=' if self.at_least else '<='} {self.limit:g}"


@dataclass(frozen=True)
class Result:
    """One thing measured on both servers in the same run, rounds taking turns.

    Attributes:
        benchmark: its name on the command line.
        what: what was measured, in words.
        unit: of the samples.
        samples: for ``emulator`` and ``bare``, one a round; for ``emulator`` alone where nothing can be compared.
        goal: what it ought to be, if the project promises anything.
    """

    benchmark: str
    what: str
    unit: str
    samples: Mapping[str, Sequence[float]]
    goal: Goal | None = None
    medians: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        found = {side: median(samples) for side, samples in self.samples.items()}
        if "bare" in found:
            found["ratio"] = found["emulator"] / found["bare"] if found["bare"] else float("nan")
        object.__setattr__(self, "medians", found)

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; ``None`` without a goal."""
        return self.goal.met_by(self.medians[self.goal.measure]) if self.goal else None

    def as_json(self) -> dict[str, Any]:
        """Everything, the single samples too."""
        told = asdict(self)
        told["goal"] = str(self.goal) if self.goal else None
        return {**told, "met": self.met}


def machine() -> dict[str, Any]:
    """Where this was measured: numbers of two machines are not to be compared, their ratios may be."""
    return {
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "packages": {name: _version(name) for name in ("gemlive-emulator", "websockets", "pydantic", "uvloop")},
    }


def table(results: Sequence[Result]) -> str:
    """The medians, one line a result."""
    rows: list[tuple[str, ...]] = [("benchmark", "what", "unit", "emulator", "bare", "ratio", "goal", "")]
    for result in results:
        medians = result.medians
        numbers = (_short(medians[name]) if name in medians else "" for name in ("emulator", "bare", "ratio"))
        verdict = {True: "met", False: "MISSED", None: ""}[result.met]
        goal = str(result.goal) if result.goal else ""
        rows.append((result.benchmark, result.what, result.unit, *numbers, goal, verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(_placed(row, widths)).rstrip() for row in rows)


def _placed(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        text.rjust(width) if 3 <= column <= 5 else text.ljust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=True))
    ]


def _short(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
