"""The operation that looks whether a session went as it should: the assertions of the test kit, for any language."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from pydantic import Field
from starlette.requests import Request

from gemlive_emulator.scenario.automaton import is_slashed, read_pattern
from gemlive_emulator.scenario.pattern_syntax import PatternError
from gemlive_emulator.server.control.operations import Operation, Shape, examples
from gemlive_emulator.server.control.refused import Refused
from gemlive_emulator.server.control.sessions import NO_SESSION, named
from gemlive_emulator.server.control.verify import Verified
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.views.session_view import SessionView, Words


class Linear:
    """An expression as the assertions take one, that cannot hang: whoever sends it, others have sessions here.

    Args:
        written: with its slashes and flags.

    Attributes:
        pattern: the expression alone.

    Raises:
        PatternError: it is none, or none that is found in linear time.
    """

    def __init__(self, written: str) -> None:
        self._read = read_pattern(written)
        self.pattern = self._read.source

    def search(self, text: str) -> str | None:
        """The text, if the expression occurs in its first 4,096 characters."""
        return text if self._read.found_in(text) else None


class CallWanted(Shape):
    """A call that the model has to have made."""

    name: str
    args: dict[str, Any] = Field(default_factory=dict)
    """At least these arguments."""
    times: int | None = Field(default=None, ge=1)
    """Exactly how often; at least once if nothing is said; `notCalled` says never."""
    response: Any = None
    """What the client has to have answered, once; nothing has to be answered if nothing is said."""


class MessageWanted(Shape):
    """A message that has to have been sent."""

    kind: str
    """`setup`, `clientContent`, `toolResponse`, `serverContent` ..."""
    fields: dict[str, Any] = Field(default_factory=dict)
    """At least these fields of it."""
    times: int | None = Field(default=None, ge=1)
    """Exactly how often; at least once if nothing is said; `notSent` says never."""


class InterruptionsWanted(Shape):
    """Interruptions that there have to have been."""

    times: int | None = Field(default=None, ge=0)
    """Exactly how often; at least once if nothing is said."""
    heard_ms: int | None = None
    """What the client can have heard of the answer at most."""


class EndWanted(Shape):
    """How the session has to have ended."""

    code: int
    words: str | None = None


class Course(Shape):
    """How a session has to have gone. A text in slashes is a regular expression, as in scenarios, that has to occur."""

    model_config = examples({"said": "/rain/i", "called": [{"name": "get_weather", "args": {"city": "Oslo"}}]})

    said: str | None = None
    """What the model has to have said in one turn."""
    heard: str | None = None
    """What the user has to have said."""
    called: list[CallWanted] = Field(default_factory=list)
    not_called: list[str] = Field(default_factory=list)
    sent: list[MessageWanted] = Field(default_factory=list)
    """By the client."""
    not_sent: list[str] = Field(default_factory=list)
    """Kinds of messages that the client must not have sent."""
    received: list[MessageWanted] = Field(default_factory=list)
    """What the client was sent."""
    order: list[str] = Field(default_factory=list)
    """Kinds of messages in the order in which they have to have come; others may stand in between."""
    interrupted: InterruptionsWanted | None = None
    closed: EndWanted | None = None
    open: bool = False
    """Whether it has to be open."""


def operations(emulator: Emulator) -> tuple[Operation, ...]:
    """The operation on this emulator's sessions that vouches for them."""

    async def verify(request: Request, body: Course) -> Verified:
        checks = _checks(named(emulator, request), body)
        # In a thread: there may be many, and each looks at the whole session.
        wrong = await asyncio.to_thread(lambda: tuple(filter(None, map(_told, checks))))
        return Verified(ok=not wrong, wrong=wrong)

    return (
        Operation(
            name="verifySession",
            method="POST",
            path="/sessions/{name}/verify",
            summary="Say whether a session went as it should, and if not, what there was instead",
            handle=verify,
            answer=Verified,
            body=Course,
            refusals=NO_SESSION,
        ),
    )


Check = Callable[[], object]


def _told(check: Check) -> str | None:
    try:
        check()
    except AssertionError as failed:
        return str(failed)
    return None


def _checks(view: SessionView, course: Course) -> list[Check]:
    checks: list[Check] = []
    if course.said is not None:
        checks.append(partial(view.assert_said, _words(course.said)))
    if course.heard is not None:
        checks.append(partial(view.assert_heard, _words(course.heard)))
    checks += [partial(_check_call, view, call) for call in course.called]
    checks += [partial(view.assert_not_called, name) for name in course.not_called]
    checks += [partial(_check_message, view.find_sent, one) for one in course.sent]
    checks += [partial(view.assert_not_sent, kind) for kind in course.not_sent]
    checks += [partial(_check_message, view.find_received, one) for one in course.received]
    return checks + _ends(view, course)


def _ends(view: SessionView, course: Course) -> list[Check]:
    checks: list[Check] = []
    if course.order:
        checks.append(partial(view.assert_order, *course.order))
    if (cut := course.interrupted) is not None:
        checks.append(partial(view.assert_interrupted, cut.times, cut.heard_ms))
    if (end := course.closed) is not None:
        words = None if end.words is None else _words(end.words)
        checks.append(partial(view.assert_closed, end.code, words))
    if course.open:
        checks.append(view.assert_open)
    return checks


def _check_call(view: SessionView, wanted: CallWanted) -> None:
    found = view.find_call(wanted.name, wanted.args, wanted.times)
    if wanted.response is not None:
        view.assert_answered(found.name, wanted.response)


def _check_message(find: Callable[..., object], wanted: MessageWanted) -> None:
    find(wanted.kind, wanted.times, wanted.fields)


def _words(written: str) -> Words:
    if not is_slashed(written):
        return written
    try:
        return Linear(written)
    except PatternError as error:
        raise Refused(
            400, f"{ascii(written)[:80]} is no expression that can be used: {error}", "write /rain|snow/i"
        ) from None
