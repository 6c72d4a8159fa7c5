"""The form of a recording: one session, message by message, as JSON Lines. Pure; files are read and written elsewhere.

The first line is the head: ``{"recording": 1, "session": ..., "path": ..., "by": ...}``. Each line behind it is one
message, ``{"time": seconds, "from": "client", "message": {...}}``, or the end, ``{"time": ..., "from": "server",
"close": {"code": 1011, "reason": ...}}``. What is no JSON object stands under ``"octets"``, in base64, and a frame of
the kind that its side does not usually send has ``"frame": "text"`` or ``"binary"``.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from math import isfinite
from typing import Any, Literal

from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.closes import SENDABLE
from gemlive_emulator.wire.errors import ClientFault, EmulatorError
from gemlive_emulator.wire.json_text import parse

FORM = 1
"""Of the recordings that are written; a later form gets a higher number."""

Side = Literal["client", "server"]

Frame = Literal["", "text", "binary"]
"""The kind of a frame; ``""`` for the usual one: SDKs send text, and the real server binary (recorded)."""

_USUAL: dict[str, Frame] = {"client": "text", "server": "binary"}

_SIDES = ("client", "server")

_CODES = SENDABLE | set(range(1000, 1016))
"""Those of a close frame, and those that stand for an end without one (RFC 6455 s. 7.4.1)."""

_KEY = b'"data"'
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{64}")
_LEFT_OUT = re.compile(rb'("data"\s*:\s*)"<(\d{1,8}) octets>"')


class TapeError(EmulatorError):
    """A recording is not right.

    Attributes:
        line: the number of the line at fault, from 1.
        wrong: what is wrong with it.
    """

    def __init__(self, line: int, wrong: str) -> None:
        super().__init__(f"line {line} of the recording: {wrong}")
        self.line = line
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Taped:
    """One message, or the end of the connection.

    Attributes:
        time: seconds since the connection was open.
        side: who sent it.
        payload: of the message; empty for the end.
        code: the close code of the end, 1006 for a connection that was lost; ``None`` for a message.
        words: the reason of the end.
        frame: the kind of the message's frame, if it was not the usual one of its side.
    """

    time: float
    side: Side
    payload: bytes = b""
    code: int | None = None
    words: str = ""
    frame: Frame = ""

    @property
    def is_text(self) -> bool:
        """Whether the message goes in a text frame."""
        return (self.frame or _USUAL[self.side]) == "text"

    @property
    def message(self) -> Any:
        """The message as JSON; ``None`` for the end and for what is no JSON object."""
        if self.code is not None:
            return None
        try:
            value = parse(self.payload, [])
        except ClientFault:
            return None
        return value if isinstance(value, dict) else None


@dataclass(frozen=True, slots=True)
class Tape:
    """A recording.

    Attributes:
        session: its name.
        path: of the upgrade request, without credentials.
        taped: what was sent, the oldest first.
        dropped: messages at the beginning that were not kept.
        about: what else is known, in plain values: ``by`` whom it was made, ``model``, ``sound``: false if it was
            left out ...
    """

    session: str
    path: str
    taped: tuple[Taped, ...]
    dropped: int = 0
    about: Mapping[str, Any] = field(default_factory=dict)


def without_sound(payload: bytes) -> bytes:
    """A message whose sound and pictures are left out: of each only its length stays, ``"<9600 octets>"``.

    That is no base64, so nobody takes it for sound. Looks at the beginning of a text only, since this is done with
    every part of an answer.
    """
    pieces, done = [], 0
    at = payload.find(_KEY)
    while at >= 0:
        first = payload.find(b'"', at + len(_KEY)) + 1
        last = payload.find(b'"', first)
        if first and last > 0 and payload[at + len(_KEY) : first - 1].strip() == b":" and _BASE64.match(payload, first):
            text = payload[first:last].rstrip(b"=")
            pieces += [payload[done:first], b"<%d octets>" % (len(text) * 3 // 4)]
            done = last
        at = payload.find(_KEY, max(at + 1, done))
    return b"".join([*pieces, payload[done:]])


def with_silence(payload: bytes) -> bytes:
    """The same message with silence in place of the sound that was left out of it, as long as that was."""
    return _LEFT_OUT.sub(lambda found: b'%s"%s"' % (found[1], b64encode(bytes(int(found[2])))), payload)


def kind_of_frame(side: Side, *, text: bool) -> Frame:
    """The kind of a frame as a recording keeps it."""
    kind: Frame = "text" if text else "binary"
    return "" if kind == _USUAL[side] else kind


def lacks_sound(tape: Tape) -> bool:
    """Whether sound or pictures were left out, of some messages or with them."""
    return tape.about.get("sound") is False or any(_LEFT_OUT.search(one.payload) for one in tape.taped)


def lines(tape: Tape) -> Iterator[str]:
    """The lines of a recording, each with its line feed."""
    yield head_line(tape)
    for one in tape.taped:
        yield line(one)


def head_line(tape: Tape) -> str:
    """The first line of a recording, with its line feed."""
    head = {"recording": FORM, "session": tape.session, "path": tape.path, **tape.about}
    if tape.dropped:
        head["dropped"] = tape.dropped
    return _line(head)


def line(one: Taped) -> str:
    """The line of one message, with its line feed."""
    return _line(_told(one))


def read(text: Iterable[str]) -> Tape:
    """The recording that these lines hold; empty lines are passed over.

    Raises:
        TapeError: it is none, or a line is not right.
    """
    numbered = ((number, line) for number, line in enumerate(text, 1) if line.strip())
    number, first = next(numbered, (1, ""))
    head = _object(number, first)
    form = head.pop("recording", None)
    if form != FORM:
        wrong = f'this is no recording of a form that is known: it begins with {{"recording": {FORM}, ...}}'
        raise TapeError(number, wrong)
    session, path, dropped = head.pop("session", ""), head.pop("path", ""), head.pop("dropped", 0)
    if not (isinstance(session, str) and isinstance(path, str) and isinstance(dropped, int)):
        raise TapeError(number, "session and path have to be texts, and dropped a number")
    taped = tuple(_taped(number, _object(number, line)) for number, line in numbered)
    return Tape(session, path, taped, dropped, head)


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n"


def _told(one: Taped) -> dict[str, Any]:
    told: dict[str, Any] = {"time": round(one.time, 6), "from": one.side}
    if one.code is not None:
        return {**told, "close": {"code": one.code, "reason": one.words}}
    if one.frame:
        told["frame"] = one.frame
    message = one.message
    if message is None:
        return {**told, "octets": b64encode(one.payload).decode()}
    return {**told, "message": message}


def _object(number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise TapeError(number, f"it is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise TapeError(number, "it is no JSON object")
    return value


def _taped(number: int, told: dict[str, Any]) -> Taped:
    time, side = told.get("time"), told.get("from")
    if isinstance(time, bool) or not isinstance(time, int | float) or not (isfinite(time) and time >= 0):
        raise TapeError(number, '"time" has to be a number of seconds, from 0 on')
    if side not in _SIDES:
        raise TapeError(number, '"from" has to be "client" or "server"')
    frame = told.get("frame", "")
    if frame not in ("", "text", "binary"):
        raise TapeError(number, '"frame" has to be "text" or "binary"')
    match told:
        case {"message": dict() as message}:
            payload = json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode()
            return Taped(time, side, payload, frame=frame)
        case {"octets": str() as octets}:
            return Taped(time, side, _decoded(number, octets), frame=frame)
        case {"close": {"code": int() as code, "reason": str() as words}}:
            if code not in _CODES:
                raise TapeError(number, f"{code} is no close code; one has to be 1000 to 1015 or 3000 to 4999")
            return Taped(time, side, code=code, words=words)
    raise TapeError(number, 'it needs a "message", "octets", or "close": {"code": ..., "reason": ...}')


def _decoded(number: int, octets: str) -> bytes:
    try:
        return b64decode(octets, validate=True)
    except ValueError:
        raise TapeError(number, '"octets" has to be base64') from None
