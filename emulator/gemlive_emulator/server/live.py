"""The sessions that are open, and what a test does to one of them while it runs."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from gemlive_emulator.server.clock import Clock
from gemlive_emulator.server.entries import Entry
from gemlive_emulator.server.faults.book import Faults
from gemlive_emulator.server.journal import Journal
from gemlive_emulator.session.commands import Close, GoingAway, Raw
from gemlive_emulator.session.events import Event, Ordered, UserInterrupted, UserSaid
from gemlive_emulator.wire.closes import LOST, SENDABLE
from gemlive_emulator.wire.errors import EmulatorError

if TYPE_CHECKING:
    from gemlive_emulator.scenario.faults.watch import Fault

Found = TypeVar("Found")

_HINT = "somebody outside asked for it"
_NEW = "wait until a client has connected"


class NoSuchSession(EmulatorError):
    """No session of the name is open, or it is not clear which one is meant."""


class NotReady(EmulatorError):
    """The session is not in a state for it."""


class Running(Protocol):
    """What is needed of a session that runs (:class:`~gemlive_emulator.server.driver.Driver`)."""

    @property
    def name(self) -> str:
        """Of the session."""
        ...

    @property
    def number(self) -> int:
        """Of its connection."""
        ...

    @property
    def over(self) -> bool:
        """Whether nothing can happen any more."""
        ...

    @property
    def accepted(self) -> bool:
        """Whether its setup was accepted."""
        ...

    def happen(self, event: Event) -> None:
        """Bring it this, now."""
        ...


class SessionControl:
    """Acts on one open session. Safe from any thread; not from within a responder, which has steps for all this.

    Each method returns when what it asks for is done, and raises :exc:`NotReady` if the session has ended or its setup
    is not accepted yet.

    Args:
        running: the session.
        live: knows all of them.
    """

    def __init__(self, running: Running, live: "LiveSessions") -> None:
        self._running = running
        self._live = live

    @property
    def name(self) -> str:
        """Of the session, as in the log and the journal."""
        return self._running.name

    @property
    def connection(self) -> int:
        """The number of its connection at the emulator, from 1."""
        return self._running.number

    def inject(self, message: Mapping[str, Any] | str | bytes) -> None:
        """Send a message of the server now, just as it is: a mapping as JSON, or a text that need not even be JSON."""
        if isinstance(message, Mapping):
            message = json.dumps(message, ensure_ascii=False)
        payload = message.encode("utf-8", "replace") if isinstance(message, str) else message
        self._bring(Ordered(Raw(payload)))

    def interrupt(self) -> bool:
        """Let the user break in now, as by speech; gives whether that cut anything.

        What a pending call does then is the family's affair, as with a real user.
        """
        return self._live.on_loop(self._interrupt)

    def go_away(self, time_left: float) -> None:
        """Tell the client that the connection ends in so many seconds; :meth:`close` is another step.

        Raises:
            ValueError: for less than nothing.
        """
        if not 0 <= time_left < 1e9:
            raise ValueError(f"the time left is {time_left!r}; give the seconds that are left")
        self._bring(Ordered(GoingAway(time_left)))

    def close(self, code: int = LOST, reason: str = "", *, how: Literal["frame", "eof", "reset"] | None = None) -> None:
        """End the connection now: by a close frame with this code and reason (cut at 123 bytes), or without one.

        Possible before the setup is accepted, too.

        Args:
            code: 1000 to 1003, 1007 to 1014 or 3000 to 4999; the real server uses 1000, 1007, 1008 and 1011.
            reason: its words.
            how: ``eof`` ends the stream without a close frame, ``reset`` by a reset of TCP; the client sees 1006.

        Raises:
            ValueError: no close frame can have this code.
        """
        if how in (None, "frame") and code not in SENDABLE:
            right = "give 1000 to 1003, 1007 to 1014 or 3000 to 4999, or how='eof' or how='reset'"
            raise ValueError(f"{code} is no close code that can be sent; {right}")
        self._bring(Ordered(Close(code, reason, _HINT, how or "frame")), early=True)

    def say(self, text: str, *, typed: bool = False) -> None:
        """Let the user say this now: aloud and all at once, or ``typed``; either way it begins a turn.

        Aloud it cuts the answer that is under way and is transcribed, as speech is; while the client streams speech,
        it becomes a part of that. Other than with :meth:`Emulator.user_says`, no sound has to come.

        Raises:
            ValueError: there are no words in the text.
        """
        words = " ".join(text.split())
        if not words:
            raise ValueError(f"the text is {text[:80]!r}; give the words that the user says")
        self._bring(UserSaid(words, typed))

    def fault(self, name: str, *value: Any, **keys: Any) -> "Fault":
        """Let something go wrong on this connection alone, as :meth:`Emulator.fault` does on all.

        Raises:
            ScenarioError: there is no such fault, or it cannot strike on a connection that is open.
        """
        from gemlive_emulator.scenario.faults.call import fault_of_call

        return self.suffer(fault_of_call(name, *value, **keys))[0]

    def suffer(self, *faults: "Fault") -> "tuple[Fault, ...]":
        """The same for faults that were judged already: all, or none."""
        from gemlive_emulator.scenario.faults.single import only_on

        here = tuple(only_on(fault, self.connection) for fault in faults)

        def add() -> None:
            self._ready()
            for fault in here:
                self._live.faults.add(fault)

        self._live.on_loop(add)
        return here

    def _bring(self, event: Event, *, early: bool = False) -> None:
        def bring() -> None:
            self._ready(early=early)
            self._live.clock.stir()
            self._running.happen(event)

        self._live.on_loop(bring)

    def _interrupt(self) -> bool:
        cut: list[Entry] = []

        def watch(session: str, entry: Entry) -> None:
            if session == self.name and entry.kind == "interrupted":
                cut.append(entry)

        with self._live.journal.watched(watch):
            self._bring(UserInterrupted())
        return bool(cut)

    def _ready(self, *, early: bool = False) -> None:
        """See that something can happen, ``early`` before the setup is accepted."""
        if self._running.over:
            raise NotReady(f"session {self.name} has ended; {_NEW}")
        if not self._running.accepted and not early:
            raise NotReady(f"the setup of session {self.name} is not accepted yet; wait for setupComplete")


class LiveSessions:
    """The open sessions of one emulator: ``emulator.live(name)``, or ``emulator.live()`` for the only one.

    Args:
        clock: of all sessions.
        faults: of the emulator.
        journal: of the emulator.
    """

    def __init__(self, clock: Clock, faults: Faults, journal: Journal) -> None:
        self.clock = clock
        self.faults = faults
        self.journal = journal
        self._open: dict[str, Running] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def __call__(self, name: str | None = None) -> SessionControl:
        """The control of the session of this name; without one, of the only session that is open.

        Raises:
            NoSuchSession: there is none, or several are open and none was named.
        """
        running = tuple(self._open.values())
        if name is None:
            if len(running) != 1:
                right = f"name one of {', '.join(one.name for one in running[:5])}" if running else _NEW
                raise NoSuchSession(f"{len(running) or 'no'} sessions are open; {right}")
            return SessionControl(running[0], self)
        found = self._open.get(name)
        if found is None:
            from gemlive_emulator.scenario.errors import nearest

            right = nearest(name, [one.name for one in running]) if running else _NEW
            raise NoSuchSession(f"no session {name[:80]!r} is open; {right}")
        return SessionControl(found, self)

    def begin(self, running: Running) -> None:
        """A session is open. Called on the event loop."""
        self._loop = asyncio.get_running_loop()
        self._open[running.name] = running

    def end(self, running: Running) -> None:
        """It has ended."""
        self._open.pop(running.name, None)

    def on_loop(self, do: Callable[[], Found]) -> Found:
        """What this gives, done on the event loop of the sessions, wherever it is asked for."""
        loop = self._loop
        assert loop is not None, "a session was open"
        try:
            here = asyncio.get_running_loop() is loop
        except RuntimeError:
            here = False
        if here or loop.is_closed():  # then every session is over, which is told
            return do()

        async def done() -> Found:
            return do()

        return asyncio.run_coroutine_threadsafe(done(), loop).result()
