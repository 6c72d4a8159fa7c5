"""From pydantic's errors to words for a person."""

from typing import Any

from pydantic_core import ErrorDetails

Trail = tuple[str | int, ...]
"""The way from the top of a document to a value: keys and numbers of list entries."""


def told(error: ErrorDetails) -> tuple[str, str, str]:
    """An error's anchor, what is wrong, and what would be right."""
    context: dict[str, Any] = error.get("ctx", {})
    if "wrong" in context:
        return error["type"], context["wrong"], context["right"]
    if error["type"] == "missing":
        return "missing-key", f"'{error['loc'][-1]}' is missing", "add it to this mapping"
    return "wrong-value", "an empty text", "write something, or leave the key out"


def trail_of(error: ErrorDetails) -> Trail:
    """The way to the value that is wrong, without the tags of unions (they stand in angle brackets)."""
    return tuple(step for step in error["loc"] if not str(step).startswith("<"))


def key_of(error: ErrorDetails) -> str | None:
    """The key itself that is wrong, where it is not the value."""
    key: str | None = error.get("ctx", {}).get("key")
    return key
