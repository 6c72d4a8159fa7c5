"""What all connections of one emulator share."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.clock import Clock, since_1970
from gemlive_emulator.server.failures import Failures
from gemlive_emulator.server.faults.book import Faults, Misbehaving
from gemlive_emulator.server.journal import Journal
from gemlive_emulator.server.leisure import Leisure
from gemlive_emulator.server.live import LiveSessions
from gemlive_emulator.server.presence import Presence
from gemlive_emulator.server.reception import Reception
from gemlive_emulator.server.refusal import Refusal
from gemlive_emulator.server.responders import Asks
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.server.speaker import Speaker
from gemlive_emulator.server.transcriber import Transcriber
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.commands import Command
from gemlive_emulator.session.events import Event
from gemlive_emulator.session.lifetime import Lifetime
from gemlive_emulator.store.base import Store
from gemlive_emulator.wire.endpoint import Endpoint

if TYPE_CHECKING:
    from gemlive_emulator.scenario.faults.watch import Fault
    from gemlive_emulator.server.reload import Watched

READ_BYTES = 64 * 1024
"""Read at a time by asyncio, so that one flooding client does not keep the others waiting; uvloop reads 250 KiB."""


class Connection(Misbehaving, Protocol):
    """What the emulator needs of a connection."""

    def close(self) -> None:
        """Close as a server that stops; a second call drops the socket."""
        ...


class AnySession(Protocol):
    """What a driver needs of a session: that of the core, or another that keeps its contract.

    Attributes:
        name: for the log and the journal.
        state: how far it is.
        admission: what the family said of the setup; ``None`` until then.
    """

    name: str
    state: Lifetime
    admission: Admission | None

    @property
    def deadline(self) -> float | None:
        """When it wants to be woken by ``TimePassed``."""
        ...

    def slack(self, rate: int) -> int:
        """With how many more bytes of sound at this rate something can come of it."""
        ...

    def handle(self, event: Event, now: float) -> list[Command]:
        """Let time pass up to ``now``, then take the event; gives what is to be done, in order."""
        ...


class Outlet(Protocol):
    """What a driver needs of the connection."""

    def send(self, payloads: Sequence[bytes]) -> None:
        """Take messages that are to go out with the next flush."""
        ...

    def flush(self) -> None:
        """Write what was taken."""
        ...

    def send_close(self, code: int, words: str) -> None:
        """Take a close frame; nothing may follow it."""
        ...

    def hang_up(self, *, reset: bool) -> None:
        """End the connection without a close frame, once what was taken is written, or by a reset."""
        ...

    def inject(self, faults: "Iterable[Fault]") -> None:
        """Let these faults strike as well, from the next message on."""
        ...


@dataclass(slots=True)
class Surroundings:
    """What the connections of one emulator share.

    Attributes:
        settings: of the emulator.
        clock: tells the time of all sessions.
        speaker: makes speech.
        transcriber: finds out what was said.
        store: keeps snapshots of sessions.
        open_session: makes the session for an upgrade request.
        journal: keeps what happened.
        failures: keeps what went wrong on our side.
        faults: knows what is to go wrong on the line.
        asks: runs what replies wait for.
        reception: knows keys, tokens and quotas.
        watched: the scenario file; ``None`` if there is none.
        connections: all that are not lost yet.
        leisure: has sound heard that can wait.
        buffer: takes what a socket gives; used and emptied within one call, so one is enough for all.
        on_lost: called when a connection is lost.
        presence: knows which sessions have a connection open.
        live: the sessions that can be acted on from outside.
        stopping: whether connections that come only now are dropped.
        epoch: to be added to the times of the clock for those that the store is told, which are since 1970.
    """

    settings: Settings
    clock: Clock
    speaker: Speaker
    transcriber: Transcriber
    store: Store
    open_session: Callable[[Endpoint], AnySession]
    journal: Journal = field(default_factory=Journal)
    failures: Failures = field(default_factory=Failures)
    faults: Faults = field(default_factory=Faults)
    asks: Asks = field(init=False)
    reception: Reception = field(init=False)
    watched: "Watched | None" = None
    connections: set[Connection] = field(default_factory=set)
    leisure: Leisure = field(default_factory=Leisure)
    buffer: memoryview = field(default_factory=lambda: memoryview(bytearray(READ_BYTES)))
    on_lost: Callable[[], None] = lambda: None
    presence: Presence = field(default_factory=Presence)
    live: LiveSessions = field(init=False)
    stopping: bool = False
    epoch: float = field(init=False)

    def __post_init__(self) -> None:
        """What goes by the clock."""
        self.asks = Asks(self.clock, self.failures)
        self.live = LiveSessions(self.clock, self.faults, self.journal)
        self.epoch = since_1970(self.clock)
        self.reception = Reception(self.settings, self.clock, self.store, self.store_now, self.failures)

    def store_now(self) -> float:
        """What time it is, in words of the store: seconds since 1970, moved by the emulator's own clock."""
        return self.clock.now() + self.epoch

    def catch_up(self, endpoint: Endpoint, transport: asyncio.Transport, then: Callable[[], None]) -> bool:
        """Whether something has to be known before an upgrade is answered: the scenario file is being read again, or a
        store is asked for quotas. Nothing more of the client until ``then`` is called."""
        waits = (self.watched is not None and self.watched.catch_up(then)) or self.reception.ask(endpoint, then)
        if waits:
            transport.pause_reading()
        return waits

    def refusal(self, endpoint: Endpoint) -> Refusal | None:
        """What an upgrade is answered with, if no session may come of it."""
        limit = self.settings.max_sessions
        if limit and len(self.connections) > limit:
            return Refusal(503, f"All {limit} sessions are taken (max_sessions).")
        return self.reception.refusal(endpoint)
