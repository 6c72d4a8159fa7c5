"""What is there wherever a condition holds, so that an index finds the rules that can fit a turn without asking all."""

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, NamedTuple

from gemlive_emulator.scenario.automaton import Pattern
from gemlive_emulator.scenario.seen import Subject

if TYPE_CHECKING:
    from gemlive_emulator.scenario.conditions import Condition


class Words(NamedTuple):
    """A text that stands somewhere in the words of a subject, both in the form that ``levelled`` gives; not empty."""

    subject: Subject[Any]
    words: str


class Occurs(NamedTuple):
    """An expression that occurs in the words of a subject."""

    subject: Subject[Any]
    pattern: Pattern


class Is(NamedTuple):
    """Something that can be asked for and is this. What asks the same is equal."""

    ask: Callable[[Any], Hashable]
    value: Hashable


class Holds(NamedTuple):
    """A condition that several rules may have, and that is equal if it is the same."""

    condition: "Condition[Any]"


Clue = Words | Occurs | Is | Holds

Clues = tuple[Clue, ...]
"""Clues of which one is there; never empty."""


def worth(clues: Clues) -> tuple[bool, bool, int]:
    """How much is left out by them: words of the user rather than of others, and long ones; expressions hardly do."""
    words = [clue for clue in clues if isinstance(clue, Words)]
    return (
        all(clue.subject.said for clue in words),
        all(isinstance(clue, Words | Is) for clue in clues),
        min((len(clue.words) for clue in words), default=_AS_GOOD_AS),
    )


_AS_GOOD_AS = 3
"""Letters that leave out as much as a value does."""
