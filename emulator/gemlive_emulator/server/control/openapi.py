"""The OpenAPI 3.1 document of the control interface, made of its operations."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic.json_schema import models_json_schema

from gemlive_emulator import __version__
from gemlive_emulator.server.control.entrance import PREFIX
from gemlive_emulator.server.control.operations import Operation, Shape

ABOUT = """\
Controls a running emulator of the Gemini Live API. A request comes from the machine that the emulator runs on, or
brings its control token; its Host is this machine's, and its Origin, if it has one, localhost. POST takes JSON only."""

ALWAYS = {
    401: "The emulator was started with a control token, and this request does not bring it.",
    403: "The request comes from another machine, or from a web page of another site.",
}
WITH_BODY = {400: "The body is not what the operation takes.", 415: "The body is not declared as JSON."}


class Problem(Shape):
    """One thing that is wrong in a scenario, a rule or a fault."""

    line: int | None = None
    """In the text that was sent, from 1; missing where it is about a mapping, or about the whole."""
    column: int | None = None
    """The same."""
    message: str
    """What is wrong, and in which part."""
    right: str | None = None
    """What would be right; where it is missing, the message says it."""
    page: str
    """Where it is explained."""


class ErrorDetails(Shape):
    """Why a request was not carried out."""

    code: int
    """The HTTP status once more."""
    message: str
    """What is wrong, and where."""
    status: str | None = None
    """Google's word for the status, where it has one."""
    right: str | None = None
    """What would be right; where it is missing, the message says it."""
    problems: tuple[Problem, ...] = ()
    """All that is wrong in a scenario, a rule or a fault, in its order; the message has the first."""


class Error(Shape):
    """The body of every answer that is no success, on the whole port."""

    error: ErrorDetails


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document."""
    answers = [(one.answer, "serialization") for one in operations if not isinstance(one.answer, str)]
    bodies = [(one.body, "validation") for one in operations if one.body is not None]
    shapes: Any = [*answers, *bodies, (Error, "validation")]
    _, schemas = models_json_schema(shapes, ref_template="#/components/schemas/{model}")
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "gemlive-emulator", "version": __version__, "description": ABOUT},
        "servers": [{"url": PREFIX}],
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: Operation) -> dict[str, Any]:
    refusals = {**ALWAYS, **(WITH_BODY if one.body else {}), **one.refusals}
    told: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "responses": {
            "200": _answer(one),
            **{str(status): {"description": refusals[status], "content": _json(Error)} for status in sorted(refusals)},
        },
    }
    text = {"type": "string"}
    parameters = [
        *({"name": name, "in": "path", "required": True, "schema": text} for name in re.findall(r"\{(\w+)", one.path)),
        *({"name": name, "in": "query", "description": says, "schema": text} for name, says in one.query.items()),
    ]
    if parameters:
        told["parameters"] = parameters
    if one.body is not None:
        told["requestBody"] = {"required": True, "content": _json(one.body)}
    return told


def _answer(one: Operation) -> dict[str, Any]:
    if isinstance(one.answer, str):
        return {"description": one.summary, "content": {one.answer: {"schema": {"type": "string"}}}}
    return {"description": (one.answer.__doc__ or "").strip(), "content": _json(one.answer)}


def _json(shape: type[Shape]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}}
