"""Options that are a length of time, written as people write it: ``1.5``, ``1.5s``, ``20ms``, ``10m``, ``2h``."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import click

_UNITS = (("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("", 1.0))

Callback = Callable[[click.Context, click.Parameter, str | None], Any]


def seconds(words: Mapping[str, float | None] | None = None, *, zero: bool = True) -> Callback:
    """A callback for an option, which makes seconds of its text.

    Args:
        words: what may stand in place of a number, with what each means.
        zero: whether the length may be 0.
    """
    known = words or {}

    def read(context: click.Context, parameter: click.Parameter, given: str | None) -> float | None:
        if given is None or given in known:
            return known[given] if given else None
        length = _seconds(given.strip())
        if length is None or not (length or zero):
            least = "" if zero else "more than 0 "
            right = f"{least}seconds, for example 1.5, 1.5s, 20ms or 10m" + "".join(f", or {word}" for word in known)
            raise click.BadParameter(f"{given!r} has to be {right}")
        return length

    return read


def _seconds(text: str) -> float | None:
    """A number that is 0 or more and finite, with or without a unit."""
    unit, factor = next(pair for pair in _UNITS if text.endswith(pair[0]))
    try:
        length = float(text.removesuffix(unit)) * factor
    except ValueError:
        return None
    return length if length >= 0 and math.isfinite(length) else None
