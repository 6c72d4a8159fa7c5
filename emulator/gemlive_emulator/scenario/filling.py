"""Arguments for a function, made of what the user said and of what the function takes.

What was said is looked for by what a parameter is called and by its type. A parameter that has to be there and is not
found gets its default, its example or something plausible, so that the arguments always are what was declared. Of the
others only what was found is given.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario import finding
from gemlive_emulator.scenario.fitting import LONGEST_REQUEST, is_empty, sums_up
from gemlive_emulator.scenario.plausible import completed
from gemlive_emulator.scenario.sayings import texts_for
from gemlive_emulator.scenario.stems import WORD, meaning, name_words, stem, stems, words
from gemlive_emulator.session.arguments import kind_of, why_not_args, why_not_value
from gemlive_emulator.wire.tools import FunctionDeclaration, Schema

MOST_LOOKED_FOR = 64
"""So many properties of an object are looked for in the words; of the rest, those that have to be there are made."""

MOST_SCHEMAS = 2_000
"""A function whose parameters have more schemas in them is not called: looking for so much would take too long."""

DEEPEST = 8
"""Levels of objects in which something is looked for."""

_ON = frozenset(["on", "yes", "true", "enable", "enabled", "activate", "activated"])
_OFF = frozenset(["off", "no", "false", "disable", "disabled", "deactivate", "deactivated"])
_STATES = frozenset(map(stem, ["on", "state", "status", "enabled", "power", "active", "switch", "toggle", "value"]))
_END = re.compile(r"[.;:!?]\s")
_JOINING = ("and", "of", "the", "a")


@dataclass(slots=True)
class Request:
    """What was said, and what of it was taken.

    Attributes:
        text: the part of the turn that asks for the function.
        name: the stems of the function's name.
        summary: gives the conversation in short.
        numbers: that no argument has taken.
    """

    text: str
    name: frozenset[str]
    summary: Callable[[], str]
    numbers: list[finding.Number]


def arguments(function: FunctionDeclaration, text: str, summary: Callable[[], str]) -> dict[str, Any] | None:
    """Arguments that the function takes; ``None`` if its schema lets nothing be right.

    Args:
        function: its declaration.
        text: what asks for it.
        summary: gives the conversation in short, for a parameter that is called so.
    """
    args: dict[str, Any] = {}
    schema = function.parameters
    if schema is not None and _is_large(schema):
        return None
    if schema is not None:
        text = text[:LONGEST_REQUEST]
        request = Request(text, frozenset(stems(name_words(function.name or ""))), summary, finding.numbers_in(text))
        found = _found(schema, request, 0)
        args = completed(schema, _with_what_is_left(schema, found, request))
    return args if why_not_args(function, args) is None else None


def _is_large(schema: Schema) -> bool:
    """Whether it has more than :data:`MOST_SCHEMAS` in it; no more than those are counted."""
    todo = [schema]
    for _ in range(MOST_SCHEMAS):
        if not todo:
            return False
        inner = todo.pop()
        todo.extend((inner.properties or {}).values())
        todo.extend(inner.any_of or ())
        todo.extend([inner.items] if inner.items is not None else ())
    return True


def _found(schema: Schema, request: Request, depth: int) -> dict[str, Any]:
    """The properties that were said."""
    found: dict[str, Any] = {}
    for name, inner in list((schema.properties or {}).items())[:MOST_LOOKED_FOR]:
        value = _find(name, inner, request, depth)
        if value is not None:
            found[name] = value
    return found


def _with_what_is_left(schema: Schema, found: dict[str, Any], request: Request) -> dict[str, Any]:
    """What was found, and in the one text that is still missing, if it is one, what nothing else was made of."""
    declared = schema.properties or {}
    required = schema.required or ()
    missing = [name for name in declared if name not in found and (name in required or len(declared) == 1)]
    texts = [name for name in missing if _takes_words(name, declared[name])]
    left = what_is_left(request) if len(texts) == 1 else ""
    return found | {texts[0]: left} if left and why_not_value(declared[texts[0]], left) is None else found


def _takes_words(name: str, schema: Schema) -> bool:
    """Whether a property takes any words; JSON in a string is none that a person says."""
    return kind_of(schema) in ("STRING", "") and not schema.enum and "json" not in name_words(name)


def what_is_left(request: Request) -> str:
    """The object of the request: what it says beside the function's name, up to the next small word."""
    meant = {meaning(word) for word in request.name}
    start = end = None
    for word in WORD.finditer(request.text):
        if _is_small(word) or meaning(stem(word[0].casefold())) in meant:
            if start is not None and word[0].casefold() not in _JOINING:
                break
            continue
        if end is not None and _END.search(request.text, end, word.start()):
            break
        start, end = word.start() if start is None else start, word.end()
    return request.text[start:end] if start is not None else ""


