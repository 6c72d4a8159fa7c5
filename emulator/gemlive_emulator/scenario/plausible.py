"""Values that fit a schema, where nobody said any: its default, its example, or something plausible for its name."""

from collections.abc import Iterator, Mapping
from math import ceil, floor
from typing import Any

from gemlive_emulator.scenario.stems import name_words, stem, stems
from gemlive_emulator.session.arguments import kind_of, why_not_value
from gemlive_emulator.wire.tools import Schema

DEEPEST = 16
"""Levels of objects and arrays that are made; a schema that wants more is left unmet."""

MOST_ITEMS = 100
"""Items of an array that are made at most."""

LONGEST = 10_000
"""Characters of a text that is made at most."""

_BY_FORMAT = {
    "date": "2030-01-01",
    "date-time": "2030-01-01T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "PT10M",
    "email": "ada@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_BY_NAME = {
    "location city place town area region destination": "London",
    "origin departure from": "Paris",
    "country": "France",
    "address": "1 Example Street, London",
    "date day when": "today",
    "time hour start end": "noon",
    "duration length": "10 minutes",
    "email": "ada@example.com",
    "url uri link website": "https://example.com/",
    "phone": "+1 202 555 0100",
    "name recipient contact person user customer": "Ada",
    "language": "English",
    "currency": "USD",
    "unit": "celsius",
    "latitude": "51.5",
    "longitude": "-0.1",
    "id": "1",
    "code": "print('hello')",
    "json": '{"data": {"values": [{"x": 1, "y": 2}, {"x": 2, "y": 3}]}, "mark": "bar", "encoding": '
    '{"x": {"field": "x", "type": "ordinal"}, "y": {"field": "y", "type": "quantitative"}}}',
    "song track": "Clair de lune",
    "message text body content subject": "Hello",
    "query search question topic keyword": "news",
}
"""What is taken for a parameter by a word of its name; the JSON is a small Vega-Lite chart, as some samples draw."""

_TEXTS = {stem(word): text for names, text in _BY_NAME.items() for word in names.split()}


def completed(schema: Schema, found: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """What was found of an object, and beside it all that has to be there."""
    declared = schema.properties or {}
    whole = dict(found)
    for name in schema.required or ():
        if name not in whole:
            whole[name] = made(declared.get(name) or Schema(), name, depth + 1)
    for name, inner in declared.items():
        if len(whole) >= min(schema.min_properties or 0, MOST_ITEMS):
            break
        if name not in whole:
            whole[name] = made(inner, name, depth + 1)
    return whole


def made(schema: Schema, name: str = "", depth: int = 0) -> Any:
    """A value for a schema; if there is no right one, one that is wrong.

    Args:
        schema: what it has to be.
        name: of the property.
        depth: levels above it.
    """
    values = _values(schema, name, depth) if depth <= DEEPEST else iter(())
    return next((value for value in values if why_not_value(schema, value) is None), None)


def _values(schema: Schema, name: str, depth: int) -> Iterator[Any]:
    yield from (told for told in (schema.default, schema.example) if told is not None)
    yield from map(_read_number, schema.enum or ()) if kind_of(schema) in ("INTEGER", "NUMBER") else schema.enum or ()
    for branch in schema.any_of or ():
        yield made(branch, name, depth + 1)
    yield from _of_kind(kind_of(schema), schema, name, depth)


def _of_kind(kind: str, schema: Schema, name: str, depth: int) -> Iterator[Any]:
    if kind in ("INTEGER", "NUMBER"):
        yield from _numbers(schema, whole=kind == "INTEGER")
    elif kind == "BOOLEAN":
        yield True
    elif kind == "ARRAY":
        yield _array(schema, name, depth)
    elif kind == "OBJECT":
        yield completed(schema, {}, depth)
    elif kind != "NULL":
        yield _text(schema, name)


def _read_number(text: Any) -> Any:
    """A number that an enum writes as a string."""
    try:
        return float(text) if "." in str(text) else int(text)
    except (TypeError, ValueError):
        return text


def _numbers(schema: Schema, whole: bool) -> Iterator[float]:
    """One, if it is between the bounds; else a bound, or the whole number inside of it."""
    yield 1
    if schema.minimum is not None:
        yield ceil(schema.minimum) if whole else schema.minimum
    if schema.maximum is not None:
        yield floor(schema.maximum) if whole else schema.maximum


def _array(schema: Schema, name: str, depth: int) -> list[Any]:
    """One item, or as many as there have to be."""
    most = MOST_ITEMS if schema.max_items is None else min(schema.max_items, MOST_ITEMS)
    least = min(schema.min_items or 0, MOST_ITEMS)
    item = made(schema.items or Schema(), name, depth + 1)
    fits = schema.items is None or why_not_value(schema.items, item) is None
    return [item] * max(least, 1 if most and fits else 0)


def _text(schema: Schema, name: str) -> str:
    """Something plausible for the name, as long as it has to be; else the name's own words."""
    called = name_words(name)
    known = [text for word, text in _TEXTS.items() if word in stems(called)]
    text = _BY_FORMAT.get(schema.format or "") or (known[0] if known else " ".join(called) or "text")
    return _as_long(text, schema)


def _as_long(text: str, schema: Schema) -> str:
    least = min(schema.min_length or 0, LONGEST)
    text = text.ljust(least, "x")
    return text if schema.max_length is None else text[: max(schema.max_length, 0)]
