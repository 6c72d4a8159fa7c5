"""Bytes to JSON values, with the traps of JSON taken out: depth, duplicate names, NaN, huge numbers, lone surrogates.

The standard parser accepts NaN, duplicate names and lone surrogates, and fails on deep nesting and on long integers
with exceptions that are not its own. Words follow Google's proto-JSON parser as far as it is known.
"""

import json
import math
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from gemlive_emulator.wire.closes import INVALID
from gemlive_emulator.wire.errors import ClientFault

INVALID_PAYLOAD = "Invalid JSON payload received."
DEPTH_LIMIT = 100
"""The nesting that Google's proto-JSON parser allows."""

MOST_VALUES = 250_000
"""Values of one message, and as many names. Reading more would keep all other sessions waiting; the real server is not
known to have such a limit."""

MOST_DIGITS = 1000
"""Of a whole number; the time that one takes to be read grows with the square of its length."""

MOST_WARNINGS = 100
"""Words of warning that are kept of one message; a client can earn one with every few bytes of it."""

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


def parse(frame: bytes, warnings: list[str]) -> Any:
    """The JSON value of one frame; every text in it can be encoded as UTF-8 again.

    Raises:
        ClientFault: 1007, for anything that is not one well-formed JSON value.
    """
    try:
        text = frame.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused("The text is not UTF-8.", f"byte {error.start} of the frame: {error.reason}") from None
    if _marks(text) > MOST_VALUES:
        _check_count(text)
    value = _loads(text)
    # Each level costs a bracket of its own, so few brackets need no walk.
    if text.count("{") + text.count("[") > DEPTH_LIMIT:
        _check_depth(value)
    if _SURROGATE_ESCAPE.search(text):
        value = _mended(value, warnings)
    return value


def _loads(text: str) -> Any:
    try:
        return json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole
        )
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}: {error.msg}"
        raise _refused("Unexpected token.", f"not JSON; {where}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        # In linear time: there may be a hundred thousand.
        places = {name: at for at, (name, _) in enumerate(pairs)}
        twice = next(name for at, (name, _) in enumerate(pairs) if places[name] > at)
        raise _refused(f"Duplicate name {json.dumps(twice)}.", "a JSON object may hold each name once")
    return found


def _no_constant(name: str) -> NoReturn:
    raise _refused("Unexpected token.", f"{name} is not JSON; numbers must be finite")


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise _refused("Number out of range.", f"a number has too many digits: {digits[:40]}...")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _refused("Number out of range.", f"{digits[:40]} does not fit a double")
    return number


def _check_count(text: str) -> None:
    """Count what begins or parts values, but for what stands in texts."""
    bare = text.replace("\\\\", "").replace('\\"', "")
    # So many texts are too many by themselves, and are not taken apart.
    if bare.count('"') > 2 * MOST_VALUES or _marks("".join(bare.split('"')[::2])) > MOST_VALUES:
        raise _refused("Too many values.", f"one message may hold {MOST_VALUES}; send several")


def _marks(text: str) -> int:
    """How many values there are at most: each comes behind a comma or an opening bracket."""
    return text.count("{") + text.count("[") + text.count(",")


def _check_depth(value: Any) -> None:
    level: list[Any] = [[value]]
    for _ in range(DEPTH_LIMIT + 1):
        level = [item for outer in level for item in _items(outer) if isinstance(item, dict | list)]
        if not level:
            return
    raise _too_deep()


def _items(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _mended(value: Any, warnings: list[str]) -> Any:
    """The value with U+FFFD for lone surrogates, which no encoder takes."""
    if isinstance(value, str):
        mended = _LONE_SURROGATES.sub("\ufffd", value)
        if mended != value and len(warnings) < MOST_WARNINGS:
            warnings.append(f"a lone surrogate became U+FFFD in {json.dumps(mended[:40])}")
        return mended
    if isinstance(value, dict):
        return {_mended(name, warnings): _mended(item, warnings) for name, item in value.items()}
    if isinstance(value, list):
        return [_mended(item, warnings) for item in value]
    return value


def _too_deep() -> ClientFault:
    return _refused("Message too deep. Max recursion depth reached.", f"nest at most {DEPTH_LIMIT} levels")


def _refused(what: str, hint: str) -> ClientFault:
    return ClientFault(INVALID, f"{INVALID_PAYLOAD} {what}", hint)
