"""Whether something is as it should be, and if not, why not and how far from it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic

from gemlive_emulator.scenario.automaton import Pattern
from gemlive_emulator.scenario.clues import Clues, Is, Occurs, Words, worth
from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.likeness import Likeness
from gemlive_emulator.scenario.seen import S, Subject, pairs_of
from gemlive_emulator.scenario.spelling import folded, levelled, unsigned

NEARLY = 0.9
"""The most that a condition which does not hold is worth, as :meth:`Condition.closeness` goes."""


class Condition(ABC, Generic[S]):
    """Something that a turn, or a caller, fits or does not."""

    @property
    @abstractmethod
    def told(self) -> str:
        """What must be so, in words."""

    @property
    def phrases(self) -> tuple[str, ...]:
        """The plain texts of the user that it looks for."""
        return ()

    @property
    def clues(self) -> tuple[Clues, ...]:
        """Where it holds, one of each of these is there; none if it can hold without any. For an index of rules."""
        return ()

    def words(self, seen: S) -> Mapping[str, str]:
        """What stands in the holes of the texts that it looks for; nothing in those of a part that does not hold."""
        return {}

    @abstractmethod
    def fits(self, seen: S) -> bool:
        """Whether it holds."""

    @abstractmethod
    def why_not(self, seen: S) -> str | None:
        """Why it does not hold; ``None`` if it does."""

    def closeness(self, seen: S) -> float:
        """How near it is to hold: 1 if it does, 0 if nothing speaks for it. Only made to tell which miss was near."""
        return 1.0 if self.fits(seen) else 0.0


class Contains(Condition[S]):
    """The subject has these words in it, whatever their case and the width of blanks."""

    def __init__(self, words: str, subject: Subject[S]) -> None:
        self._words = words
        self._folded = folded(words)
        self._subject = subject

    @property
    def told(self) -> str:
        """What must be so, in words."""
        return f"{self._subject.told} contains {shown(self._words)}"

    @property
    def phrases(self) -> tuple[str, ...]:
        """The words."""
        return (self._words,) if self._subject.said else ()

    @property
    def clues(self) -> tuple[Clues, ...]:
        """The words."""
        words = levelled(self._folded)
        return ((Words(self._subject, words),),) if words else ()

    def fits(self, seen: S) -> bool:
        """Whether the words are there."""
        return self._folded in self._subject.look(seen).folded

    def why_not(self, seen: S) -> str | None:
        """Why it does not hold; ``None`` if it does."""
        return None if self.fits(seen) else f"{_there(self._subject, seen)} does not contain {shown(self._words)}"

    def closeness(self, seen: S) -> float:
        """1, or less by how many of the words' letters are there."""
        if self.fits(seen):
            return 1.0
        wanted = pairs_of(self._folded)
        return NEARLY * len(wanted & self._subject.look(seen).pairs) / len(wanted)


class Exact(Condition[S]):
    """The subject is this, whatever its case, the width of blanks and the signs at its end."""

    def __init__(self, words: str, subject: Subject[S]) -> None:
        self._words = words
        self._unsigned = unsigned(words)
        self._subject = subject

    @property
    def told(self) -> str:
        """What must be so, in words."""
        return f"{self._subject.told} is {shown(self._words)}"

    @property
    def phrases(self) -> tuple[str, ...]:
        """The words."""
        return (self._words,) if self._subject.said else ()

    @property
    def clues(self) -> tuple[Clues, ...]:
        """The subject is the words."""
        return ((Is(self._subject.unsigned, self._unsigned),),)

    def fits(self, seen: S) -> bool:
        """Whether the subject is these words."""
        return self._unsigned == self._subject.look(seen).unsigned

    def why_not(self, seen: S) -> str | None:
        """Why it does not hold; ``None`` if it does."""
        if self.fits(seen):
            return None
        if not self._subject.shown:
            return f"{self._subject.told} is not {shown(self._words)}"
        return f"{self._subject.told} is {shown(self._subject.look(seen).text)}, not {shown(self._words)}"

    def closeness(self, seen: S) -> float:
        """1, or less by how many letters the two have in common."""
        if self.fits(seen):
            return 1.0
        wanted, there = pairs_of(self._unsigned), self._subject.look(seen).pairs
        return NEARLY * 2 * len(wanted & there) / (len(wanted) + len(there))


