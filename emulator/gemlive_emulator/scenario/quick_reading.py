"""The quick ways to read a file that is right: JSON by the standard library, YAML by libyaml.

Both either give what the careful reader in :mod:`~gemlive_emulator.scenario.nodes` would give, or ``None``: then the
file is wrong, or unusual, and the careful reader has the last word. libyaml reads YAML 1.1, but since every scalar
stays a text only the places where the syntax itself differs matter, and those are left to the careful reader as well.
"""

import json
import re
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gemlive_emulator.scenario.scalars import Unquoted, scalar

if TYPE_CHECKING:
    from yaml._yaml import CParser
    from yaml.events import AliasEvent, CollectionStartEvent, ScalarEvent
    from yaml.nodes import Node

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_DIFFERS = re.compile("[\x85\u2028\u2029\ufeff]|^%", re.MULTILINE)
"""Line breaks of YAML 1.1 only, a mark in the middle of the text, and directives."""

_HALVES = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


class _Unusual(Exception):
    """Something that the careful reader has to look at."""


def read_json(text: str, most: int, deepest: int) -> Any:
    """The value of a JSON text, with numbers and words as texts; ``None`` if it is no JSON or over the limits.

    Args:
        text: all of the file.
        most: values at most.
        deepest: mappings and lists within each other at most.
    """
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(text, object_pairs_hook=_once_each, parse_int=scalar, parse_float=scalar, parse_constant=str)
        return _Texts(most).of(value, deepest)
    except (ValueError, RecursionError, _Unusual):
        return None


def read_yaml(text: str, most: int, deepest: int) -> list[Any] | None:
    """The values of all documents of a YAML text, every scalar a text or nothing; arguments as :func:`read_json`."""
    if _DIFFERS.search(text):
        return None
    parser = libyaml()
    if parser is None:
        return None
    from yaml.error import YAMLError

    try:
        return _Values(most, deepest).of(parser(text))
    except (YAMLError, UnicodeEncodeError, _Unusual):
        return None


def without_quirks(text: str) -> str:
    """A JSON text that libyaml takes, with everything at its place: no tabs, no escapes of half characters."""
    return _HALVES.sub(r"\\u0041", text.replace("\t", " "))


def compose(text: str) -> "list[Node]":
    """The nodes of all documents of a text that was read here, each with its place; none if libyaml cannot."""
    if libyaml() is None:
        return []
    from yaml import CSafeLoader, YAMLError, compose_all

    try:
        return list(compose_all(text, Loader=CSafeLoader))
    except YAMLError:  # an anchor that is set again
        return []


def libyaml() -> "type[CParser] | None":
    """The parser of libyaml; ``None`` where PyYAML was built without it."""
    try:
        parser: type[CParser] = import_module("yaml.cyaml").CParser
    except ImportError:
        return None
    return parser


def whole(text: str) -> str:
    """A text in which JSON's pairs of surrogate escapes are one character, and single ones a question mark."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = {whole(key): value for key, value in pairs}
    if len(found) < len(pairs):
        raise _Unusual
    return found


class _Texts:
    """Makes texts of what JSON has besides, and counts."""

    def __init__(self, most: int) -> None:
        self._left = most

    def of(self, value: Any, deepest: int) -> Any:
        self._left -= 1
        if self._left < 0 or deepest < 0:
            raise _Unusual
        match value:
            case dict():
                return {key: self.of(part, deepest - 1) for key, part in value.items()}
            case list():
                return [self.of(part, deepest - 1) for part in value]
            case bool():
                return Unquoted("true" if value else "false")
            case Unquoted():
                return value
            case str():
                return whole(value)
        return value


class _Open:
    """A mapping or a list that is being read.

    ``before`` is how many values there were before it, ``height`` how deep mappings and lists in it go.
    """

    __slots__ = ("anchor", "before", "height", "is_mapping", "parts")

    def __init__(self, is_mapping: bool, anchor: str | None, before: int) -> None:
        self.is_mapping = is_mapping
        self.anchor = anchor
        self.before = before
        self.height = 0
        self.parts: list[Any] = []

    @property
    def wants_key(self) -> bool:
        """Whether a key of a mapping is next."""
        return self.is_mapping and len(self.parts) % 2 == 0

    def value(self) -> dict[str, Any] | list[Any]:
        if not self.is_mapping:
            return self.parts
        found = dict(zip(self.parts[::2], self.parts[1::2], strict=True))
        if len(found) * 2 < len(self.parts):
            raise _Unusual
        return found


class _Values:
    """Makes plain values of libyaml's events: a loop, so that no depth of a file can be too deep for the stack."""

    def __init__(self, most: int, deepest: int) -> None:
        from yaml import events

        self._most = most
        self._deepest = deepest
        self._count = 0
        self._documents = _Open(is_mapping=False, anchor=None, before=0)
        self._open = [self._documents]
        self._anchored: dict[str, tuple[Any, int, int]] = {}
        self._take: dict[type, Callable[[Any], None]] = {
            events.ScalarEvent: self._scalar,
            events.AliasEvent: self._alias,
            events.MappingStartEvent: lambda event: self._begin(event, is_mapping=True),
            events.SequenceStartEvent: lambda event: self._begin(event, is_mapping=False),
            events.MappingEndEvent: lambda event: self._end(),
            events.SequenceEndEvent: lambda event: self._end(),
            events.DocumentEndEvent: lambda event: self._anchored.clear(),
        }

    def of(self, parser: "CParser") -> list[Any]:
        """The values of all documents."""
        following, take = parser.get_event, self._take
        while (event := following()) is not None:
            kind = type(event)
            if kind in take:
                take[kind](event)
        return self._documents.parts

    def _scalar(self, event: "ScalarEvent") -> None:
        """The usual case, and so without detours."""
        into = self._open[-1]
        parts = into.parts
        if event.tag is not None or len(self._open) - 2 >= self._deepest:
            raise _Unusual
        if into.is_mapping and not len(parts) & 1:
            if event.anchor is not None:
                raise _Unusual
            parts.append(event.value)
            return
        value = _plain(event.value) if event.implicit[0] else event.value
        if event.anchor is not None:
            self._anchored[event.anchor] = (value, 1, 0)
        parts.append(value)
        into.height = into.height or 1
        self._count += 1
        if self._count > self._most:
            raise _Unusual

    def _alias(self, event: "AliasEvent") -> None:
        if self._open[-1].wants_key or event.anchor not in self._anchored:
            raise _Unusual
        self._add(*self._anchored[event.anchor])

    def _begin(self, event: "CollectionStartEvent", is_mapping: bool) -> None:
        if event.tag is not None or self._open[-1].wants_key:
            raise _Unusual
        self._anchored.pop(event.anchor or "", None)  # until it ends, an alias of it would be itself
        self._open.append(_Open(is_mapping, event.anchor, self._count))
        if len(self._open) - 2 > self._deepest:
            raise _Unusual

    def _end(self) -> None:
        done = self._open.pop()
        value, size = done.value(), self._count - done.before + 1
        if done.anchor is not None:
            self._anchored[done.anchor] = (value, size, done.height)
        self._add(value, 1, done.height)

    def _add(self, value: Any, size: int, height: int) -> None:
        """Put a value into what is open. ``size`` is how many values are new, ``height`` how deep it goes."""
        into = self._open[-1]
        into.parts.append(value)
        into.height = max(into.height, height + 1)
        self._count += size
        if self._count > self._most or len(self._open) - 1 + height > self._deepest:
            raise _Unusual


def _plain(text: str) -> str | None:
    return None if text in _NULLS else scalar(text)
