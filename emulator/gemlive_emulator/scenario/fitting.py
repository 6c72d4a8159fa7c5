"""Which of the declared functions a turn asks for, told by its words.

A function fits *surely* if all that its name says is said, empty words such as "get" and "current" apart, and *likely*
if half of it is and something else speaks for it. Where the built-in responder has an answer of its own, only the sure
ones are called. Nothing here is how the real model decides; it is what a person would expect of a name.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.stems import meaning, name_words, stem, stems, words
from gemlive_emulator.wire.tools import FunctionDeclaration

LONGEST_REQUEST = 1_000
"""Characters of a turn that are looked through for what it asks for."""

MOST_CALLS = 8
"""So many functions are called in one message at most."""

MOST_FUNCTIONS = 512
"""So many functions, the first ones, are considered."""

_MOST_PARTS = 16
_MOST_PARAMETERS = 64
_LONGEST_DESCRIPTION = 1_000


def _stems_of(text: str) -> frozenset[str]:
    return frozenset(stems(text.split()))


_EMPTY = _stems_of(
    """a about also an and any are as at be been can could current currently do does first for from get give given had
    has have hello hey hi how i i'd i'll i'm if in into is it it's its just know let let's like many may me much my need
    next now of or our please right shall should show so some specified tell that that's the their them then there these
    they thing this those to us use user using want was we were what what's when where which who will with would
    you your"""
)
"""Words that say nothing about what is wanted."""

_GENERIC = _stems_of(
    "get fetch retrieve query check show read obtain return tell give provide list data info information detail "
    "current tool function api value values the a an of my for to in by and with from is"
)
"""Words of a function's name that a person leaves out."""

_ASKED_FOR = _stems_of("calculate compute convert search find lookup count estimate look evaluate")
"""Verbs of a function's name that a question leaves out."""

PLACES = _stems_of("location city place town country state region destination origin area address where")
"""Words in the names of parameters that take a place."""

_ALSO_VERBS = _stems_of("alarm book call email mail message navigate order phone remind schedule text translate wake")
"""Nouns and verbs at once: where a request begins with one, it names what is to be done."""

_DOING = _stems_of("send create set make add place start write post schedule")
_ARTICLES = _stems_of("a an the my your his her our their this that no")
_PARTICLES = _stems_of("on off up down out")
_OPPOSITES: tuple[tuple[str, str], ...] = (
    ("on", "off"),
    ("up", "down"),
    ("start", "stop"),
    ("open", "close"),
    ("lock", "unlock"),
    ("enable", "disable"),
    ("increase", "decrease"),
    ("add", "remove"),
    ("show", "hide"),
    ("mute", "unmute"),
)
_AGAINST = {stem(one): stem(other) for pair in _OPPOSITES for one, other in (pair, pair[::-1])}

_QUESTION = re.compile(r"\s*(?:what|what's|whats|when|where|who|how|which|is|are|do|does|will|any)\b", re.IGNORECASE)
_NO_REQUEST = re.compile(
    r"\b(?:don['’]?t|do not|never|no need to|instead of|without calling|thank you for|thanks for|"  # noqa: RUF001
    r"i (?:really )?(?:like|love|hate|enjoy|enjoyed|liked|loved|think|thought|was|had|used)\b(?! to know))",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"([.;!?]+\s+|\n+|,\s+(?:and\s+)?(?:then\s+|also\s+)?|\s+and\s+(?:then\s+|also\s+)?|\s+then\s+|\s+&\s+)",
    re.IGNORECASE,
)
_PROPER = re.compile(r"\s*(?:in|for|at)?\s*([A-Z]\w*(?:\s[A-Z]\w*){0,2})\W*$")
_WARMTH = re.compile(r"\bhow (?:warm|hot|cold) is it\b", re.IGNORECASE)
_RAIN = re.compile(r"\bit (?:be )?rain(?:s|ing)?\b", re.IGNORECASE)
_MAKING = _stems_of("make draw create plot render display generate build chart")
_SUMMING_UP = _stems_of("summary summaries summarize summarise recap")
_CLOSING = (
    *("summary", "summarize", "summarise", "sum up", "recap"),
    *("goodbye", "good bye", "bye", "hang up", "that's all", "that is all", "we are done", "we're done"),
    *("end the call", "end the conversation", "end the session", "end call", "end this call", "end this conversation"),
)


