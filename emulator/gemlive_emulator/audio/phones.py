"""A text as the sounds that the formant voice can make. Pure text.

Not a pronunciation: a listener, or a detector, hears speech of about the right length and rhythm in any script.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import takewhile

from gemlive_emulator.records import dataclass

VOWELS = "aeiouy"
SONORANTS = "mnlrw"
FRICATIVES = "szfvhxcj"
STOPS = "ptkbdgq"

LETTER_SECONDS = 0.074
"""A consonant at 175 words per minute; the other sounds are measured by it."""
_LENGTHS = dict.fromkeys(VOWELS, 1.25) | dict.fromkeys(STOPS, 0.8)

SENTENCE_PAUSE = 0.28
CLAUSE_PAUSE = 0.16
WORD_PAUSE = 0.35 * LETTER_SECONDS

_DIGITS = ("ziro", "wan", "tu", "sri", "for", "faiv", "siks", "sevn", "eit", "nain")
_TRANSLITERATED = (
    str.maketrans("абвгдежзийклмнопрстуфхцчшщъыьэюяіґ", "abvgdejziiklmnoprstufhccss-y-euaig")
    | str.maketrans("αβγδεζηθικλμνξοπρσςτυφχψω", "abgdezisiklmnxoprsstifhso")
    | str.maketrans({"ß": "s", "æ": "e", "œ": "e", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "s", "\u0131": "i"})
)
_ONSETS = "ktpmnslrdb"
_REPEATED = re.compile(r"(.)\1{3,}")
"""Nobody says a letter forty times; "shhhhhhh" is long enough with three."""

_SENTENCE_MARKS = frozenset(".!?…。！？｡")  # noqa: RUF001
_CLAUSE_MARKS = frozenset(",;:–—，、；：")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Phone:
    """One sound.

    Attributes:
        symbol: a letter of ``VOWELS``, ``SONORANTS``, ``FRICATIVES`` or ``STOPS``.
        seconds: how long, at 175 words per minute.
    """

    symbol: str
    seconds: float


def phones_of(word: str) -> list[Phone]:
    """The sounds of one word; none for punctuation alone. A word without a vowel gets one, so that it can be heard."""
    letters = "".join(_letters(character) for character in word.lower())
    if not letters:
        return []
    letters = _REPEATED.sub(r"\1\1\1", letters)
    if not any(letter in VOWELS for letter in letters):
        letters = letters[0] + "e" + letters[1:]
    return [Phone(letter, LETTER_SECONDS * _LENGTHS.get(letter, 1.0)) for letter in letters]


def pause_after(word: str) -> float:
    """The silence after a word in seconds, by the punctuation that it ends with; dots inside a number do not count."""
    marks = set(takewhile(lambda character: not character.isalnum(), reversed(word.rstrip())))
    if marks & _SENTENCE_MARKS:
        return SENTENCE_PAUSE
    if marks & _CLAUSE_MARKS:
        return CLAUSE_PAUSE
    return WORD_PAUSE


@lru_cache(maxsize=4096)
def _letters(character: str) -> str:
    """What stands for one character: letters that can be sounded, or nothing."""
    if character.isdecimal():
        return _DIGITS[unicodedata.decimal(character)]
    base = unicodedata.normalize("NFKD", character)[0].translate(_TRANSLITERATED)
    if base in "-":
        return ""
    if base in VOWELS or base in SONORANTS or base in FRICATIVES or base in STOPS:
        return base
    if base.isalnum() or unicodedata.category(character).startswith("S"):
        # A script or a symbol that it cannot read: a syllable, always the same for the same character.
        code = ord(base)
        return _ONSETS[code % 10] + "aeiou"[code // 10 % 5]
    return ""
