"""What functions returned, said in a sentence."""

from collections.abc import Iterable, Mapping
from typing import Any

from gemlive_emulator.scenario.stems import name_words
from gemlive_emulator.session.tools import ToolResult, scheduling_named

LONGEST = 2_000
"""Characters that are said of one result."""

MOST_ITEMS = 10
"""Items of an array and properties of an object that are said."""

DEEPEST = 6
"""Levels of a result that are said."""

_DONE = frozenset(("", "ok", "okay", "done", "success", "succeeded", "true"))
_VERBS = frozenset(("get", "fetch", "check", "read", "look", "find", "search", "show", "list", "current", "the", "up"))


def spoken(results: Iterable[ToolResult]) -> str:
    """What is said of results, in their order.

    A text of several words is said as it is, for the function has put it so; anything else is made a sentence of.
    """
    return " ".join(_of_result(result) for result in results)


def _of_result(result: ToolResult) -> str:
    called = " ".join(name_words(result.name))
    if result.end != "returned":
        return f"The function {result.name} did not answer."
    if result.error is not None:
        return _sentence(f"The function {result.name} failed: {_in_words(_words_in(result.error))}")
    value = _words_in(_value_of(result.response))
    if isinstance(value, str) and " " in value.strip():
        return value.strip()[:LONGEST]
    return _sentence(_in_a_sentence(called, value))


def _in_a_sentence(called: str, value: Any) -> str:
    if value is True or value is None or value == {} or (isinstance(value, str) and value.casefold() in _DONE):
        return f"Okay, done: {called}"
    if isinstance(value, Mapping):
        told = [_is(str(name), item, value) for name, item in _some(value.items()) if not _is_scale(name, value)]
        return ", and ".join(told)
    return _is(_thing(called), value, {})


def _value_of(response: Mapping[str, Any]) -> Any:
    """What the function returned: under ``output`` (documented), ``result`` (as google-genai writes), or all of it."""
    return _without_scheduling(next((response[name] for name in ("output", "result") if name in response), response))


def _without_scheduling(value: Any) -> Any:
    """The value without what the client says to the server in it, as notebooks do: a function did not return that."""
    if not isinstance(value, Mapping) or scheduling_named(value.get("scheduling")) is None:
        return value
    return {name: item for name, item in value.items() if name != "scheduling"}


def _words_in(value: Any) -> Any:
    """The words of a result of the Model Context Protocol, which SDKs pass on as it is; anything else as it is."""
    blocks = value.get("content") if isinstance(value, Mapping) else None
    if not isinstance(blocks, list) or not blocks or not all(_is_text(block) for block in blocks):
        return value
    return " ".join(block["text"] for block in blocks)


def _is_text(block: Any) -> bool:
    return isinstance(block, Mapping) and block.get("type") == "text" and isinstance(block.get("text"), str)


def _thing(called: str) -> str:
    """What a function is about, by its name: the weather, for get weather."""
    left = [word for word in called.split() if word not in _VERBS]
    return " ".join(left) or "result"


def _is(name: str, value: Any, beside: Mapping[str, Any]) -> str:
    """A property and its value: The temperature is 21 degrees."""
    thing = " ".join(name_words(name)) or "result"
    are = "are" if isinstance(value, list | tuple) and thing.endswith("s") else "is"
    scale = next((str(item) for key, item in beside.items() if _is_scale(key, beside)), "")
    unit = f" degrees {scale}".rstrip() if _is_temperature(name, value) else ""
    return f"the {thing} {are} {_in_words(value)}{unit}"


def _is_temperature(name: str, value: Any) -> bool:
    return "temperature" in name_words(name) and isinstance(value, int | float) and not isinstance(value, bool)


def _is_scale(name: str, beside: Mapping[str, Any]) -> bool:
    """Whether a property is the scale of a temperature that stands beside it."""
    return name in ("unit", "units", "scale") and any(_is_temperature(str(key), item) for key, item in beside.items())


def _in_words(value: Any, depth: int = 0) -> str:
    """A JSON value in words."""
    if depth > DEEPEST:
        return "more"
    if isinstance(value, Mapping):
        inner = [_named(str(name), item, depth) for name, item in _some(value.items())]
        return ", ".join(inner) or "empty"
    if isinstance(value, list | tuple):
        return _listed([_in_words(item, depth + 1) for item in _some(value)]) or "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None else str(value)


def _named(name: str, value: Any, depth: int) -> str:
    return f"{' '.join(name_words(name))} {_in_words(value, depth + 1)}"


def _some(items: Iterable[Any]) -> list[Any]:
    return [item for item, _ in zip(items, range(MOST_ITEMS), strict=False)]


def _listed(items: list[str]) -> str:
    """One, two and three."""
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def _sentence(text: str) -> str:
    """A text that begins with a capital letter and ends with a full stop, and is not too long to be said."""
    whole = text.strip()[:LONGEST]
    whole = whole[:1].upper() + whole[1:]
    return whole if whole.endswith((".", "!", "?", "…")) else whole + "."