class Matches(Condition[S]):
    """The regular expression occurs in the subject."""

    def __init__(self, pattern: Pattern, subject: Subject[S]) -> None:
        self._pattern = pattern
        self._subject = subject

    @property
    def told(self) -> str:
        """What must be so, in words."""
        return f"{self._subject.told} matches /{self._pattern.source}/"

    @property
    def clues(self) -> tuple[Clues, ...]:
        """What stands in every text that it fits, and itself."""
        texts = [tuple(Words(self._subject, text) for text in texts) for texts in self._pattern.literals]
        return (*texts, (Occurs(self._subject, self._pattern),))

    def fits(self, seen: S) -> bool:
        """Whether the expression occurs."""
        return self._subject.look(seen).has(self._pattern)

    def why_not(self, seen: S) -> str | None:
        """Why it does not hold; ``None`` if it does."""
        return None if self.fits(seen) else f"{_there(self._subject, seen)} does not match /{self._pattern.source}/"


class IsLike(Condition[S]):
    """The subject has these words in it, and others where the holes between them are."""

    def __init__(self, likeness: Likeness, subject: Subject[S]) -> None:
        self._likeness = likeness
        self._words = tuple(levelled(word) for words in likeness.words for word in words)
        self._subject = subject

    @property
    def told(self) -> str:
        """What must be so, in words."""
        return f"{self._subject.told} is like {shown(self._likeness.written)}"

    @property
    def clues(self) -> tuple[Clues, ...]:
        """Each of its words."""
        return tuple((Words(self._subject, word),) for word in self._words)

    def words(self, seen: S) -> Mapping[str, str]:
        """What stands in the holes."""
        return self._found(seen) or dict.fromkeys(self._likeness.holes, "")

    def fits(self, seen: S) -> bool:
        """Whether the words are there, and some in each hole."""
        return self._found(seen) is not None

    def why_not(self, seen: S) -> str | None:
        """Why it does not hold; ``None`` if it does."""
        likeness = shown(self._likeness.written)
        return None if self.fits(seen) else f"{_there(self._subject, seen)} is not like {likeness}"

    def _found(self, seen: S) -> Mapping[str, str] | None:
        wording = self._subject.look(seen)
        return self._likeness.found_in(wording.text) if all(map(wording.levelled.__contains__, self._words)) else None


class Worded(Condition[S]):
    """There are words, and they are so. Words that nobody knows fit nothing, not even ``not``."""

    def __init__(self, condition: Condition[S], subject: Subject[S]) -> None:
        self._condition = condition
        self._subject = subject

    @property
    def told(self) -> str:
        """What must be so, in words."""
        return self._condition.told

    @property
    def phrases(self) -> tuple[str, ...]:
        """The plain texts of the user that it looks for."""
        return self._condition.phrases

    @property
    def clues(self) -> tuple[Clues, ...]:
        """Where it holds, one of each of these is there."""
        return self._condition.clues

    def words(self, seen: S) -> Mapping[str, str]:
        """What stands in the holes of the texts that it looks for."""
        return self._condition.words(seen)

    def fits(self, seen: S) -> bool:
        """Whether it holds."""
        return self._subject.why_none(seen) is None and self._condition.fits(seen)

    def why_not(self, seen: S) -> str | None:
        """Why it does not hold; ``None`` if it does."""
        return self._subject.why_none(seen) or self._condition.why_not(seen)

    def closeness(self, seen: S) -> float:
        """0 without words."""
        return 0.0 if self._subject.why_none(seen) is not None else self._condition.closeness(seen)


