"""Which of many rules can fit a turn at all, found without asking each.

Every rule is noted under a clue, the one that leaves out most of the others: a piece of the words that it looks for, a
value such as the number of the turn, an expression, or a condition that it shares with others. Of a turn all pieces are
looked up at once, each value once, all expressions in one pass, each shared condition once; so that what a choice costs
hangs on the turn and not on the number of rules. A rule that is found this way is still asked itself, and so is one
without any clue.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import chain
from typing import Any

from gemlive_emulator.scenario.clues import Clue, Clues, Holds, Is, Occurs, Words
from gemlive_emulator.scenario.conditions import Condition
from gemlive_emulator.scenario.pieces import Pieces, pieces_of
from gemlive_emulator.scenario.search import Search
from gemlive_emulator.scenario.seen import Seen, Subject

FEW = 16
"""So many rules are asked one by one, and so are those that look at something that few look at."""

_EXPRESSION = 64
"""A search for an expression is worth it where the words in it are words of more rules than these."""


class RuleIndex:
    """An index over conditions, by their clues.

    Args:
        conditions: of the rules, in their order.
    """

    def __init__(self, conditions: Sequence[Condition[Seen]]) -> None:
        clues = [condition.clues if len(conditions) > FEW else () for condition in conditions]
        often = _Often(chain.from_iterable(chain.from_iterable(clues)))
        self._always: list[int] = []
        self._words: dict[Subject[Any], Pieces] = defaultdict(Pieces)
        self._values: dict[Callable[[Any], Hashable], dict[Hashable, list[int]]] = defaultdict(dict)
        self._expressions: dict[Subject[Any], Search] = defaultdict(Search)
        self._shared: dict[Condition[Any], list[int]] = defaultdict(list)
        for at, all_of in enumerate(clues):
            best = min(filter(often.knows, all_of), key=often.rarity, default=())
            for clue in best:
                self._note(clue, at, often)
            if not best:
                self._always.append(at)
        for search in self._expressions.values():
            search.lay()

    def candidates(self, seen: Seen) -> Iterator[int]:
        """The positions of all conditions that can hold, in their order; each is still to be asked."""
        last = -1
        for at in merge(self._always, *self._found(seen)):
            if at != last:
                yield at
            last = at

    def _found(self, seen: Seen) -> Iterator[list[int]]:
        for subject, pieces in self._words.items():
            yield from pieces.found_in(subject.look(seen).levelled)
        for ask, positions in self._values.items():
            yield positions.get(ask(seen), _NOWHERE)
        for subject, search in self._expressions.items():
            yield from search.found_in(subject.look(seen))
        for condition, at in self._shared.items():
            if condition.fits(seen):
                yield at

    def _note(self, clue: Clue, at: int, often: "_Often") -> None:
        match clue:
            case Words(subject, words):
                self._words[subject].note(words, often.rarest(subject, words), at)
            case Is(ask, value):
                self._values[ask].setdefault(value, []).append(at)
            case Occurs(subject, pattern):
                self._expressions[subject].note(pattern, at)
            case _:
                self._shared[clue.condition].append(at)


_NOWHERE: list[int] = []


class _Often:
    """How often clues are given, so that the rarest can be taken.

    Args:
        clues: all of all rules.
    """

    def __init__(self, clues: Iterable[Clue]) -> None:
        self._counted: dict[Subject[Any], Counter[int]] = defaultdict(Counter)
        self._pieces: dict[str, set[int]] = {}
        self._same: Counter[Hashable] = Counter()
        self._looked_at: Counter[Hashable] = Counter()
        for clue in clues:
            self._looked_at[_looks_at(clue)] += 1
            if isinstance(clue, Words):
                self._counted[clue.subject].update(self._pieces_of(clue.words))
            else:
                self._same[_sameness(clue)] += 1

    def knows(self, clues: Clues) -> bool:
        """Whether to look for them costs less than to ask the rules, for there are more than a few."""
        return all(self._looked_at[_looks_at(clue)] > FEW for clue in clues)

    def rarity(self, clues: Clues) -> int:
        """How many rules are found by the most frequent of them; the less the better."""
        return max(map(self._rarity_of, clues))

    def rarest(self, subject: Subject[Any], words: str) -> int:
        """The piece of words that is in the fewest others."""
        return min(self._pieces_of(words), key=self._counted[subject].__getitem__)

    def _pieces_of(self, words: str) -> set[int]:
        if words not in self._pieces:
            self._pieces[words] = pieces_of(words)
        return self._pieces[words]

    def _rarity_of(self, clue: Clue) -> int:
        if isinstance(clue, Words):
            return min(map(self._counted[clue.subject].__getitem__, self._pieces_of(clue.words)))
        same = self._same[_sameness(clue)]
        return max(same, _EXPRESSION) if isinstance(clue, Occurs) else same


def _looks_at(clue: Clue) -> Hashable:
    """What has to be looked at to find it."""
    match clue:
        case Words(subject):
            return Words, subject
        case Occurs(subject):
            return Occurs, subject
        case Is(ask):
            return ask
    return clue.condition


def _sameness(clue: Is | Occurs | Holds) -> Hashable:
    return (clue.subject, clue.pattern.key) if isinstance(clue, Occurs) else clue
