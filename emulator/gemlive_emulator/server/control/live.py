"""Operations on one open session: what happens to it now."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from starlette.requests import Request

from gemlive_emulator.server.control.entrance import PREFIX
from gemlive_emulator.server.control.faults import FaultsGiven, FaultsTold, judged, told
from gemlive_emulator.server.control.operations import Nothing, Operation, Shape, examples
from gemlive_emulator.server.control.refused import Refused
from gemlive_emulator.server.control.written import judging
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.live import NoSuchSession, NotReady, SessionControl
from gemlive_emulator.wire.closes import LOST

ONLY = "only"
"""Stands for the name of the only session that is open."""

_SECONDS = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)s")

_REFUSALS = {
    404: "No session of this name is open.",
    409: "`only` was asked for, and not one session is open; or its setup is not accepted yet, or it has ended.",
}


class Message(Shape):
    """A message of the server."""

    model_config = examples({"message": {"serverContent": {"interrupted": True}}}, {"text": "no JSON at all"})

    message: dict[str, Any] | None = None
    """As JSON."""
    text: str | None = None
    """In place of it: a text just as it goes out, which need not be JSON."""


class GoAway(Shape):
    """How long the connection has left, as the client is told."""

    model_config = examples({"timeLeft": "5s"})

    time_left: float | str
    """Seconds, as a number or as `5s`."""


class Closing(Shape):
    """How the connection ends."""

    model_config = examples({"code": 1011, "reason": "Internal error encountered."}, {"how": "reset"})

    code: int | None = None
    """Of the close frame; the real server uses 1000, 1007, 1008 and 1011."""
    reason: str = ""
    """Its words; cut at 123 bytes."""
    how: Literal["frame", "eof", "reset"] = "frame"
    """Without a close frame: by the end of the stream, or by a reset of TCP; the client sees 1006."""


class Saying(Shape):
    """What the user says now."""

    model_config = examples({"text": "What is the weather like?"})

    text: str
    """The words."""
    typed: bool = False
    """Whether they are typed, as `realtimeInput.text`; else they are said aloud, all at once, and cut the answer."""


class Acted(Shape):
    """That it was done."""

    session: str
    """The name of the session."""
    connection: int
    """The number of its connection at the emulator, from 1."""


class Interruption(Acted):
    """Whether the user broke into anything."""

    interrupted: bool
    """False if nothing was being said, or if the family lets a pending call wait."""


def operations(emulator: Emulator) -> tuple[Operation, ...]:
    """The operations on this emulator's open sessions."""

    async def inject(request: Request, body: Message) -> Acted:
        with acting(emulator, request) as session:
            session.inject(_sent(body))
        return _acted(session)

    async def interrupt(request: Request, body: Nothing) -> Interruption:
        with acting(emulator, request) as session:
            cut = session.interrupt()
        return Interruption(session=session.name, connection=session.connection, interrupted=cut)

    async def go_away(request: Request, body: GoAway) -> Acted:
        with acting(emulator, request) as session:
            session.go_away(_seconds(body.time_left))
        return _acted(session)

    async def close(request: Request, body: Closing) -> Acted:
        with acting(emulator, request) as session:
            session.close(_code(body), body.reason, how=body.how)
        return _acted(session)

    async def say(request: Request, body: Saying) -> Acted:
        with acting(emulator, request) as session:
            session.say(body.text, typed=body.typed)
        return _acted(session)

    async def fault(request: Request, body: FaultsGiven) -> FaultsTold:
        faults = await judged(body, f"POST {request.url.path.removeprefix(PREFIX)}")
        with judging(), acting(emulator, request) as session:
            session.suffer(*faults)
        return told(emulator.faults.all)

    def operation(name: str, path: str, summary: str, **more: Any) -> Operation:
        path = f"/sessions/{{name}}/{path}"
        return Operation(
            name=name, method="POST", path=path, summary=summary, **{"answer": Acted, **more}, refusals=_REFUSALS
        )

    return (
        operation("injectMessage", "inject", "Send a message of the server now", handle=inject, body=Message),
        operation(
            "interrupt",
            "interrupt",
            "Let the user break into the answer now, as by speech",
            handle=interrupt,
            body=Nothing,
            answer=Interruption,
        ),
        operation(
            "goAway",
            "go-away",
            "Tell the client that the connection ends soon; it does not end by that",
            handle=go_away,
            body=GoAway,
        ),
        operation("closeSession", "close", "End the connection now", handle=close, body=Closing),
        operation("say", "say", "Let the user say something now, which begins a turn", handle=say, body=Saying),
        operation(
            "addSessionFaults",
            "faults",
            "Let these go wrong on this connection alone; events count from now on",
            handle=fault,
            body=FaultsGiven,
            answer=FaultsTold,
        ),
    )


@contextmanager
def acting(emulator: Emulator, request: Request) -> Iterator[SessionControl]:
    """The session that the path names, while something is done to it.

    Raises:
        Refused: 404 or 409 if there is no such session or it is not in a state for it, 400 for a wrong value.
    """
    name = request.path_params["name"]
    try:
        yield emulator.live(None if name == ONLY else name)
    except (NoSuchSession, NotReady) as error:
        status = 404 if isinstance(error, NoSuchSession) and name != ONLY else 409
        raise _refused(status, error) from None
    except ValueError as error:
        raise _refused(400, error) from None


def _refused(status: int, error: Exception) -> Refused:
    """What is wrong stands before the last semicolon, and may quote others; what would be right behind it."""
    wrong, _, right = str(error).rpartition("; ")
    return Refused(status, wrong, right) if wrong else Refused(status, right, "docs/control.md says what can be asked")


def _acted(session: SessionControl) -> Acted:
    return Acted(session=session.name, connection=session.connection)


def _sent(body: Message) -> dict[str, Any] | str:
    message = body.text if body.message is None else body.message
    if message is None or len(body.model_fields_set) > 1:
        raise ValueError('either message or text is needed; send, for example, {"message": {"goAway": {}}}')
    return message


def _code(body: Closing) -> int:
    if body.how != "frame" and body.model_fields_set != {"how"}:
        raise ValueError(f"no code and no words go out with how: {body.how}; leave them out, or leave how out")
    if body.how == "frame" and body.code is None:
        raise ValueError('code is missing; send, for example, {"code": 1011}, or {"how": "reset"}')
    return LOST if body.code is None else body.code


def _seconds(written: float | str) -> float:
    if isinstance(written, float | int):
        return written
    if (found := _SECONDS.fullmatch(written)) is None:
        raise ValueError(f"timeLeft is {ascii(written)[:80]}; write seconds as 5 or as '5s'")
    return float(found[1])