def _is_small(word: re.Match[str]) -> bool:
    """Whether a word says nothing by itself; one with a capital letter may be the beginning of a title."""
    if word.start() and len(word[0]) > 1 and word[0][0].isupper():
        return False
    return is_empty(stem(word[0].casefold())) or word[0].casefold() in finding.SMALL_WORDS


def _find(name: str, schema: Schema, request: Request, depth: int) -> Any:
    """The first thing that was said and fits; ``None`` if nothing was."""
    if depth > DEEPEST:
        return None
    said = (value for value in _candidates(name, schema, request, depth) if value not in (None, "", [], {}))
    return next((value for value in said if why_not_value(schema, value) is None), None)


def _candidates(name: str, schema: Schema, request: Request, depth: int) -> Iterable[Any]:
    kind = kind_of(schema)
    if schema.any_of:
        return (_find(name, branch, request, depth + 1) for branch in schema.any_of)
    if schema.enum:
        return _of_enum(schema.enum, request)
    if kind == "ARRAY":
        return (_array(name, schema.items, request, depth) for _ in range(1))
    if kind == "OBJECT":
        found = _found(schema, request, depth + 1)
        return (completed(schema, found),) if found else ()
    return _simple(name, schema, request)


def _simple(name: str, schema: Schema, request: Request) -> Iterable[Any]:
    kind = kind_of(schema)
    if kind in ("INTEGER", "NUMBER"):
        return _numbers(name, schema, request)
    if kind == "BOOLEAN":
        return _booleans(name, request)
    return _texts(name, schema, request) if kind == "STRING" else ()


def _of_enum(allowed: list[Any], request: Request) -> Iterator[Any]:
    """The values that were said, or meant, or nearly said."""
    said = words(request.text)
    stemmed = set(stems(said))
    meanings = {meaning(word) for word in stemmed}
    names = {value: stems(name_words(value)) for value in allowed if isinstance(value, str)}
    yield from (value for value, parts in names.items() if parts and stemmed.issuperset(parts))
    yield from (value for value, parts in names.items() if parts and meanings.issuperset(map(meaning, parts)))
    alone = {value.casefold(): value for value in names}
    for word in said:
        yield from (alone[near] for near in get_close_matches(word, alone, 1, 0.8))


def _numbers(name: str, schema: Schema, request: Request) -> Iterator[float]:
    """The numbers that are left, the one beside the parameter's name first."""
    called = set(stems(name_words(name)))
    named = [word.start() for word in WORD.finditer(request.text) if stem(word[0].casefold()) in called]

    def away(number: finding.Number) -> int:
        return min((abs(place - number.at) for place in named), default=0)

    for number in sorted(request.numbers, key=away):
        if why_not_value(schema, number.value) is None:
            request.numbers.remove(number)
            yield number.value


def _booleans(name: str, request: Request) -> Iterator[bool]:
    """Whether it is to be on: said as on or off where that is what the parameter is about, else by its name."""
    called = stems(name_words(name))
    said = words(request.text)
    if not _STATES.isdisjoint(called):
        yield from (False for _ in _OFF.intersection(said))
        yield from (True for _ in _ON.intersection(said))
    named = re.search(rf"\b((?:no|not|without|don't)\s+)?{re.escape(name.replace('_', ' '))}\b", request.text, re.I)
    if named and not request.name.issuperset(called):
        yield not named[1]


def _texts(name: str, schema: Schema, request: Request) -> Iterator[str]:
    if sums_up(name):
        yield request.summary()[: schema.max_length]
    yield from texts_for(name, schema.format or "", request.text)


def _array(name: str, items: Schema | None, request: Request, depth: int) -> list[Any]:
    """All that was said of what the array is of."""
    if items is None:
        return []
    if items.enum:
        return list(dict.fromkeys(_of_enum(items.enum, request)))
    kind = kind_of(items)
    if kind in ("INTEGER", "NUMBER"):
        numbers, request.numbers = request.numbers, []
        return [number.value for number in numbers]
    if kind != "STRING":
        one = _find(name, items, request, depth + 1)
        return [] if one is None else [one]
    first = _find(name, items, request, depth + 1) or finding.after(request.text, "with") or what_is_left(request)
    return finding.listed(request.text, first) if first else []
