"""Waiting until something happens in an emulator: it wakes at once, and says at the end what came instead."""

import asyncio
from collections.abc import Generator, Mapping
from typing import Any, cast, get_args

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.entries import Entry, Kind
from gemlive_emulator.server.journal import Journal
from gemlive_emulator.server.page import in_full
from gemlive_emulator.server.views.account import entry_line
from gemlive_emulator.server.views.fitting import fits, told
from gemlive_emulator.wire.errors import EmulatorError

MOST_TOLD = 30
"""Things that came instead, of which is told."""


class NotHappened(AssertionError):
    """What was waited for has not happened in time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is waited for.

    Attributes:
        kind: of entry, see :class:`~gemlive_emulator.server.entries.Entry`.
        fields: what its details have to be; see :func:`~gemlive_emulator.server.views.fitting.fits`. A field that an
            entry does not have itself may be one of the things that it lists: ``name`` of ``tool_calls``.
        session: only in the session of that name.
    """

    kind: Kind
    fields: Mapping[str, Any]
    session: str | None = None

    def fits(self, session: str, entry: Entry) -> bool:
        """Whether this is it."""
        if entry.kind != self.kind or self.session not in (None, session):
            return False
        own = {name: value for name, value in self.fields.items() if name in entry.details}
        rest = {name: value for name, value in self.fields.items() if name not in own}
        return all(_holds(value, entry.details[name]) for name, value in own.items()) and (
            not rest or any(fits(rest, one) for one in _listed(entry))
        )

    def __str__(self) -> str:
        return f"{self.kind}({told(self.fields)})" if self.fields else self.kind


@dataclass(frozen=True, slots=True)
class Found:
    """What happened. The details of the entry are attributes too: ``found.heard_ms``.

    Attributes:
        session: the name of the session.
        entry: of the journal.
    """

    session: str
    entry: Entry

    def __getattr__(self, name: str) -> Any:
        try:
            return self.entry.details[name]
        except KeyError:
            there = ", ".join(self.entry.details) or "nothing"
            raise AttributeError(f"{self.entry.kind} has no {name!r}; it has {there}") from None

    def __await__(self) -> "Generator[None, None, Found]":
        """It has happened, so there is nothing to wait for; one way to write both styles of tests."""
        yield from ()
        return self


def wanted(kind: str, fields: Mapping[str, Any], session: str | None = None) -> Wanted:
    """What to wait for.

    Raises:
        EmulatorError: there is no such kind; it says which there are.
    """
    kinds = get_args(Kind)
    if kind not in kinds:
        raise EmulatorError(f"nothing of the kind {kind!r} happens in a session; there are {', '.join(kinds)}")
    return Wanted(cast(Kind, kind), fields, session)


async def wait_for(
    journal: Journal, wish: Wanted, seconds: float, *, after: int = 0, taken: set[int] | None = None
) -> Found:
    """Wait until it happens, or find that it has.

    Args:
        journal: of the emulator; on its event loop.
        wish: what to wait for.
        seconds: how long, in real ones whatever the clock.
        after: the number of the last entry that does not count.
        taken: numbers of entries that others have found, which do not count either; that of what is found is added,
            so that of several who wait for the same each finds another.

    Raises:
        NotHappened: it has not, and what came instead.
    """
    coming: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
    gone = set() if taken is None else taken

    def watch(session: str, entry: Entry) -> None:
        if coming.done() or entry.number <= after or entry.number in gone:
            return
        try:
            if wish.fits(session, entry):
                gone.add(entry.number)
                coming.set_result(Found(session, entry))
        except Exception as error:  # in a function of the test, and none of the session's business
            coming.set_exception(error)

    with journal.watched(watch):
        for session, noted in journal.unread(after, wish.session, wish.kind):
            if noted[0] not in gone and not coming.done():
                watch(session, in_full(noted))
        try:
            async with asyncio.timeout(seconds):
                return await coming
        except TimeoutError:
            raise NotHappened(_instead(journal, wish, seconds)) from None


def _instead(journal: Journal, wish: Wanted, seconds: float) -> str:
    came = journal.unread(0, wish.session)
    if not came:
        return f"{wish} has not happened within {seconds:g} s; nothing has"
    told = [(session, in_full(noted)) for session, noted in came[-MOST_TOLD:]]
    lines = [f"  {entry.time:8.3f} s, session {session}: {entry_line(entry)}" for session, entry in told]
    first = f"  ... {len(came) - MOST_TOLD} before ..."
    return "\n".join(
        [
            f"{wish} has not happened within {seconds:g} s; this has:",
            *([first] if len(came) > MOST_TOLD else []),
            *lines,
        ]
    )


def _holds(value: Any, there: Any) -> bool:
    # "has" of a message is a list: one of its names is enough.
    return (isinstance(value, str) and isinstance(there, tuple) and value in there) or fits(value, there)


def _listed(entry: Entry) -> list[Any]:
    return [one for value in entry.details.values() if isinstance(value, list) for one in value]
