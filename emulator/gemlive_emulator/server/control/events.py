"""Operations on what happens: the journal, waiting for something, and watching all of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gemlive_emulator.server.control.operations import Operation, Shape, examples
from gemlive_emulator.server.control.refused import HEADERS, Refused
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.entries import Entry, Kind
from gemlive_emulator.server.http_side import LEAVING
from gemlive_emulator.server.views.waiting import NotHappened, wait_for, wanted

MOST_SECONDS = 300.0
"""That a request may wait."""

STREAM = "text/event-stream"

MOST_UNREAD = 10_000
"""Events that wait for somebody who watches and does not read; past it the watching ends."""

BREATH = 15.0
"""Seconds after which somebody who watches is told that nothing happens: proxies and clients give silence up."""

T = TypeVar("T")


class EventTold(Shape):
    """One thing that happened."""

    number: int
    """Its place among all that happened in the emulator."""
    session: str
    """The name of the session."""
    time: float
    """Seconds on the emulator's clock."""
    kind: Kind
    details: dict[str, Any]
    """The rest: `setup` has `model`, `message` the client's `message`, `close` its `code` and `words` ..."""


class EventsTold(Shape):
    """What happened, in order."""

    events: tuple[EventTold, ...]


class Wait(Shape):
    """What to wait for."""

    model_config = examples({"kind": "setup", "fields": {"modality": "TEXT"}, "timeout": 5})

    kind: Kind
    """What has to happen."""
    fields: dict[str, Any] = Field(default_factory=dict)
    """What its details have to be, as far as they are named; of a list, such as the calls, one has to be so."""
    session: str | None = None
    """Only in this one."""
    after: int = Field(default=0, ge=0)
    """The number of the last event that does not count any more; with 0 what has happened already counts."""
    timeout: float = Field(default=5.0, ge=0.0, le=MOST_SECONDS)
    """Seconds, real ones whatever the clock."""


class Waited(Shape):
    """Whether it happened."""

    happened: bool
    event: EventTold | None
    """What happened; null if it has not."""
    instead: str | None
    """What came instead, for a person; null if it has happened."""


def operations(emulator: Emulator) -> tuple[Operation, ...]:
    """The operations on what happens in this emulator."""

    async def everything(request: Request, body: None) -> EventsTold:
        after, session, kind = _asked(request)
        # In a thread: there may be some hundred thousand, and the sessions go on.
        return await asyncio.to_thread(
            lambda: EventsTold(events=tuple(map(_told, emulator.journal.since(after, session, kind))))
        )

    async def wait(request: Request, body: Wait) -> Waited:
        wish = wanted(body.kind, body.fields, body.session)
        try:
            found = await _while_there(request, wait_for(emulator.journal, wish, body.timeout, after=body.after))
        except NotHappened as error:
            return Waited(happened=False, event=None, instead=str(error))
        return Waited(happened=True, event=_told((found.session, found.entry)), instead=None)

    async def watch(request: Request, body: None) -> Response:
        after, session, kind = _asked(request)
        stream = _watched(emulator, after, session, kind)
        return StreamingResponse(stream, headers={**HEADERS, "Content-Type": STREAM})

    query = {
        "after": "the number of the last event that is known",
        "session": "only in the session of this name",
        "kind": "only of this kind",
    }
    return (
        Operation(
            name="listEvents",
            method="GET",
            path="/events",
            summary="Tell what happened in all sessions that are kept",
            handle=everything,
            answer=EventsTold,
            query=query,
        ),
        Operation(
            name="watchEvents",
            method="GET",
            path="/events/stream",
            summary="Tell what happened and what happens from now on, as server-sent events",
            handle=watch,
            answer=STREAM,
            query=query,
        ),
        Operation(
            name="wait",
            method="POST",
            path="/wait",
            summary="Wait until something happens, or find that it has",
            handle=wait,
            answer=Waited,
            body=Wait,
        ),
    )


def _asked(request: Request) -> tuple[int, str | None, str | None]:
    """The query: after which number, of which session and kind.

    Raises:
        Refused: 400, the number is none.
    """
    query = request.query_params
    after = query.get("after") or request.headers.get("last-event-id") or "0"
    if not (after.isascii() and after.isdigit() and len(after) < 20):
        raise Refused(400, f"after is {ascii(after)[:80]}", "give the number of an event, such as 17")
    return int(after), query.get("session"), query.get("kind")


async def _while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; who asked and has ended its side is taken for gone, and needs it no more.

    Raises:
        Refused: 408, that is so; nobody may be there to read it.
    """
    loop = asyncio.get_running_loop()
    working = loop.create_task(work)
    leaving = loop.create_task(_end_of(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise Refused(408, "you have ended your side of the connection", "keep it open until the answer is there")
    finally:
        working.cancel()
        leaving.cancel()


async def _end_of(request: Request) -> None:
    # The body has been read, so what comes next is the end of the connection. It may come late: who closes a
    # connection without having lost it looks at first as if it only had nothing more to say.
    leaving = request.scope.get("state", {}).get(LEAVING)
    await (request.receive() if leaving is None else leaving.wait())


async def _watched(emulator: Emulator, after: int, session: str | None, kind: str | None) -> AsyncIterator[str]:
    coming: asyncio.Queue[tuple[str, Entry]] = asyncio.Queue()
    full = False

    def watch(of: str, entry: Entry) -> None:
        nonlocal full
        if session not in (None, of) or kind not in (None, entry.kind):
            return
        full = full or coming.qsize() >= MOST_UNREAD
        if not full:
            coming.put_nowait((of, entry))

    with emulator.journal.watched(watch):
        # Looked up in the same breath: what happens while this is read comes by the queue, and only there.
        happened = emulator.journal.since(after, session, kind)
        yield ": this is all that happened\n\n"
        for one in happened:
            yield _event(one)
        while not (full and coming.empty()):
            try:
                async with asyncio.timeout(BREATH):
                    one_more = await coming.get()
            except TimeoutError:
                yield ": nothing new\n\n"
            else:
                yield _event(one_more)


def _event(one: tuple[str, Entry]) -> str:
    told = _told(one)
    return f"id: {told.number}\nevent: {told.kind}\ndata: {json.dumps(told.model_dump(mode='json'))}\n\n"


def _told(one: tuple[str, Entry]) -> EventTold:
    session, entry = one
    return EventTold(
        number=entry.number, session=session, time=entry.time, kind=entry.kind, details=_plain(dict(entry.details))
    )


def _plain(value: Any) -> Any:
    """The value as JSON has it, whatever a scenario or a client put there."""
    return json.loads(json.dumps(value, default=str))
