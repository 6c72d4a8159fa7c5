"""Which rule answers a turn, and why the others do not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.rules import Rule
from gemlive_emulator.scenario.seen import Seen

NEAREST = 20
"""So many misses are kept where not all can be."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A rule that does not answer.

    Attributes:
        rule: its number, from 1.
        why: why not.
        closeness: 0 to 1: how much of it held; 1 for one that fits as well and comes later.
    """

    rule: int
    why: str
    closeness: float


class Choice:
    """What was chosen for one turn. The reasons are made when somebody asks for them.

    Args:
        scenario: its name.
        rules: those among which was chosen.
        at: the position of the one that answers; ``None`` if none fits.
        seen: what they looked at.
    """

    def __init__(self, scenario: str, rules: Sequence[Rule], at: int | None, seen: Seen) -> None:
        self.scenario = scenario
        self.seen = seen
        self._rules = rules
        self._at = at

    @property
    def rule(self) -> Rule | None:
        """The rule that answers."""
        return None if self._at is None else self._rules[self._at]

    @property
    def number(self) -> int | None:
        """Its number, from 1."""
        return None if self._at is None else self._at + 1

    @property
    def told(self) -> str:
        """What was chosen, in words."""
        if self._at is None:
            return f"no rule of {shown(self.scenario)} fits"
        return f"rule {self.number} of {shown(self.scenario)} answers"

    def misses(self) -> Iterator[Miss]:
        """Every other rule, in the order of the file."""
        for at, rule in enumerate(self._rules):
            if at == self._at:
                continue
            why = rule.why_not(self.seen)
            if why is None:
                yield Miss(at + 1, f"it fits as well, but rule {self.number} comes first", 1.0)
            else:
                yield Miss(at + 1, why, rule.condition.closeness(self.seen))

    def nearest(self, most: int = NEAREST) -> list[Miss]:
        """The rules that came closest, the nearest first; of equals the earlier."""
        return nsmallest(most, self.misses(), key=lambda miss: (-miss.closeness, miss.rule))

    def explain(self) -> Iterator[str]:
        """A line for what was chosen and one for every other rule, for the log."""
        yield self.told
        for miss in self.misses():
            yield f"rule {miss.rule}: {miss.why}"


Told = Callable[[Choice], None]
"""Hears of each choice, at once."""


def nobody(choice: Choice) -> None:
    """Nobody wants to know."""