@dataclass(frozen=True, slots=True)
class Fit:
    """A function that a turn asks for.

    Attributes:
        function: its declaration.
        text: the part of the turn that asks for it.
        score: how well it fits; only to compare.
        sure: whether all that its name says was said.
    """

    function: FunctionDeclaration
    text: str
    score: float
    sure: bool

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.name or ""


@dataclass(frozen=True, slots=True)
class _Called:
    """What a function is called, as stems: its name in order, what of it has to be said, and its description."""

    name: tuple[str, ...]
    needed: frozenset[str]
    about: tuple[str, ...]


class Part:
    """A part of a turn.

    Attributes:
        text: as it was said.
        said: the stems of its words.
        content: those that say something about what is wanted.
        meanings: what these mean, see :func:`~gemlive_emulator.scenario.stems.meaning`.
        is_question: whether it begins as a question does.
        is_request: whether it is not the contrary of one, or a story about oneself.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.said = stems(words(text))
        self.content = [word for word in self.said if word not in _EMPTY]
        self.meanings = {meaning(word) for word in self.content}
        self.is_question = _QUESTION.match(text) is not None
        self.is_request = _NO_REQUEST.search(text) is None

    @property
    def first(self) -> str:
        """The first word that says something, which is the verb of a request; ``""`` if it is a noun."""
        if not self.content:
            return ""
        at = self.said.index(self.content[0])
        return "" if at and self.said[at - 1] in _ARTICLES else self.content[0]


@lru_cache(maxsize=2_048)
def _called(name: str, description: str) -> _Called:
    stemmed = tuple(stems(name_words(name)))
    needed = frozenset(stemmed) - _GENERIC
    about = tuple(word for word in stems(words(description)) if word not in _EMPTY)
    return _Called(stemmed, needed or frozenset(stemmed), about)


@lru_cache(maxsize=2_048)
def _parameter_words(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(stem(word) for name in names for word in name_words(name))


def fitting(functions: Mapping[str, FunctionDeclaration], text: str) -> list[Fit]:
    """The functions that a turn asks for, in the order in which it does; several if its parts ask for several."""
    whole = text[:LONGEST_REQUEST]
    functions = dict(islice(functions.items(), MOST_FUNCTIONS))
    if (closing := _closing(functions, whole)) is not None:
        return [closing]
    found = _by_parts(functions, whole)
    if len(found) > 1:
        return found[:MOST_CALLS]
    best = _best(functions, Part(_expressed(whole)))
    return [replace(best, text=whole)] if best else [replace(fit, text=whole) for fit in found]


def is_empty(stemmed: str) -> bool:
    """Whether a stem says nothing about what is wanted."""
    return stemmed in _EMPTY


def sums_up(name: str) -> bool:
    """Whether a name asks for the conversation in short."""
    return not _SUMMING_UP.isdisjoint(stems(name_words(name)))


def _closing(functions: Mapping[str, FunctionDeclaration], text: str) -> Fit | None:
    """The function that takes a summary, when the user asks for one or takes leave."""
    spoken = f" {' '.join(words(text))} "
    if not any(f" {phrase} " in spoken for phrase in _CLOSING):
        return None
    takers = (function for function in functions.values() if any(map(sums_up, _parameters(function))))
    return next((Fit(function, text, 0, True) for function in takers), None)


def _by_parts(functions: Mapping[str, FunctionDeclaration], text: str) -> list[Fit]:
    """What each part of the turn asks for; a part that asks for nothing belongs to the one before it."""
    found: list[Fit] = []
    for between, part in _parts(text):
        fit = _best(functions, Part(_expressed(part)))
        if fit is not None:
            found.append(replace(fit, text=part))
        elif found and " and " in between and (place := _PROPER.match(part)) and _has_place(found[-1].function):
            found.append(replace(found[-1], text=f"in {place[1]}"))
        elif found:
            found[-1] = replace(found[-1], text=found[-1].text + between + part)
    return found


def _parts(text: str) -> list[tuple[str, str]]:
    """A text, cut at the ends of sentences, at commas and at "and": what stands before each part, and the part."""
    pieces = ["", *_BETWEEN.split(text, _MOST_PARTS)]
    return list(zip(pieces[::2], pieces[1::2], strict=True))


def _expressed(text: str) -> str:
    """A text whose "how warm is it" and "will it rain" have the word that they mean."""
    return _RAIN.sub("weather", _WARMTH.sub("what is the temperature", text))


def _best(functions: Mapping[str, FunctionDeclaration], part: Part) -> Fit | None:
    """The function that fits best; of equals the one that was declared first."""
    if not part.is_request or not part.content:
        return None
    fits = [fit for fit in (_fit(function, part) for function in functions.values()) if fit is not None]
    return max(fits, key=lambda fit: fit.score) if fits else None


def _fit(function: FunctionDeclaration, part: Part) -> Fit | None:
    called = _called(function.name or "", (function.description or "")[:_LONGEST_DESCRIPTION])
    if _is_against(called.name, part.said):
        return None
    needed = called.needed - _ASKED_FOR if part.is_question else called.needed
    needed = needed or called.needed
    exact = needed.intersection(part.said)
    hits = exact | {word for word in needed if meaning(word) in part.meanings}
    extra = _extra(function, called, part) if hits - _PARTICLES else 0
    sure = exact == needed and bool(exact - _PARTICLES)
    if not (sure or _is_likely(called, needed, hits, extra, part) or _is_described(called, part)):
        return None
    return Fit(function, part.text, len(exact) + len(hits) + 0.5 * extra - len(needed - hits), sure)


def _is_against(name: Sequence[str], said: Sequence[str]) -> bool:
    """Whether the opposite was said: to turn off is not to turn on."""
    return any(_AGAINST.get(word) in said and word not in said for word in name)


def _extra(function: FunctionDeclaration, called: _Called, part: Part) -> int:
    """How many words of the description and of the names of parameters were said, beside those of the name."""
    known = (_parameter_words(_parameters(function)) | frozenset(called.about)) - frozenset(called.name)
    return len(known.intersection(part.content))


def _is_likely(called: _Called, needed: frozenset[str], hits: Iterable[str], extra: int, part: Part) -> bool:
    """Whether at least half of the name was said or meant, and a verb or another word speaks for it as well."""
    said = frozenset(hits)
    if not said - _PARTICLES or 2 * len(said) < len(needed):
        return False
    verb = called.name[0]
    if said == needed:
        return said != {verb} or len(called.name) == 1  # "make it warm" is not to create whatever can be created
    if part.is_question and verb in needed and verb not in said:
        return False  # "what time is the meeting" does not ask to schedule one
    return extra > 0 or part.first == verb or _begins_with(verb, said, part) or (part.is_question and verb in _GENERIC)


def _begins_with(verb: str, said: frozenset[str], part: Part) -> bool:
    """Whether the request begins with a word of the name that is a verb as well: "email Bob" is to send an email."""
    return verb in _DOING and part.first in _ALSO_VERBS and meaning(part.first) in map(meaning, said)


def _is_described(called: _Called, part: Part) -> bool:
    """Whether the description says it, where the name does not."""
    about = frozenset(called.about)
    shared = len(about.intersection(part.content))
    if called.about and part.first == called.about[0] and shared > 1:
        return True
    made = part.content[1:2] if part.first in _MAKING else part.content[:1] if "show" in part.said else []
    if made and made[0] in about:
        return True
    return shared > 2 and 5 * shared >= 3 * len(part.content)


def _parameters(function: FunctionDeclaration) -> tuple[str, ...]:
    properties = (function.parameters.properties or {}) if function.parameters else {}
    return tuple(islice(properties, _MOST_PARAMETERS))


def _has_place(function: FunctionDeclaration) -> bool:
    return not PLACES.isdisjoint(_parameter_words(_parameters(function)))
