"""An HTTP refusal in the form that Google's servers use, as a value, as JSON and as raw bytes."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.redact import redacting_logger

if TYPE_CHECKING:
    from websockets.http11 import Request, Response
    from websockets.server import ServerProtocol

STATUS_WORDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    408: "DEADLINE_EXCEEDED",
    426: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
"""The canonical code that goes with an HTTP status (google.rpc.Code); Google leaves the field out where none fits."""

log = redacting_logger("connection")

HEADERS = {"Content-Type": "application/json; charset=UTF-8"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not served.

    Attributes:
        code: the HTTP status.
        message: for a person: what is wrong, where, and what would be right.
    """

    code: int
    message: str

    def content(self) -> dict[str, Any]:
        """``{"error": {"code", "message", "status"}}``."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.code in STATUS_WORDS:
            error["status"] = STATUS_WORDS[self.code]
        return {"error": error}

    def body(self) -> bytes:
        """The content as ASCII JSON, whatever the message quotes."""
        return json.dumps(self.content(), indent=2).encode("ascii") + b"\n"

    def response(self) -> bytes:
        """A whole HTTP/1.1 response that ends the connection."""
        body = self.body()
        lines = [
            f"HTTP/1.1 {self.code} {HTTPStatus(self.code).phrase}",
            *(f"{name}: {value}" for name, value in HEADERS.items()),
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body

    def handshake_response(self, library: "ServerProtocol") -> "Response":
        """The same as the library's answer to a handshake."""
        response = library.reject(self.code, "")
        response.body = self.body()
        for name, value in (*HEADERS.items(), ("Content-Length", str(len(response.body)))):
            del response.headers[name]
            response.headers[name] = value
        return response


def answer_upgrade(library: "ServerProtocol", request: bytes, refusal: Callable[[], Refusal | None]) -> None:
    """Let the library answer an upgrade request.

    Args:
        library: has not had anything yet, and writes nothing by itself.
        request: all of it.
        refusal: gives what the client is told if no session may come of it; not asked if the request is none.
    """
    library.receive_data(request)
    for event in library.events_received():
        if (refused := refusal()) is None:
            response = library.accept(cast("Request", event))
        else:
            log.info("refused a client: %d %s", refused.code, refused.message)
            response = refused.handshake_response(library)
        library.send_response(response)
