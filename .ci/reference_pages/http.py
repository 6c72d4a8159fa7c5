"""docs/reference/http.md: the control interface, from its OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server.control.app import DOCUMENT_PATH
from gemlive_emulator.server.control.entrance import PREFIX
from gemlive_emulator.server.control.openapi import ALWAYS, WITH_BODY, document
from gemlive_emulator.server.control.table import operations
from reference_pages.markdown import code, page, sentence, table
from reference_pages.shapes import kind_of

ABOUT = f"""\
Paths are below `{PREFIX}`. [control.md](../control.md) shows how it is used and says who may; a running emulator
gives the same as an OpenAPI document at `{DOCUMENT_PATH}`, for generators of clients."""

ALWAYS_ABOUT = """\
Every operation can be refused with these, in the shape [Error](#error); what else it refuses stands with it."""


def http_page() -> str:
    """The page."""
    told = document(operations(Emulator(Settings(port=0))))
    paths = [
        _operation(method.upper(), path, one)
        for path, methods in told["paths"].items()
        for method, one in methods.items()
    ]
    refusals = table(("status", "when"), [(code(status), words) for status, words in sorted(_usual().items())])
    shapes = [_shape(name, shape) for name, shape in told["components"]["schemas"].items()]
    parts = ["## Operations", *paths, "## Refusals", ALWAYS_ABOUT, refusals, "## Shapes", *shapes]
    return page("HTTP", ABOUT, *parts)


def _usual() -> dict[int, str]:
    return {**ALWAYS, **{status: f"{words} (`POST` only)" for status, words in WITH_BODY.items()}}


def _operation(method: str, path: str, one: Mapping[str, Any]) -> str:
    parts = [f"### {method} {path}", sentence(one["summary"])]
    query = [each for each in one.get("parameters", ()) if each["in"] == "query"]
    if query:
        rows = [(code(each["name"]), each["description"]) for each in query]
        parts.append(table(("parameter of the URL", "what it says"), rows))
    exchange = [f"Answer: {_content(one['responses']['200'])}."]
    if "requestBody" in one:
        exchange.insert(0, f"Body: {_content(one['requestBody'])}.")
    parts.append(" ".join(exchange))
    told = {int(status): each["description"] for status, each in one["responses"].items() if status != "200"}
    usual = {**ALWAYS, **WITH_BODY}
    refused = [f"{code(status)}: {words}" for status, words in told.items() if usual.get(status) != words]
    return "\n\n".join(parts + refused)


def _content(told: Mapping[str, Any]) -> str:
    [(media, content)] = told["content"].items()
    return kind_of(content["schema"]) if media == "application/json" else code(media)


def _shape(name: str, shape: Mapping[str, Any]) -> str:
    needed = shape.get("required", ())
    rows = [
        (code(field), kind_of(one), "yes" if field in needed else "", " ".join(one.get("description", "").split()))
        for field, one in shape.get("properties", {}).items()
    ]
    fields = table(("field", "type", "always", "what it says"), rows) if rows else "It has no fields."
    return "\n\n".join([f"### {name}", shape["description"], fields])
