"""Whether what there is fits what is wanted, and how both are told."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

MOST_TOLD = 8
"""Things of which is told that they were there instead."""

LONGEST = 200
"""Characters of each."""


def fits(wanted: Any, there: Any) -> bool:
    """Whether a value is as it is wanted.

    Of a mapping only what is wanted has to be there; a compiled expression has to occur in a text, a function of the
    value has to be true; anything else has to be equal, and a list as long.
    """
    if isinstance(wanted, re.Pattern):
        return isinstance(there, str) and wanted.search(there) is not None
    if isinstance(wanted, Mapping):
        return isinstance(there, Mapping) and all(
            name in there and fits(value, there[name]) for name, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        alike = isinstance(there, list | tuple) and len(wanted) == len(there)
        return alike and all(map(fits, wanted, there))
    if callable(wanted):
        return bool(wanted(there))
    return bool(wanted == there)


def told(value: Any) -> str:
    """A value in few words."""
    if isinstance(value, re.Pattern):
        return f"/{value.pattern}/"
    if isinstance(value, Mapping):
        text = ", ".join(f"{name}={told(item)}" for name, item in value.items())
    elif callable(value):
        text = getattr(value, "__qualname__", repr(value))
    else:
        text = repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."


def nearest(wanted: str, there: Sequence[str]) -> list[str]:
    """The few that come nearest to what is wanted, in their order."""
    if len(there) <= MOST_TOLD:
        return list(there)
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted[:LONGEST])

    def likeness(number: int) -> float:
        matcher.set_seq1(there[number][:LONGEST])
        return matcher.quick_ratio()

    best = sorted(sorted(range(len(there)), key=likeness, reverse=True)[:MOST_TOLD])
    return [*(there[number] for number in best), f"... and {len(there) - MOST_TOLD} others"]
