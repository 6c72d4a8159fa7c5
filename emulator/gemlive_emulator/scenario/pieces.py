"""Pieces of texts as numbers, so that all of a long text are looked up in a fraction of a millisecond.

A piece is four code units of UTF-16 that follow each other, two in words that are shorter than four, one in a single
letter. Where words stand in a text, all of their pieces are pieces of the text.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal

_FORMATS: dict[int, Literal["H", "I", "Q"]] = {4: "Q", 2: "I", 1: "H"}
"""By the number of code units: what a number of that size is to a ``memoryview``."""

_STRETCH = 16_384
"""Code units of a text that are looked up at a time: all pieces of a long one take much memory."""


def pieces_of(words: str) -> set[int]:
    """All pieces of words that are not empty."""
    units = _units(words)
    return _pieces(units, _size_in(units))


class Pieces:
    """Words, each noted under one of its pieces, and where they lead."""

    def __init__(self) -> None:
        self._positions: dict[int, dict[int, list[int]]] = defaultdict(dict)

    def note(self, words: str, piece: int, at: int) -> None:
        """Let a piece of these words lead to a position."""
        self._positions[_size_in(_units(words))].setdefault(piece, []).append(at)

    def found_in(self, text: str) -> Iterator[list[int]]:
        """The positions of each piece that occurs in a text."""
        units = _units(text)
        for size, positions in self._positions.items():
            found: set[int] = set()
            for begin in range(0, len(units) // 2 - size + 1, _STRETCH):
                # A piece that begins in this stretch may end in the next.
                stretch = units[2 * begin : 2 * (begin + _STRETCH + size - 1)]
                found |= positions.keys() & _pieces(stretch, size)
            yield from map(positions.__getitem__, found)


def _units(text: str) -> bytes:
    # In the machine's own order of bytes, as numbers are; the mark at the beginning tells which.
    return text.encode("utf-16", "surrogatepass")[2:]


def _size_in(units: bytes) -> int:
    """The number of code units in a piece of words that have so many bytes."""
    return 4 if len(units) >= 8 else 2 if len(units) >= 4 else 1


def _pieces(units: bytes, size: int) -> set[int]:
    found: set[int] = set()
    for begin in range(0, 2 * size, 2):
        whole = (len(units) - begin) // (2 * size) * 2 * size
        if whole > 0:
            found.update(memoryview(units[begin : begin + whole]).cast(_FORMATS[size]))
    return found
