"""A search for the expressions of many rules at once."""

from collections import defaultdict
from collections.abc import Iterator

from gemlive_emulator.scenario.automaton import Automaton, Pattern
from gemlive_emulator.scenario.pattern_syntax import size
from gemlive_emulator.scenario.seen import Wording

LARGEST = 2_000
"""Places in one automaton: with more, each step that it takes for the first time costs too much."""

_ROOM = 20_000
_MOST_FORGOTTEN = 3
"""An automaton that had to begin anew more often meets ever more states; then its expressions are found each time."""


Needs = tuple[str, ...]
"""Levelled texts of which one stands in every text that has one of some expressions in it; none if there are none."""


class Search:
    """Expressions, and where those lead that occur in a text."""

    def __init__(self) -> None:
        self._positions: dict[tuple[str, int], list[int]] = {}
        self._patterns: dict[Needs, list[Pattern]] = defaultdict(list)
        self._automata: list[tuple[Needs, Automaton, list[list[int]]]] = []

    def note(self, pattern: Pattern, at: int) -> None:
        """Let an expression lead to a position. One that is noted often is searched for once."""
        if pattern.key not in self._positions:
            self._patterns[pattern.literals[0] if pattern.literals else ()].append(pattern)
        self._positions.setdefault(pattern.key, []).append(at)

    def lay(self) -> None:
        """Make the automata, when all expressions are noted."""
        for needs, alike in self._patterns.items():
            for patterns in _groups(alike):
                positions = [self._positions[pattern.key] for pattern in patterns]
                self._automata.append((needs, Automaton([pattern.tree for pattern in patterns], _ROOM), positions))

    def found_in(self, wording: Wording) -> Iterator[list[int]]:
        """The positions of each expression that occurs in the words, or may."""
        for needs, automaton, positions in self._automata:
            if needs and not any(text in wording.levelled for text in needs):
                continue
            if automaton.forgotten > _MOST_FORGOTTEN:
                yield from positions
            else:
                yield from map(positions.__getitem__, automaton.found_in(wording.text))


def _groups(patterns: list[Pattern]) -> list[list[Pattern]]:
    groups: list[list[Pattern]] = []
    left = 0
    for pattern in patterns:
        places = size(pattern.tree)
        if not groups or left < places:
            groups.append([])
            left = LARGEST
        groups[-1].append(pattern)
        left -= places
    return groups
