"""What a request says that can be an argument: numbers, days and times, places, people, lists, what is in quotes."""

import re
from collections.abc import Sequence

from gemlive_emulator.records import dataclass

_SMALL_NUMBERS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
_TENS = {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100}
_VALUES = {word: value for value, word in enumerate(_SMALL_NUMBERS)} | _TENS
_NUMBER = re.compile(
    rf"(?<![\w.:/-])-?\d{{1,15}}(?:\.\d{{1,9}})?(?![\d:/-])|\b(?:{'|'.join(_VALUES)})\b", re.IGNORECASE
)

_DAY_NAMES = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTHS = "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?"
_MONTHS += "|nov(?:ember)?|dec(?:ember)?)"
_DATE = re.compile(
    rf"\b(\d{{4}}-\d\d-\d\d|\d{{1,2}}/\d{{1,2}}/\d{{2,4}}|day after tomorrow|tomorrow|today|tonight|yesterday"
    rf"|(?:next |this )?(?:{_DAY_NAMES}|weekend)|(?:next|this) (?:week|month|year)"
    rf"|{_MONTHS} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTHS}(?: \d{{4}})?)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(\d{1,2}(?::\d\d)?\s?(?:am|pm|a\.m\.|p\.m\.|o'clock)|\d{1,2}:\d\d|noon|midnight"
    r"|in \d{1,4} (?:second|minute|hour|day)s?)(?!\w)",
    re.IGNORECASE,
)
_LENGTH = re.compile(r"\b(\d{1,4}(?:\.\d)? ?(?:second|sec|minute|min|hour|day|week)s?)\b", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}")
_URL = re.compile(r"\bhttps?://[^\s\"'<>]{1,500}[^\s\"'<>.,;:!?]|\bwww\.[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}")
_PATH = re.compile(r"(?:[\w~-]{0,64}/){1,16}[\w.-]{0,64}\w|\b[\w-]{1,64}\.[a-z]\w{0,4}\b")
_CODE = re.compile(r"\b[A-Za-z]{0,8}[-#]?\d[\w-]{0,40}")
_PHONE = re.compile(r"(?<!\w)\+?\d[\d ()-]{5,18}\d\b")
_QUOTED = re.compile(r"[\"“«]([^\"”»]{1,500})[\"”»]|(?<!\w)['‘]([^'’]{1,500})['’](?!\w)")  # noqa: RUF001
_EACH = re.compile(r"\s*,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+&\s+|\s+or\s+", re.IGNORECASE)

