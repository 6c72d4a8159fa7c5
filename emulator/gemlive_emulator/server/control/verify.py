"""Operations that say what went wrong, and whether all came that was expected."""

from starlette.requests import Request

from gemlive_emulator.server.control.operations import Operation, Shape, examples
from gemlive_emulator.server.control.rules import rules_of
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.redact import redact


class FailureTold(Shape):
    """Something that went wrong on the emulator's side; its client saw only that the connection closed (1011)."""

    session: str | None
    """The name of the session; null if there was none yet."""
    kind: str
    """Of exception: `ScriptError` for a script that was not kept to."""
    words: str
    """What went wrong."""


class FailuresTold(Shape):
    """What went wrong in all sessions, the oldest first, at most a hundred."""

    failures: tuple[FailureTold, ...]


class Expect(Shape):
    """What is to hold."""

    scripts_finished: bool = True
    """Each script was begun, and finished by all sessions that began it; each rule has steps."""
    faults_struck: bool = True
    """Each fault of the test has struck, apart from those that strike only perhaps."""
    no_failures: bool = True
    """Nothing went wrong on the emulator's side."""


class Verify(Shape):
    """What is to be looked at; everything if nothing is said."""

    model_config = examples({"expect": {"scriptsFinished": True, "faultsStruck": True, "noFailures": True}}, {})

    expect: Expect = Expect()
    """False leaves a part out."""


class Verified(Shape):
    """Whether all came that was expected."""

    ok: bool
    """Whether it did."""
    wrong: tuple[str, ...]
    """What did not, in words."""


def operations(emulator: Emulator) -> tuple[Operation, ...]:
    """The operations on what was expected of this emulator's clients."""

    def failures() -> tuple[FailureTold, ...]:
        return tuple(
            FailureTold(session=one.session or None, kind=type(one.error).__name__, words=redact(str(one.error)))
            for one in emulator.failures
        )

    async def show(request: Request, body: None) -> FailuresTold:
        return FailuresTold(failures=failures())

    async def verify(request: Request, body: Verify) -> Verified:
        wrong: list[str] = []
        if body.expect.scripts_finished:
            wrong += [*(await rules_of(emulator)).unfinished, *emulator.awaited]
        if body.expect.faults_struck:
            wrong += emulator.faults.missed
        if body.expect.no_failures:
            wrong += [f"session {one.session}: {one.words}" if one.session else one.words for one in failures()]
        return Verified(ok=not wrong, wrong=tuple(wrong))

    return (
        Operation(
            name="listFailures",
            method="GET",
            path="/failures",
            summary="Tell what went wrong on the emulator's side",
            handle=show,
            answer=FailuresTold,
        ),
        Operation(
            name="verify",
            method="POST",
            path="/verify",
            summary="Say whether scripts were finished, faults have struck and nothing has failed",
            handle=verify,
            answer=Verified,
            body=Verify,
        ),
    )
