"""The head of an HTTP/1.1 request, from bytes. Pure.

As strict as the ``websockets`` parser that reads an upgrade's head again, so that what passes here passes there and two
readers never see two requests; each fault gets an answer that says what it was.
"""

import re

from websockets.datastructures import Headers

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.refusal import Refusal

MAX_HEAD = 64 * 1024
"""Bytes of the whole head."""
MAX_LINE = 8192
"""Bytes of one line with its end; a bearer token of 7 kB fits."""
MAX_HEADERS = 128

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP/([0-9]\.[0-9])")
_REQUEST_START = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?: [\x21-\x7e]*(?: [HTP/0-9.]*\r?)?)?")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)")
_VERSIONS = (b"1.0", b"1.1")


@dataclass(frozen=True, slots=True)
class Head:
    """A request line and its headers; ``path`` is the target as it came, query and all."""

    method: str
    path: str
    version: str
    headers: Headers


class HeadFault(Exception):
    """The bytes are no request that can be served; ``refusal`` is the answer."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(code, message)


def end_of_head(received: bytes | bytearray) -> int | None:
    """Where the head ends that ``received`` starts with, ``None`` while it may still come.

    Raises:
        HeadFault: no head can come of it: it is too long, has bare line feeds, or does not start like HTTP.
    """
    end = received.find(b"\r\n\r\n", 0, MAX_HEAD + 4)
    if end >= 0:
        return end + 4
    if len(received) > MAX_HEAD:
        raise HeadFault(431, f"The head of the request is longer than {MAX_HEAD} bytes.")
    line_end = received.find(b"\n", 0, MAX_LINE)
    if line_end < 0 and len(received) > MAX_LINE:
        raise HeadFault(414, f"The request line is longer than {MAX_LINE} bytes.")
    if line_end >= 0:
        _request_line(bytes(received[:line_end]).removesuffix(b"\r"))
    elif not _REQUEST_START.fullmatch(received):
        raise HeadFault(400, "This is not HTTP: the request line is malformed.")
    if b"\n\n" in received:
        raise HeadFault(400, "The lines of the request's head have to end with CR LF.")
    return None


def parse(head: bytes) -> Head:
    """Read a whole head, with the empty line that ends it.

    Raises:
        HeadFault: with 400, 414, 431 or 505 and the reason.
    """
    first, *lines = head[:-4].split(b"\r\n")
    method, target, version = _request_line(first)
    if len(lines) > MAX_HEADERS:
        raise HeadFault(431, f"The request has more than {MAX_HEADERS} headers.")
    headers = Headers()
    for line in lines:
        name, value = _header(line)
        headers[name] = value
    _check_body(headers)
    return Head(method, target, version, headers)


def tokens(headers: Headers, name: str) -> list[str]:
    """The comma-separated words of all headers of a name, in lower case."""
    return [word.strip().lower() for value in headers.get_all(name) for word in value.split(",")]


def asks_for_websocket(request: Head) -> bool:
    """Whether it is an upgrade; what is wrong with one is for the WebSocket protocol to say."""
    return request.method == "GET" and "websocket" in tokens(request.headers, "Upgrade")


def has_body(request: Head) -> bool:
    """Whether bytes of a body follow the head."""
    lengths = request.headers.get_all("Content-Length")
    return "Transfer-Encoding" in request.headers or any(length != "0" for length in lengths)


def _request_line(line: bytes) -> tuple[str, str, str]:
    if len(line) + 2 > MAX_LINE:
        raise HeadFault(414, f"The request line is longer than {MAX_LINE} bytes.")
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        raise HeadFault(400, "This is not HTTP: the request line is malformed.")
    if found[3] not in _VERSIONS:
        raise HeadFault(505, "Only HTTP/1.1 is served here.")
    return found[1].decode("ascii"), found[2].decode("ascii"), "HTTP/" + found[3].decode("ascii")


def _header(line: bytes) -> tuple[str, str]:
    if len(line) + 2 > MAX_LINE:
        raise HeadFault(431, f"A header of the request is longer than {MAX_LINE} bytes.")
    found = _HEADER.fullmatch(line)
    if found is None:
        raise HeadFault(400, "A header of the request is malformed.")
    return found[1].decode("ascii"), found[2].decode("latin-1").strip(" \t")


def _check_body(headers: Headers) -> None:
    """Refuse every head that two readers could end at two places (request smuggling, RFC 9112 s. 6.3)."""
    lengths = headers.get_all("Content-Length")
    codings = headers.get_all("Transfer-Encoding")
    if lengths and codings:
        raise HeadFault(400, "The request has Content-Length and Transfer-Encoding; it may have one of them.")
    if len(set(lengths)) > 1 or any(not re.fullmatch("[0-9]{1,18}", length) for length in lengths):
        raise HeadFault(400, "The request's Content-Length is not one number.")
    if codings and [coding.lower() for coding in codings] != ["chunked"]:
        raise HeadFault(501, "Only chunked is served as Transfer-Encoding.")
