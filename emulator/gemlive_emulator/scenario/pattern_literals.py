"""Plain texts that must stand where an expression is to be found, read off its tree."""

import re

from gemlive_emulator.scenario.pattern_syntax import Atom, Chain, Choice, Look, Node, Repeat

MOST = 32
"""Alternatives that are followed; a choice of more is taken to need nothing."""

_KEPT = 8


def literals_of(tree: Node) -> tuple[tuple[str, ...], ...]:
    """Texts without blanks that stand, whatever their case, in every text that fits: one of each of these.

    The best to look for first: long, and few. None if the expression can fit without any.
    """
    match tree:
        case Atom():
            return _one(_letter(tree))
        case Repeat(part, least, _):
            return literals_of(part) if least else ()
        case Choice(parts):
            ways = [literals_of(part) for part in parts]
            return (tuple(text for way in ways for text in way[0]),) if all(ways) and len(ways) <= MOST else ()
        case Chain(parts):
            return tuple(sorted(_needed(parts), key=_worth, reverse=True)[:_KEPT])
    return ()


def _needed(parts: tuple[Node, ...]) -> list[tuple[str, ...]]:
    """What a chain needs: each run of its letters, and whatever each of its other parts needs."""
    found: list[tuple[str, ...]] = []
    run = ""
    for part in parts:
        letter = _letter(part) if isinstance(part, Atom) else ""
        if letter:
            run += letter
        elif not isinstance(part, Look):  # a place has no width: the letters around it are neighbours
            found += [*_one(run), *literals_of(part)]
            run = ""
    return [*found, *_one(run)]


def _worth(texts: tuple[str, ...]) -> tuple[int, int]:
    return min(len(text) for text in texts), -len(texts)


def _one(run: str) -> tuple[tuple[str, ...], ...]:
    """The pieces of a run between its blanks: how wide those are does not count where they are looked up."""
    return tuple((piece,) for piece in run.split())


def _letter(atom: Atom) -> str:
    """The one character that an atom is for; ``""`` if it takes several, such as ``\\\\d``, ``.`` or a class."""
    source = atom.accepts.pattern
    if len(source) == 1:
        return "" if source == "." else source
    escaped = source[1:]
    return escaped if len(escaped) == 1 and re.escape(escaped) == source else ""
