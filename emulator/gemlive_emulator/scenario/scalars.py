"""Scalars that stand without quotes: a text everywhere in a scenario file, but where a value of JSON stands more."""

import re
from math import inf, isfinite

_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WHOLE = re.compile(r"[-+]?[0-9]+")
_BASES = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_WORDS = {word: value for value in (True, False) for word in (str(value), str(value).lower(), str(value).upper())}
_MAY_BEGIN = frozenset("0123456789+-.tTfF")
_LONGEST = 300


class Unquoted(str):
    """A scalar without quotes that is a number or a truth value where values of JSON stand; elsewhere a text."""

    __slots__ = ()


def scalar(text: str) -> str:
    """A scalar that was written without quotes: marked, if it can be more than a text."""
    if text[:1] in _MAY_BEGIN and json_scalar(text) is not None:
        return Unquoted(text)
    return text


def json_scalar(text: str) -> float | bool | None:
    """The number or truth value that a scalar is to YAML 1.2 (core schema); ``None`` if it is a text."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST:
        return None
    if _WHOLE.fullmatch(text):
        return int(text)
    if _BASES.fullmatch(text):
        return int(text, 0)
    number = float(text) if _NUMBER.fullmatch(text) else inf
    return number if isfinite(number) else None
