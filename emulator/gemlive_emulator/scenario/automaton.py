"""Matching that cannot hang: one pass over the text with all possibilities side by side.

Python's ``re`` tries one possibility after the other and takes for ever on ``(a+)+$``; here every character is looked
at once (Thompson's construction, states made when first met). What a text costs is bounded by its length times the size
of the expression, and both are limited.
"""

import re
from dataclasses import field
from functools import cached_property

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.pattern_literals import literals_of
from gemlive_emulator.scenario.pattern_syntax import FLAGS, Atom, Chain, Choice, Look, Node, PatternError, Repeat, parse
from gemlive_emulator.scenario.spelling import folded, levelled

MAX_TEXT = 4_096
"""So many characters of a client's text meet an expression; what comes after is not looked at."""

_MAX_STATES = 200
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


_Place = _One | _Edge | _Fork | None
"""``None`` is the end: found."""


@dataclass(slots=True)
class _State:
    """All places where the reading may be, what stood before, and the arrows to the next states (``None``: found)."""

    places: frozenset[int]
    before: str
    arrows: "dict[str, _State | None]" = field(default_factory=dict)


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
    """A regular expression that is searched for in linear time."""

    def __init__(self, source: str, flags: int = 0) -> None:
        self.source = source
        self._tree = parse(source, flags)
        self._places: list[_Place] = [None]
        self._states: dict[tuple[frozenset[int], str], _State] = {}

    @cached_property
    def literals(self) -> tuple[tuple[str, ...], ...]:
        """Levelled texts that stand in every levelled text in which it occurs: one of each of these."""
        return tuple(tuple(levelled(folded(text)) for text in texts) for texts in literals_of(self._tree))

    def can_be_in(self, levelled_text: str) -> bool:
        """Whether it can occur in a text that is, levelled, this: much quicker than to search for it."""
        return all(any(text in levelled_text for text in texts) for texts in self.literals)

    @cached_property
    def _start(self) -> int:
        """The first place. All are laid when the first text is looked at: many expressions never meet one."""
        return self._lay(self._tree, 0)

    def found_in(self, text: str) -> bool:
        """Whether it occurs in the first :data:`MAX_TEXT` characters of the text."""
        state = self._state(frozenset((self._start,)), "start")
        for letter in text[:MAX_TEXT]:
            after = state.arrows[letter] if letter in state.arrows else self._draw(state, letter)
            if after is None:
                return True
            state = after
        return self._reach(state, text[MAX_TEXT : MAX_TEXT + 1]) is None

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
            first = self._place(None)
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

    def _state(self, places: frozenset[int], before: str) -> _State:
        if len(self._states) >= _MAX_STATES:
            self._states = {}  # a new book rather than an emptied one: another thread may be reading the old
        return self._states.setdefault((places, before), _State(places, before))

    def _draw(self, state: _State, letter: str) -> _State | None:
        """The state after one more character; ``None`` when the expression was found before it."""
        reached = self._reach(state, letter)
        after: _State | None = None
        if reached is not None:
            ahead = {one.then for one in reached if one.accepts.match(letter)}
            after = self._state(frozenset(ahead | {self._start}), _kind_of(letter))
        if len(state.arrows) < _MAX_ARROWS:
            state.arrows[letter] = after
        return after

    def _reach(self, state: _State, following: str) -> list[_One] | None:
        """The characters that may come next, with what stands before and after known; ``None``: the end is reached."""
        reached: list[_One] = []
        seen = set(state.places)
        waiting = list(state.places)
        while waiting:
            place = self._places[waiting.pop()]
            if place is None:
                return None
            if isinstance(place, _One):
                reached.append(place)
                continue
            ways = place.ways if isinstance(place, _Fork) else _through(place, state.before, following)
            waiting += [way for way in ways if way not in seen]
            seen.update(ways)
        return reached


def _through(edge: _Edge, before: str, following: str) -> tuple[int, ...]:
    """Where an edge leads, between ``before`` (a kind) and ``following`` (a character, ``""`` at the end)."""
    at_word_edge = (before == "word") != (_kind_of(following) == "word")
    holds = {
        "A": before == "start",
        "Z": following == "",
        "^": before in ("start", "line"),
        "$": following in ("", "\n"),
        "b": at_word_edge,
        "B": not at_word_edge,
    }[edge.kind]
    return (edge.then,) if holds else ()


def _kind_of(letter: str) -> str:
    if letter == "\n":
        return "line"
    return "word" if letter.isalnum() or letter == "_" else "other"
