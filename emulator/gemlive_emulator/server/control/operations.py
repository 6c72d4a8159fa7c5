"""What the control interface can do, as records: from each come a route and a part of the OpenAPI document."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.control.entrance import PREFIX
from gemlive_emulator.server.control.refused import HEADERS, Refused
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.json_text import parse


class Shape(BaseModel):
    """What is sent to the interface, or answered: camel case in JSON, nothing unknown, no text in place of a number."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        use_attribute_docstrings=True,
        json_schema_serialization_defaults_required=True,
        extra="forbid",
        strict=True,
        frozen=True,
    )


_WRONG = {"extra_forbidden": "there is no such field", "model_type": "it has to be a JSON object"}
"""Our words where pydantic's are about Python."""

Handler = Callable[[Request, Any], Awaitable[Shape | Response]]
"""Carries an operation out, given the request and its body in the operation's shape (``None`` without one)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path.

    Attributes:
        name: of the operation, for generated clients.
        method: only ``POST`` changes anything.
        path: below the prefix, with parameters in braces.
        summary: what it does, in a line.
        handle: carries it out; what it refuses it raises as :class:`Refused`.
        answer: the shape of the answer; or, of one that is no JSON, its media type.
        body: the shape of the request's body; its first example shows what would be right.
        query: parameters of the URL, none of which is needed, and what they say.
        refusals: HTTP status to when, beside those that every operation has.
    """

    name: str
    method: Literal["GET", "POST"]
    path: str
    summary: str
    handle: Handler
    answer: type[Shape] | str
    body: type[Shape] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[int, str] = field(default_factory=dict)

    def route(self) -> Route:
        """The route that carries it out."""

        async def endpoint(request: Request) -> Response:
            octets = await request.body()
            given = None if self.body is None else read(self.body, octets)
            told = await self.handle(request, given)
            if isinstance(told, Response):
                return told
            # As ASCII: what a scenario says may have half a surrogate pair in it, which UTF-8 has not.
            return Response(json.dumps(told.model_dump(mode="json"), indent=2) + "\n", headers=HEADERS)

        return Route(PREFIX + self.path, endpoint, methods=[self.method], name=self.name)


def read(shape: type[Shape], octets: bytes) -> Shape:
    """A body in its shape.

    Raises:
        Refused: 400, saying which field is wrong, and showing a body that is right.
    """
    try:
        return shape.model_validate(parse(octets, []))
    except ClientFault as fault:
        raise Refused(400, f"the body is no JSON: {fault.hint or fault.words}", _example(shape)) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        wrong = _WRONG.get(first["type"], first["msg"])
        raise Refused(400, f"{ascii(where)[1:-1][:100]}: {wrong}", _example(shape)) from None


def _example(shape: type[Shape]) -> str:
    names = ", ".join(str(one.alias) for one in shape.model_fields.values())
    known = f"the fields are {names}" if names else "it has no fields"
    return f"send, for example, {json.dumps(shape.model_json_schema()['examples'][0])}; {known}"


def examples(*bodies: dict[str, Any]) -> ConfigDict:
    """The configuration of a shape of bodies, with what would be right."""
    return ConfigDict(json_schema_extra={"examples": list(bodies)})


class Nothing(Shape):
    """An empty object."""

    model_config = examples({})
