"""Words without their endings, so that what a person says can be held against what a program is called."""

import re
from collections.abc import Iterable
from functools import lru_cache

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")  # noqa: RUF001 - both apostrophes are typed
"""A word."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])")
_SHORTEST = 3
_DOUBLED = re.compile(r"([bdgmnprt])\1$")
_WHOLE = frozenset(
    ["always", "bus", "gas", "his", "is", "its", "lens", "minus", "news", "plus", "series", "this", "was", "yes"]
)
"""Words that end as a plural does, and are none."""

_ALIKE = (
    "weather temperature forecast",
    "search find lookup look google",
    "light lamp bulb",
    "start begin launch",
    "stop end halt",
    "music song tune playlist",
    "email mail",
    "message text sms",
    "meeting appointment event",
    "create add make",
    "remove delete cancel",
    "call phone dial",
    "set change adjust dim turn switch",
    "draw render plot display visualize",
    "graph chart diagram",
    "purchase buy order",
    "book reserve",
    "schedule plan",
    "reminder remind",
    "alarm wake",
)
"""Words that mean much the same where a function is called."""


def words(text: str) -> list[str]:
    """The words of a text in small letters."""
    return [word.replace("’", "'") for word in WORD.findall(text.casefold())]  # noqa: RUF001


def name_words(name: str) -> list[str]:
    """The words of a program's name, which stand in camelCase or with signs between them."""
    return words(_HUMP.sub(" ", name).replace("_", " "))


@lru_cache(maxsize=4_096)
def stem(word: str) -> str:
    """A word without its ending: ``lights`` and ``light``, ``getting`` and ``get`` are alike."""
    if word in _WHOLE or word.endswith("ss"):
        return word
    for ending in ("ations", "ation", "ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            bare = word.removesuffix(ending)
            word = _DOUBLED.sub(r"\1", bare) if ending in ("ing", "ed") else bare
            break
    return word[:-1] + "i" if word.endswith("y") and len(word) > _SHORTEST else word


def stems(parts: Iterable[str]) -> list[str]:
    """Each word's stem, in order."""
    return [stem(part) for part in parts]


_MEANING = {stem(word): group.split()[0] for group in _ALIKE for word in group.split()}


def meaning(stemmed: str) -> str:
    """One word for all that mean much the same."""
    return _MEANING.get(stemmed, stemmed)
