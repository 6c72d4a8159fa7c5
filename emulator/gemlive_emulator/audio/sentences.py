"""An answer cut into sentences, so that the first can be heard while the next is still made. Pure text."""
# ruff: noqa: RUF001 (this file is about the punctuation of many scripts)

import re
from collections.abc import Iterator

LONGEST = 300
"""Characters in a sentence at most; also keeps speech engines away from inputs that some of them cannot take."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffd\ud800-\udfff]")

_CLOSERS = "\"'”’»)\\]"
_WIDE_STOPS = "。！？｡"
_WIDE_CLOSERS = "”’」』）\"'"
# Possessive, and without a look-ahead, so that a text of nothing but dots is still read in linear time.
_STOP = re.compile(rf"[.!?…]++[{_CLOSERS}]*+|[{_WIDE_STOPS}]++[{_WIDE_CLOSERS}]*+|\n++")
_NEXT = re.compile(r"\s*+(\S)")
_LAST_WORD = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+)*\Z")
_LONGEST_ABBREVIATION = 12
_TITLES = "capt col dr gen gov hon hr jr messrs mlle mme mr mrs ms prof rep rev sen sgt sr sra srta st"
_OTHERS = "approx ave blvd bzw ca cf co corp dept ed eds est fig figs inc ltd mt nr vol vs z.b"
_ABBREVIATIONS = frozenset([*_TITLES.split(), *_OTHERS.split()])
_CLAUSE = re.compile(r"[,;:–—)](?=\s)|[，、；：]")


def mend(text: str) -> str:
    """The text as a transcript can carry it: lone surrogates, which UTF-8 cannot, become U+FFFD; length unchanged."""
    return _SURROGATE.sub("\ufffd", text)


def speakable(text: str) -> str:
    """The text as a speech engine can take it: NUL, controls and surrogates become spaces.

    Every character keeps its place, so that an engine's positions hold for the transcript too.
    """
    return _UNSPEAKABLE.sub(" ", text)


def split_sentences(text: str) -> list[str]:
    """Cut a text into sentences of at most 300 characters; joined they give the text exactly.

    White space between two sentences leads the second. Abbreviations, initials, decimals, numbered lists and an
    ellipsis inside a sentence do not end it; a line break does. An overlong sentence is cut after a clause, else
    between words, else anywhere. An empty text has no sentences; one of white space only is one.
    """
    pieces: list[str] = []
    start = 0
    for cut in _ends(text):
        pieces.extend(_shortened(text[start:cut]))
        start = cut
    pieces.extend(_shortened(text[start:]))
    return pieces


def _ends(text: str) -> Iterator[int]:
    """Where sentences end, the last one excepted."""
    first = _first_of_words(text, 0)
    end_of_words = len(text.rstrip())
    for stop in _STOP.finditer(text):
        cut = stop.start() if stop[0][0] == "\n" else stop.end()
        if stop.end() >= end_of_words:
            return
        if first < cut and _is_end(text, first, stop):
            yield cut
            first = _first_of_words(text, cut)


def _first_of_words(text: str, start: int) -> int:
    """Where the white space ends that is at ``start``."""
    found = _NEXT.match(text, start)
    return len(text) if found is None else found.start(1)


def _is_end(text: str, first: int, stop: re.Match[str]) -> bool:
    """Whether a sentence that begins at ``first`` ends at this stop."""
    marks = stop[0].rstrip(_CLOSERS)
    if marks[0] in _WIDE_STOPS or marks[0] == "\n":
        return True
    following = _NEXT.match(text, stop.end())
    if following is None or not text[stop.end()].isspace():
        return False
    if following[1].islower():
        return marks[-1] in "!?" and marks == stop[0]
    # Looked back a bounded way: in a text of nothing but initials every stop has all of them before it.
    before = text[max(first, stop.start() - LONGEST) : stop.start()]
    return marks != "." or not _is_abbreviated(before.strip(), following[1])


def _is_abbreviated(sentence: str, following: str) -> bool:
    """Whether the dot after these words belongs to a number of a list, an initial or an abbreviation."""
    if sentence.isdigit():
        return True
    found = _LAST_WORD.search(sentence[-_LONGEST_ABBREVIATION:])
    if found is None:
        return False
    word = found[0]
    if len(word) == 1:
        return word.isupper() and word != "I"
    lowered = word.lower()
    if lowered == "no":
        return following.isdigit()
    return lowered in _ABBREVIATIONS or all(len(part) == 1 for part in lowered.split("."))


def _shortened(sentence: str) -> Iterator[str]:
    start = 0
    while len(sentence) - start > LONGEST:
        cut = start + _cut_inside(sentence[start : start + LONGEST + 1])
        yield sentence[start:cut]
        start = cut
    if start < len(sentence):
        yield sentence[start:]


def _cut_inside(window: str) -> int:
    """Where to cut a sentence that is too long; the window is one character longer than a sentence may be."""
    clauses = [clause.end() for clause in _CLAUSE.finditer(window, LONGEST // 2, LONGEST)]
    if clauses:
        return clauses[-1]
    first_word = len(window) - len(window.lstrip())
    for position in range(LONGEST, first_word, -1):
        if window[position].isspace():
            return position
    return LONGEST
