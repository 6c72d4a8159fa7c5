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

from gemlive_emulator.scenario.conditions import Condition
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
        clues = [condition.clues for condition in conditions]
        looked_at = Counter(subject for some in clues for subject in {subject for subject, _ in some})
        self._always: list[int] = []
        noted: dict[Subject[Any], list[tuple[str, int]]] = defaultdict(list)
        for at, some in enumerate(clues):
            if len(clues) <= FEW or not some or any(looked_at[subject] <= FEW for subject, _ in some):
                self._always.append(at)
                continue
            for subject, words in some:
                noted[subject].append((words, at))
        self._pieces = {subject: _Pieces(entries) for subject, entries in noted.items()}

    def candidates(self, seen: Seen) -> Iterator[int]:
        """The positions of all conditions that can hold, in their order; each is still to be asked."""
        found: set[int] = set()
        for subject, pieces in self._pieces.items():
            found |= pieces.found_in(subject.look(seen).levelled)
        return merge(self._always, sorted(found))


class _Pieces:
    """For each text the piece of it that is rarest among all texts, and where it leads.

    Args:
        entries: texts that are not empty, each with the position that it stands for.
    """

    def __init__(self, entries: Sequence[tuple[str, int]]) -> None:
        often = Counter(piece for words, _ in entries for piece in set(_pieces_of(words)))
        self._positions: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for words, at in entries:
            rarest = min(_pieces_of(words), key=often.__getitem__)
            self._positions[len(rarest)][rarest].append(at)

    def found_in(self, text: str) -> set[int]:
        """The positions of all whose piece occurs in a text."""
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
