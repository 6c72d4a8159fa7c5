"""Which of many rules can fit a turn at all: those that need a text which is there, and those that need none.

Every rule that looks for plain words, or for an expression with plain words in it, is noted under a piece of them: four
characters that few other rules have. Of a turn all such pieces are looked up at once, so that what a choice costs hangs
on the length of the text and not on the number of rules. A rule that is found this way is still asked itself; one that
needs no text, or an expression such as ``\\\\d+``, is asked each time.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from typing import Any

from gemlive_emulator.scenario.conditions import Clue, Clues, Condition
from gemlive_emulator.scenario.seen import Seen, Subject

FEW = 16
"""So many rules are asked one by one, and so are those that look at a subject that few look at."""

_PIECE = 4
_STRETCH = 16_384


class RuleIndex:
    """An index over conditions, by their clues.

    Args:
        conditions: of the rules, in their order.
    """

    def __init__(self, conditions: Sequence[Condition[Seen]]) -> None:
        clues = [condition.clues if len(conditions) > FEW else () for condition in conditions]
        often = _how_often(clues)
        self._always: list[int] = []
        self._noted: dict[Subject[Any], _Pieces] = defaultdict(_Pieces)
        for at, all_of in enumerate(clues):
            known = [one_of for one_of in all_of if all(clue.subject in often for clue in one_of)]
            if not known:
                self._always.append(at)
                continue
            for subject, words in min(known, key=lambda one_of: max(_rarity(clue, often) for clue in one_of)):
                self._noted[subject].note(min(_pieces_of(words), key=often[subject].__getitem__), at)

    def candidates(self, seen: Seen) -> Iterator[int]:
        """The positions of all conditions that can hold, in their order; each is still to be asked."""
        found: set[int] = set()
        for subject, pieces in self._noted.items():
            found |= pieces.found_in(subject.look(seen).levelled)
        return merge(self._always, sorted(found))


Often = dict[Subject[Any], Counter[str]]
"""Of each subject, how many clues have a piece in them."""


def _how_often(clues: Iterable[Sequence[Clues]]) -> Often:
    """Only for subjects that more than a few clues are about."""
    often: Often = defaultdict(Counter)
    looked_at: Counter[Subject[Any]] = Counter()
    for subject, words in (clue for all_of in clues for one_of in all_of for clue in one_of):
        looked_at[subject] += 1
        often[subject].update(set(_pieces_of(words)))
    return {subject: counted for subject, counted in often.items() if looked_at[subject] > FEW}


def _rarity(clue: Clue, often: Often) -> int:
    return min(often[clue.subject][piece] for piece in _pieces_of(clue.words))


class _Pieces:
    """Pieces of text and where they lead."""

    def __init__(self) -> None:
        self._positions: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))

    def note(self, piece: str, at: int) -> None:
        """Let a piece lead to a position."""
        self._positions[len(piece)][piece].append(at)

    def found_in(self, text: str) -> set[int]:
        """The positions of all pieces that occur in a text."""
        found: set[int] = set()
        for length, positions in self._positions.items():
            last = len(text) - length + 1
            for begin in range(0, last, _STRETCH):  # a text can be long; all of its pieces at once take much memory
                there = {text[at : at + length] for at in range(begin, min(begin + _STRETCH, last))}
                for piece in positions.keys() & there:
                    found.update(positions[piece])
        return found


def _pieces_of(words: str) -> Iterable[str]:
    if len(words) <= _PIECE:
        return (words,)
    return (words[at : at + _PIECE] for at in range(len(words) - _PIECE + 1))
