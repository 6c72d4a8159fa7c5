"""Operations on the clock, and the one that says how the emulator is."""

from dataclasses import asdict
from typing import Literal

from pydantic import Field
from starlette.requests import Request

from gemlive_emulator import __version__
from gemlive_emulator.server.advancing import ClockError
from gemlive_emulator.server.clock import MOST_SECONDS, ClockKind, RateClock, kind_of
from gemlive_emulator.server.control.operations import Operation, Shape, examples
from gemlive_emulator.server.control.refused import Refused
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.entries import Kind


class Health(Shape):
    """That the emulator is there."""

    status: Literal["ok"] = "ok"
    version: str
    """Of the emulator."""
    sessions: int
    """Live connections that are open."""
    clock: ClockKind


class Time(Shape):
    """What the emulator's clock says."""

    kind: ClockKind
    """`real`; `rate` if it runs faster or slower; `manual` if it only moves when it is told to; `own` if a test brought
    its own."""
    now: float
    """Seconds. Where zero lies has no meaning."""
    rate: float | None
    """Seconds that pass in a session in one real second; null for a clock that is moved by hand."""


class Advance(Shape):
    """How far to move the clock on; the three add up. With nothing, what is due already is done."""

    model_config = examples({"seconds": 600})

    seconds: float = Field(default=0.0, ge=0.0, le=MOST_SECONDS)
    minutes: float = Field(default=0.0, ge=0.0, le=MOST_SECONDS / 60)
    hours: float = Field(default=0.0, ge=0.0, le=MOST_SECONDS / 3600)


class EndedSession(Shape):
    """A session that ended."""

    session: str
    """Its name, as in the log."""
    at: float
    """When, in seconds on the emulator's clock."""
    code: int
    """The close code; 1006 if the connection was lost."""
    words: str
    """The reason that went with it."""
    by: Literal["server", "client"]
    """Who closed."""


class Moved(Shape):
    """What happened while the clock was moved on."""

    seconds: float
    """By how much."""
    now: float
    """What the clock says now."""
    happened: dict[Kind, int]
    """What the journal noted meanwhile: how often which kind of entry."""
    ended: tuple[EndedSession, ...]
    """The sessions that ended, in order."""
    open: int
    """Live connections that are open now."""


def operations(emulator: Emulator) -> tuple[Operation, ...]:
    """The operations on this emulator's clock, and its health."""

    async def health(request: Request, body: None) -> Health:
        return Health(version=__version__, sessions=emulator.connected, clock=kind_of(emulator.clock))

    async def time(request: Request, body: None) -> Time:
        clock = emulator.clock
        rate = clock.rate if isinstance(clock, RateClock) else None
        return Time(kind=kind_of(clock), now=clock.now(), rate=rate)

    async def advance(request: Request, body: Advance) -> Moved:
        try:
            told = await emulator.advance(body.seconds, minutes=body.minutes, hours=body.hours)
        except ClockError as error:
            raise Refused(409, error.wrong, error.right) from None
        except ValueError as error:
            raise Refused(400, str(error), f"move it by {MOST_SECONDS:.0f} seconds at most") from None
        return Moved.model_validate(asdict(told))

    return (
        Operation(
            name="getHealth",
            method="GET",
            path="/health",
            summary="Say that the emulator is there, and which",
            handle=health,
            answer=Health,
        ),
        Operation(
            name="getClock",
            method="GET",
            path="/clock",
            summary="Say what time it is, and what moves the time",
            handle=time,
            answer=Time,
        ),
        Operation(
            name="advanceClock",
            method="POST",
            path="/clock/advance",
            summary="Move the time on, do all that falls due in its order, and answer when all is quiet",
            handle=advance,
            answer=Moved,
            body=Advance,
            refusals={409: "The clock runs by itself; only a manual one can be moved."},
        ),
    )