class AllOf(Condition[S]):
    """Every one of these holds."""

    def __init__(self, conditions: Iterable[Condition[S]]) -> None:
        self._conditions = tuple(conditions)

    @property
    def told(self) -> str:
        """What must be so, in words."""
        return " and ".join(condition.told for condition in self._conditions)

    @property
    def phrases(self) -> tuple[str, ...]:
        """The plain texts of the user that they look for."""
        return phrases_of(self._conditions)

    @property
    def clues(self) -> tuple[Clues, ...]:
        """Those of all of them."""
        return tuple(clues for condition in self._conditions for clues in condition.clues)

    def words(self, seen: S) -> Mapping[str, str]:
        """What stands in the holes of the texts that they look for."""
        return _words_of(self._conditions, seen)

    def fits(self, seen: S) -> bool:
        """Whether all hold."""
        for condition in self._conditions:  # noqa: SIM110 - a generator costs more than most conditions
            if not condition.fits(seen):
                return False
        return True

    def why_not(self, seen: S) -> str | None:
        """Why not: the first reason; ``None`` if all hold."""
        return next((why for condition in self._conditions if (why := condition.why_not(seen)) is not None), None)

    def closeness(self, seen: S) -> float:
        """That of all of them, in the middle."""
        return sum(condition.closeness(seen) for condition in self._conditions) / len(self._conditions)


class AnyOf(Condition[S]):
    """At least one of these holds."""

    def __init__(self, conditions: Iterable[Condition[S]]) -> None:
        self._conditions = tuple(conditions)

    @property
    def told(self) -> str:
        """What must be so, in words."""
        return " or ".join(condition.told for condition in self._conditions)

    @property
    def phrases(self) -> tuple[str, ...]:
        """The plain texts of the user that they look for."""
        return phrases_of(self._conditions)

    @property
    def clues(self) -> tuple[Clues, ...]:
        """The best of each, if each has some."""
        clues = [max(condition.clues, key=worth, default=()) for condition in self._conditions]
        return (tuple(clue for some in clues for clue in some),) if all(clues) else ()

    def words(self, seen: S) -> Mapping[str, str]:
        """What stands in the holes of the texts that they look for; the first that holds goes before the others."""
        return _words_of(self._conditions, seen)

    def fits(self, seen: S) -> bool:
        """Whether one holds."""
        return any(condition.fits(seen) for condition in self._conditions)

    def why_not(self, seen: S) -> str | None:
        """Why not: every reason; ``None`` if one holds."""
        reasons = []
        for condition in self._conditions:
            why = condition.why_not(seen)
            if why is None:
                return None
            reasons.append(why)
        return " and ".join(dict.fromkeys(reasons))

    def closeness(self, seen: S) -> float:
        """That of the nearest."""
        return max(condition.closeness(seen) for condition in self._conditions)


class Unless(Condition[S]):
    """This does not hold."""

    def __init__(self, condition: Condition[S]) -> None:
        self._condition = condition

    @property
    def told(self) -> str:
        """What must be so, in words."""
        return f"not ({self._condition.told})"

    @property
    def phrases(self) -> tuple[str, ...]:
        """The plain texts of the user that it looks for."""
        return self._condition.phrases

    def fits(self, seen: S) -> bool:
        """Whether it does not hold."""
        return not self._condition.fits(seen)

    def why_not(self, seen: S) -> str | None:
        """Why it must not hold; ``None`` if it does not."""
        return None if self.fits(seen) else f"it must not be that {self._condition.told}"


def any_of(conditions: Sequence[Condition[S]]) -> Condition[S]:
    """One of these holds; the only one as it is."""
    return conditions[0] if len(conditions) == 1 else AnyOf(conditions)


def all_of(conditions: Sequence[Condition[S]]) -> Condition[S]:
    """All of these hold; the only one as it is."""
    return conditions[0] if len(conditions) == 1 else AllOf(conditions)


def phrases_of(conditions: Iterable[Condition[Any]]) -> tuple[str, ...]:
    """The plain texts that they look for, each once."""
    return tuple(dict.fromkeys(phrase for condition in conditions for phrase in condition.phrases))


def _words_of(conditions: Iterable[Condition[S]], seen: S) -> Mapping[str, str]:
    """What stands in the holes of several; where two have a hole of one name, the first that has words in it."""
    words: dict[str, str] = {}
    for condition in conditions:
        for name, said in condition.words(seen).items():
            words[name] = words.get(name) or said
    return words


def _there(subject: Subject[S], seen: S) -> str:
    """What a subject is called, and what it is just now."""
    return f"{subject.told} {shown(subject.look(seen).text)}" if subject.shown else subject.told
