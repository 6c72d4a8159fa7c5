"""Matching that cannot hang: one pass over the text with all possibilities side by side.

Python's ``re`` tries one possibility after the other and takes for ever on ``(a+)+$``; here every character is looked
at once (Thompson's construction, states made when first met). What a text costs is bounded by its length times the size
of the expression, and both are limited.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import cached_property

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.pattern_literals import literals_of
from gemlive_emulator.scenario.pattern_syntax import FLAGS, Atom, Chain, Choice, Look, Node, PatternError, Repeat, parse
from gemlive_emulator.scenario.spelling import folded, levelled

MAX_TEXT = 4_096
"""So many characters of a client's text meet an expression; what comes after is not looked at."""

MAX_STATES = 200
"""States of an automaton that are kept."""

ROOM = 100_000
"""Places in all of them together: as many as the largest expression can need."""

_MAX_ARROWS = 128


@dataclass(frozen=True, slots=True)
class _One:
    """One character, then on to ``then``."""

    accepts: re.Pattern[str]
    then: int


@dataclass(frozen=True, slots=True)
class _Edge:
    """On to ``then`` if this place is of that kind."""

    kind: str
    then: int


@dataclass(frozen=True, slots=True)
class _Fork:
    """On to each of ``ways`` without reading."""

    ways: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _End:
    """The expression of this number is found."""

    number: int


_Place = _One | _Edge | _Fork | _End

_Numbers = frozenset[int]
_NONE: _Numbers = frozenset()


@dataclass(frozen=True, slots=True)
class _Reach:
    """What is reached without reading: places behind each character that may come, and expressions that are found."""

    ahead: Mapping[re.Pattern[str], _Numbers]
    found: _Numbers


@dataclass(slots=True, eq=False)
class _State:
    """All places where the reading may be beside the beginnings, which it is at all the time.

    Attributes:
        places: those.
        before: what kind of character stood before.
        found: expressions that end just before that character.
        arrows: the next state by the character.
        ways: the same by the character's kind and by what accepts it: there are far fewer of these.
        reaches: what is reached, by the kind of the character that follows.
    """

    places: _Numbers
    before: str
    found: _Numbers
    arrows: "dict[str, _State]" = field(default_factory=dict)
    ways: "dict[tuple[str, _Tests], _State]" = field(default_factory=dict)
    reaches: dict[str, _Reach] = field(default_factory=dict)


_Tests = tuple[re.Pattern[str], ...]


class Automaton:
    """Searches for many expressions at once.

    Args:
        trees: the expressions.
        room: places that are kept in all states together.

    Attributes:
        forgotten: how often it had so many states that it began anew; expressions that need ever more of them are
            better searched for one by one.
    """

    def __init__(self, trees: Sequence[Node], room: int = ROOM) -> None:
        self._places: list[_Place] = []
        self._firsts = [self._lay(tree, self._place(_End(number))) for number, tree in enumerate(trees)]
        self._count = len(trees)
        self._beginnings: dict[tuple[str, str], _Reach] = {}
        self._states: dict[tuple[_Numbers, str, _Numbers], _State] = {}
        self._room = self._left = room
        self.forgotten = 0

    def found_in(self, text: str) -> set[int]:
        """The numbers of those that occur in the first :data:`MAX_TEXT` characters of the text."""
        found: set[int] = set()
        state = self._state(_NONE, "start", _NONE)
        for letter in text[:MAX_TEXT]:
            arrows = state.arrows
            state = arrows[letter] if letter in arrows else self._draw(state, letter)
            if state.found:
                found |= state.found
                if len(found) == self._count:
                    return found
        return found | self._reach(state, _kind_of(text[MAX_TEXT : MAX_TEXT + 1])).found

    def _lay(self, node: Node, then: int) -> int:
        """Lay the places of a tree before the place ``then``; returns the first of them."""
        match node:
            case Atom(accepts):
                return self._place(_One(accepts, then))
            case Look(kind):
                return self._place(_Edge(kind, then))
            case Chain(parts):
                for part in reversed(parts):
                    then = self._lay(part, then)
                return then
            case Choice(parts):
                return self._place(_Fork(tuple(self._lay(part, then) for part in parts)))
        return self._lay_repeat(node, then)

    def _lay_repeat(self, node: Repeat, then: int) -> int:
        part, least, most = node.part, node.least, node.most
        first = then
        if most is None:
            first = self._place(_Fork(()))
            self._places[first] = _Fork((self._lay(part, first), then))
        else:
            for _ in range(most - least):
                first = self._place(_Fork((self._lay(part, first), then)))
        for _ in range(least):
            first = self._lay(part, first)
        return first

    def _place(self, place: _Place) -> int:
        self._places.append(place)
        return len(self._places) - 1

    def _state(self, places: _Numbers, before: str, found: _Numbers) -> _State:
        key = (places, before, found)
        known = self._states.get(key)
        if known is not None:
            return known
        self._left -= len(places)
        if self._left < 0 or len(self._states) >= MAX_STATES:
            self._states = {}  # a new book rather than an emptied one: another thread may be reading the old
            self._left = self._room
            self.forgotten += 1
        return self._states.setdefault(key, _State(places, before, found))

    def _draw(self, state: _State, letter: str) -> _State:
        """The state after one more character."""
        kind = _kind_of(letter)
        reach = self._reach(state, kind)
        tests = tuple(test for test in reach.ahead if test.match(letter))
        after = state.ways.get((kind, tests))
        if after is None:
            ahead = _NONE.union(*(reach.ahead[test] for test in tests))
            after = state.ways[kind, tests] = self._state(ahead, kind, reach.found)
        if len(state.arrows) < _MAX_ARROWS:
            state.arrows[letter] = after
        return after

    def _reach(self, state: _State, following: str) -> _Reach:
        """What is reached with what stands before and after known, from the beginnings as well."""
        reach = state.reaches.get(following)
        if reach is None:
            edges = (state.before, following)
            begun = self._beginnings.get(edges)
            if begun is None:
                begun = self._beginnings[edges] = self._closure(self._firsts, *edges)
            more = self._closure(state.places, *edges) if state.places else None
            reach = state.reaches[following] = begun if more is None else _joined(begun, more)
        return reach

    def _closure(self, places: Iterable[int], before: str, following: str) -> _Reach:
        ahead: dict[re.Pattern[str], set[int]] = {}
        found: set[int] = set()
        waiting = list(places)
        seen = set(waiting)
        while waiting:
            place = self._places[waiting.pop()]
            if isinstance(place, _One):
                ahead.setdefault(place.accepts, set()).add(place.then)
                continue
            if isinstance(place, _End):
                found.add(place.number)
                continue
            ways = place.ways if isinstance(place, _Fork) else _through(place, before, following)
            waiting += [way for way in ways if way not in seen]
            seen.update(ways)
        return _Reach({test: frozenset(behind) for test, behind in ahead.items()}, frozenset(found))


