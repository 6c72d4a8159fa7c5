"""Operations on what goes wrong on the line, and the catalogue of what can."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from gemlive_emulator.server.control.operations import Nothing, Operation, Shape, examples
from gemlive_emulator.server.control.written import off_loop
from gemlive_emulator.server.emulator import Emulator

if TYPE_CHECKING:
    from gemlive_emulator.scenario.faults.watch import Fault


class FaultsGiven(Shape):
    """Faults as a scenario file has them under `faults`."""

    model_config = examples({"faults": [{"stall": "2s", "at": "audio 3"}, {"named": "stale-handle"}]})

    faults: list[Any]
    """Each a mapping, or a name alone."""


class FaultTold(Shape):
    """One fault, and how often it has struck."""

    name: str
    """Which one it is."""
    place: str
    """Where it was written."""
    at: str | None
    """The event at which it strikes; null for as soon as it can."""
    struck: int
    """How often it has, on all connections."""
    unused: bool
    """Whether it never has."""


class FaultsTold(Shape):
    """All faults, those of the test first."""

    faults: tuple[FaultTold, ...]


class ModeClose(Shape):
    """The close frame with which a failure ends."""

    code: int
    """Its code."""
    reason: str
    """Its words."""


class ModeTold(Shape):
    """A failure of the real server."""

    name: str
    """By which it is asked for: `{"named": NAME}`."""
    what: str
    """Happens, in a line."""
    advice: str
    """What a client should do."""
    source: str
    """How it is known."""
    number: int | None
    """Of the failure mode that it belongs to (docs/faults.md); null for a close that belongs to none."""
    close: ModeClose | None
    """If it ends with a close frame."""
    at: str | None
    """The moment at which it strikes if none is asked for."""


class Catalogue(Shape):
    """All failures of the real server that can be had by name."""

    failures: tuple[ModeTold, ...]


def told(faults: "tuple[Fault, ...]") -> FaultsTold:
    """Faults in the shape of an answer."""
    return FaultsTold(faults=tuple(map(_told, faults)))


def operations(emulator: Emulator) -> tuple[Operation, ...]:
    """The operations on this emulator's faults."""

    async def show(request: Request, body: None) -> FaultsTold:
        return told(emulator.faults.all)

    async def add(request: Request, body: FaultsGiven) -> FaultsTold:
        for fault in await judged(body, "POST /faults"):
            emulator.faults.add(fault)
        return told(emulator.faults.all)

    async def clear(request: Request, body: Nothing) -> FaultsTold:
        emulator.faults.clear()
        return told(emulator.faults.all)

    async def catalogue(request: Request, body: None) -> Catalogue:
        from gemlive_emulator.scenario.faults.modes import MODES

        return Catalogue.model_validate({"failures": tuple(mode.record for mode in MODES.values())})

    return (
        Operation(
            name="listFaults",
            method="GET",
            path="/faults",
            summary="Tell all faults, how often each has struck, and which never have",
            handle=show,
            answer=FaultsTold,
        ),
        Operation(
            name="addFaults",
            method="POST",
            path="/faults",
            summary="Let these go wrong as well, on connections that are open and on all that come",
            handle=add,
            answer=FaultsTold,
            body=FaultsGiven,
        ),
        Operation(
            name="clearFaults",
            method="POST",
            path="/faults/clear",
            summary="Forget the faults of the test, on open connections too; those of the scenario stay",
            handle=clear,
            answer=FaultsTold,
            body=Nothing,
        ),
        Operation(
            name="listFailureModes",
            method="GET",
            path="/faults/catalogue",
            summary="Tell the failures of the real server that can be had by name",
            handle=catalogue,
            answer=Catalogue,
        ),
    )


async def judged(body: FaultsGiven, name: str) -> "tuple[Fault, ...]":
    """The faults of a body.

    Raises:
        Refused: 400: a scenario file could not have one of them.
    """

    def judge() -> "tuple[Fault, ...]":
        from gemlive_emulator.scenario.faults.given import faults_given

        return faults_given(body.faults, name)

    return await off_loop(judge)


def _told(fault: "Fault") -> FaultTold:
    at = None if fault.form.at is None else str(fault.form.at)
    return FaultTold(name=fault.name, place=fault.place, at=at, struck=fault.struck, unused=not fault.struck)
