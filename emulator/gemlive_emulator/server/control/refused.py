"""How the control interface says no: the envelope of all this port's errors, with what would be right beside it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from gemlive_emulator.server.refusal import Refusal

HEADERS = {
    "Content-Type": "application/json; charset=UTF-8",
    "Cache-Control": "no-store",
    # A page may name any address as a script or an image; what comes is to be taken for nothing but JSON.
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer. None of them lets a web page of another origin read it."""


class Refused(Exception):
    """A request that is not carried out.

    Attributes:
        status: the HTTP status.
        wrong: what is wrong, and where.
        right: what would be right.
        headers: further headers of the answer.
        problems: what is wrong in a text or mapping, one by one, if that is more than the message says.
    """

    def __init__(
        self,
        status: int,
        wrong: str,
        right: str,
        headers: Mapping[str, str] | None = None,
        problems: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(f"{wrong}; {right}")
        self.status = status
        self.wrong = wrong
        self.right = right
        self.headers = dict(headers or {})
        self.problems = tuple(problems)

    def response(self) -> Response:
        """The answer: ``{"error": {"code", "message", "status", "right"}}`` as ASCII JSON."""
        content = Refusal(self.status, self.wrong).content()
        content["error"]["right"] = self.right
        if self.problems:
            content["error"]["problems"] = self.problems
        return Response(json.dumps(content, indent=2) + "\n", self.status, {**HEADERS, **self.headers})