SMALL_WORDS = [
    "please",
    "now",
    "right",
    "today",
    "tomorrow",
    "tonight",
    "yesterday",
    "this",
    "next",
    "at",
    "on",
    "with",
    "and",
    "to",
    "from",
    "for",
    "in",
    "by",
    "using",
    "as",
    "is",
    "are",
    "was",
    "then",
    "that",
    "saying",
    "about",
    "if",
    "when",
    "while",
    "because",
    "so",
    "but",
    "like",
    "of",
    "via",
    "until",
    "off",
    "up",
    "down",
]
_SAYING = re.compile(r"[\s,]+(?:and )?(?:saying|says?|that says|titled)\b", re.IGNORECASE)
_PHRASE = r"[^\s,.;:!?]{1,60}(?:\s+[^\s,.;:!?]{1,60}){0,5}"
_PROPER = r"[A-Z][\w'’-]*(?:\s+(?:(?:de|la|of|the|do|da|del|van|von|am)\s+)?[A-Z][\w'’-]*){0,4}"  # noqa: RUF001
_NOBODY = frozenset(
    [
        "me",
        "us",
        "it",
        "him",
        "her",
        "them",
        "you",
        "the",
        "a",
        "an",
        "my",
        "your",
        "our",
        "this",
        "that",
        "these",
        "those",
    ]
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text, and where it stands."""

    value: float
    at: int


def numbers_in(text: str) -> list[Number]:
    """The numbers of a text, in figures or, small ones, in words; whole ones are of type ``int``."""
    found = []
    for match in _NUMBER.finditer(text):
        word = match[0].casefold()
        value = _VALUES[word] if word in _VALUES else float(word) if "." in word else int(word)
        found.append(Number(value, match.start()))
    return found


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0].strip() if found else ""


def date_in(text: str) -> str:
    """A day, as it was said."""
    return _first(_DATE, text)


def time_in(text: str) -> str:
    """A time of day or "in ten minutes", as it was said."""
    return _first(_TIME, text)


def moment_in(text: str) -> str:
    """A day and a time of day, as they were said."""
    return " at ".join(filter(None, (date_in(text), time_in(text))))


def length_in(text: str) -> str:
    """How long something lasts, as it was said."""
    return _first(_LENGTH, text)


def email_in(text: str) -> str:
    """An address of electronic mail."""
    return _first(_EMAIL, text)


def url_in(text: str) -> str:
    """The address of a page."""
    return _first(_URL, text)


def path_in(text: str) -> str:
    """The path or the name of a file."""
    return _first(_PATH, text)


def code_in(text: str) -> str:
    """The number of an order, a ticket and the like, letters and all."""
    return _first(_CODE, text)


def phone_in(text: str) -> str:
    """A telephone number."""
    return _first(_PHONE, text)


def quoted_in(text: str) -> str:
    """What stands in quotes."""
    found = _QUOTED.search(text)
    return (found[1] or found[2]).strip() if found else ""


def after(text: str, *before: str) -> str:
    """What stands behind one of these words: a name as far as it goes, else up to the next small word.

    Days, times, numbers and words such as "me" are no find; then the next place is looked at.
    """
    for match in re.finditer(rf"\b(?:{'|'.join(map(re.escape, before))})\s+(?=\S)", text, re.IGNORECASE):
        found = _phrase_at(text, match.end())
        if found:
            return found
    return ""


def _phrase_at(text: str, at: int) -> str:
    article = re.compile(r"(?:the|a|an|my|our)\s+", re.IGNORECASE).match(text, at)
    start = article.end() if article else at
    if proper := re.compile(rf"{_PROPER}(?:,\s[A-Z][\w-]+)?").match(text, start):
        found = proper[0]
    else:
        phrase = re.compile(_PHRASE).match(text, start)
        found = _up_to_small_word(phrase[0]) if phrase else ""
    return "" if _is_nothing(found) else found


def _up_to_small_word(phrase: str) -> str:
    kept: list[str] = []
    for word in phrase.split():
        if word.casefold() in SMALL_WORDS:
            break
        kept.append(word)
    return " ".join(kept).strip("\"'“”")


def _is_nothing(found: str) -> bool:
    """Whether it is a day, a time, a number or nobody."""
    return not found or found.casefold() in _NOBODY or any(pattern.match(found) for pattern in (_DATE, _TIME, _NUMBER))


def rest_after(text: str, *before: str) -> str:
    """All that stands behind the first of these words that is there, to the end of the text."""
    for word in before:
        found = re.search(rf"\b{re.escape(word)}\b[\s:,]+([^\s\"“][^\n\"“]{{0,500}})", text, re.IGNORECASE)
        if found:
            return without_end(_SAYING.split(found[1])[0])
    return ""


def without_end(text: str) -> str:
    """A text without the signs and the "please" at its end."""
    return re.sub(r"(?:[\s.,;:!?]|\bplease\b)+$", "", text, flags=re.IGNORECASE).strip('"“” ')


def told_for(text: str, name: Sequence[str]) -> str:
    """What is said for something by its name: "title: Lunch", "color to red", "the city of Oslo", "table 5"."""
    named = r"[\s_-]+".join(map(re.escape, name))
    sets = r"|to" if re.search(r"\b(?:set|change|adjust|turn|make|update|switch|put)\b", text, re.IGNORECASE) else ""
    told = re.search(
        rf"\b{named}\s*(?:[:=]|\b(?:is|of|as|should be|called|named{sets})\b)\s*(?=\S)", text, re.IGNORECASE
    )
    if told:
        return quoted_at(text, told.end()) or _phrase_at(text, told.end())
    beside = re.search(rf"\b(?i:{named})\s+(?=[\"“A-Z])", text)
    return quoted_at(text, beside.end()) or _phrase_at(text, beside.end()) if beside else ""


def quoted_at(text: str, at: int) -> str:
    """What stands in quotes that begin here."""
    found = _QUOTED.match(text, at)
    return (found[1] or found[2]).strip() if found else ""


def listed(text: str, first: str) -> list[str]:
    """A phrase of the text, and all that is listed with it: milk, eggs and bread."""
    items = [item for item in map(without_end, _EACH.split(first)) if item]
    at = text.find(first) + len(first)
    while between := _EACH.match(text, at):
        more = _phrase_at(text, between.end())
        if not more:
            break
        items.append(more)
        at = text.find(more, between.end()) + len(more)
    return items
