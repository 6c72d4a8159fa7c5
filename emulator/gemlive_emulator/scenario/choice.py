"""Which rule answers a turn, and why the others do not."""

from collections.abc import Callable, Iterator, Sequence
from heapq import nsmallest

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.automaton import MAX_TEXT
from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.rules import Rule
from gemlive_emulator.scenario.seen import Seen

NEAREST = 20
"""So many misses are kept where not all can be."""

LONGEST_KEPT = MAX_TEXT + 1
"""Characters that are left of a turn whose reasons may be told later: as many as expressions look at, and one more, by
which they know whether the text goes on."""


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

    Attributes:
        scenario: its name.
        rule: the rule that answers; ``None`` if none fits.
        number: the rule's, from 1.
        words: what stands in the holes of the texts that the rule looks for.
    """

    def __init__(self, scenario: str, rules: Sequence[Rule], at: int | None, seen: Seen) -> None:
        self.scenario = scenario
        self.rule = None if at is None else rules[at]
        self.number = None if at is None else at + 1
        self.words = self.rule.words(seen) if self.rule is not None else {}
        self._rules = rules
        self._seen = seen
        self._where = ""
        self._nearest: list[Miss] | None = None

    @property
    def told(self) -> str:
        """What was chosen, in words."""
        if self.number is None:
            return f"no rule of {shown(self.scenario)} fits"
        return f"rule {self.number} of {shown(self.scenario)} answers"

    def misses(self) -> Iterator[Miss]:
        """Every other rule, in the order of the file."""
        for number, rule in enumerate(self._rules, 1):
            if number == self.number:
                continue
            why = rule.why_not(self._seen)
            if why is None:
                yield Miss(number, f"{self._where}it fits as well, but rule {self.number} comes first", 1.0)
            else:
                yield Miss(number, f"{self._where}{why}", rule.condition.closeness(self._seen))

    def nearest(self) -> list[Miss]:
        """The :data:`NEAREST` rules that came closest, the nearest first; of equals the earlier."""
        if self._nearest is None:
            self._nearest = nsmallest(NEAREST, self.misses(), key=lambda miss: (-miss.closeness, miss.rule))
        return self._nearest

    def explain(self) -> Iterator[str]:
        """A line for what was chosen and one for every other rule, for the log."""
        yield self.told
        for miss in self.misses():
            yield f"rule {miss.rule}: {miss.why}"

    def lighten(self) -> None:
        """Let go of what is large, for those who keep many: the history, and the rest of a turn that is very long.

        Nothing is explained here: reasons cost far more than the choice. Of a turn that was cut they say so.
        """
        if len(self._seen.turn.text) > LONGEST_KEPT:
            self._where = f"in its first {LONGEST_KEPT} characters "
        self._seen = self._seen.light(LONGEST_KEPT)


Told = Callable[[Choice], None]
"""Hears of each choice, at once."""


def nobody(choice: Choice) -> None:
    """Nobody wants to know."""