def _joined(one: _Reach, other: _Reach) -> _Reach:
    ahead = dict(one.ahead)
    for test, behind in other.ahead.items():
        ahead[test] = ahead.get(test, _NONE) | behind
    return _Reach(ahead, one.found | other.found)


def read_pattern(written: str) -> "Pattern":
    """A pattern from ``/expression/flags`` or the bare expression.

    Raises:
        PatternError: see :func:`~gemlive_emulator.scenario.pattern_syntax.parse`; or an unknown flag.
    """
    source, flags = written, 0
    if is_slashed(written):
        source, _, letters = written[1:].rpartition("/")
        for letter in letters:
            if letter not in FLAGS:
                raise PatternError(f"unknown flag '{letter}' behind /{source}/; known: {', '.join(FLAGS)}")
            flags |= FLAGS[letter]
    return Pattern(source, flags)


def is_slashed(written: str) -> bool:
    """Whether a text is meant as ``/expression/flags``."""
    return re.fullmatch(r"/.+/[A-Za-z]*", written, re.DOTALL) is not None


class Pattern:
    """A regular expression that is searched for in linear time.

    Attributes:
        source: the expression, without slashes and flags.
        key: the same for two that are written alike.
        tree: what it was read as.
    """

    def __init__(self, source: str, flags: int = 0) -> None:
        self.source = source
        self.key = (source, flags)
        self.tree = parse(source, flags)

    @cached_property
    def literals(self) -> tuple[tuple[str, ...], ...]:
        """Levelled texts that stand in every levelled text in which it occurs: one of each of these."""
        return tuple(tuple(levelled(folded(text)) for text in texts) for texts in literals_of(self.tree))

    def can_be_in(self, levelled_text: str) -> bool:
        """Whether it can occur in a text that is, levelled, this: much quicker than to search for it."""
        return all(any(text in levelled_text for text in texts) for texts in self.literals)

    @cached_property
    def _automaton(self) -> Automaton:
        """Made when the first text is looked at: many expressions never meet one."""
        return Automaton((self.tree,))

    def found_in(self, text: str) -> bool:
        """Whether it occurs in the first :data:`MAX_TEXT` characters of the text."""
        return bool(self._automaton.found_in(text))


def _through(edge: _Edge, before: str, following: str) -> tuple[int, ...]:
    """Where an edge leads, between two kinds of characters."""
    at_word_edge = (before == "word") != (following == "word")
    holds = {
        "A": before == "start",
        "Z": following == "end",
        "^": before in ("start", "line"),
        "$": following in ("end", "line"),
        "b": at_word_edge,
        "B": not at_word_edge,
    }[edge.kind]
    return (edge.then,) if holds else ()


def _kind_of(letter: str) -> str:
    """What kind of character it is; ``""`` stands for the end of the text."""
    if letter in ("", "\n"):
        return "line" if letter else "end"
    return "word" if letter.isalnum() or letter == "_" else "other"
