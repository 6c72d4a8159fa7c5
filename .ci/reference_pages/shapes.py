"""Parts of a JSON Schema in words."""

import json
from collections.abc import Mapping
from typing import Any

from reference_pages.markdown import code

WORDS = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "null": "nothing",
    "object": "mapping",
    "array": "list",
}
LIST = "list of "
TEXT = {"string", "number", "boolean"}
"""How the schema of scenario files says that any scalar is taken as the text that was written."""


def kind_of(schema: Mapping[str, Any]) -> str:
    """What may stand there, in words, with links to the sections of the shapes."""
    if "words" in schema:
        return str(schema["words"])
    if "$ref" in schema:
        name = titled(schema["$ref"].rpartition("/")[2])
        return f"[{name}](#{name.lower()})"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return _either(list(dict.fromkeys(map(kind_of, schema[several]))))
    if "enum" in schema:
        return _words(schema["enum"])
    if "const" in schema:
        return code(schema["const"])
    return _of_type(schema)


def _either(kinds: list[str]) -> str:
    """One of several kinds; a list of all the others is not told once more."""
    others = [kind for kind in kinds if not kind.startswith(LIST)]
    told = " or ".join(others)
    if others and kinds[len(others) :] == [f"{LIST}{told}"]:
        return f"{told}, or a list of these"
    return " or ".join(kinds)


def titled(name: str) -> str:
    """The name of a shape, without what only tells it from other classes."""
    return name.rpartition("__")[2].removesuffix("Form")


def _words(values: list[Any]) -> str:
    return ", ".join(code(value if isinstance(value, str) else json.dumps(value)) for value in values)


def _of_type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return "text" if set(kind) == TEXT else " or ".join(WORDS[one] for one in kind)
    if kind == "array" and schema.get("items"):
        return f"{LIST}{kind_of(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"mapping to {kind_of(schema['additionalProperties'])}"
    if kind == "object" and schema.get("maxProperties") == 0:
        return "`{}`"
    return "anything" if kind is None else WORDS[kind]
