"""The emulator: one port, its sessions, and what they share. Nothing is global; several live side by side."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from itertools import count
from os import urandom
from typing import TYPE_CHECKING, Self, cast

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.server.casting import Casting, terms_of, written_in
from gemlive_emulator.server.clock import Clock, ManualClock, RateClock
from gemlive_emulator.server.connection import CLOSE_SECONDS, LiveConnection
from gemlive_emulator.server.failures import Failures
from gemlive_emulator.server.faults.book import Faults
from gemlive_emulator.server.front_door import FrontDoorServer
from gemlive_emulator.server.journal import Journal
from gemlive_emulator.server.judging import Judging
from gemlive_emulator.server.live import LiveSessions
from gemlive_emulator.server.origin import Visitors
from gemlive_emulator.server.responders import AnyResponder
from gemlive_emulator.server.said import Said
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.server.speaker import Speaker
from gemlive_emulator.server.surroundings import AnySession, Surroundings
from gemlive_emulator.server.telling import Telling
from gemlive_emulator.server.transcriber import Transcriber, make_transcriber
from gemlive_emulator.server.watching import Watching
from gemlive_emulator.session.names import Names
from gemlive_emulator.store.base import Store
from gemlive_emulator.store.memory import MemoryStore
from gemlive_emulator.store.opening import make_store
from gemlive_emulator.wire.endpoint import Endpoint

if TYPE_CHECKING:
    import socket
    from types import TracebackType

    from starlette.types import ASGIApp

    from gemlive_emulator.scenario.fluent import Rules
    from gemlive_emulator.server.advancing import Advanced
    from gemlive_emulator.server.hosting import Hosted
    from gemlive_emulator.server.tls import Certificates
    from gemlive_emulator.server.voices import Voices

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where a client on this machine finds a server that listens at every address."""

EMBEDDED_VOICES = ("auto", "formant")
"""Choices that cannot fail. One that was asked for by name is tried at the start, so that it fails there."""


class Emulator(Telling, Watching):
    """A server that answers as Google's Live API does.

    Use it as an asynchronous context manager, which raises at its end what went wrong in its sessions, or call
    :meth:`start`, :meth:`stop` and :meth:`check`. As an ordinary context manager it runs on a thread of its own and
    gives a :class:`~gemlive_emulator.server.hosting.Hosted`, with the same words for code without an event loop.

    Args:
        settings: how it behaves; the defaults if none.
        clock: the time of its sessions; if none, one of its own as ``settings.clock`` and ``settings.rate`` say.
        responder: who decides what the model says, for all sessions, in any of the forms of
            :data:`~gemlive_emulator.server.responders.AnyResponder`; the scenario of the settings or the built-in one
            if none. The rules that :meth:`when` makes go before each of these.

    Attributes:
        casting: who answers, and with which scenarios.
        faults: what goes wrong on the line, and whether it has: ``emulator.faults.unused``.
    """

    def __init__(
        self, settings: Settings | None = None, *, clock: Clock | None = None, responder: AnyResponder | None = None
    ) -> None:
        self.settings = settings or Settings()
        own = ManualClock() if self.settings.clock == "manual" else RateClock(self.settings.rate)
        self.clock: Clock = clock or own
        super().__init__(Journal(self.settings.keep))
        self._responder = responder
        self._said = Said()
        self._rules: Rules | None = None
        self._failures = Failures()
        self.faults = Faults(lambda: self.casting, lambda: self._around.connections)
        self._terms = Terms()
        self._numbers = count(1)
        self._seeds = count(1)
        self._visitors = Visitors(hosts=self.settings.allow_hosts, origins=self.settings.allow_origins)
        self._around = self._surroundings(MemoryStore())
        self.casting = Casting(self._around.asks)
        self._door: FrontDoorServer | None = None
        self._port = 0
        self._certificates: Certificates | None = None
        self._empty: asyncio.Event | None = None

    async def start(self) -> None:
        """Listen. What is slow to load (numpy, a voice, TLS, the HTTP side) is loaded when it is first needed.

        Raises:
            EmulatorError: the address cannot be had, the scenario or a recording is not right, there is no such
                profile, the voice or recogniser that was chosen by name is not installed, or the store is out of reach.
            RuntimeError: it runs already.
        """
        if self._door is not None:
            raise RuntimeError("this emulator is running; stop it first, or make another one")
        settings = self.settings
        scenarios = None if settings.scenario is None else written_in(settings.scenario, self.clock)
        self._terms = terms_of(settings, self._around.reception.keys.states)
        store = make_store(settings.store, haste=settings.rate)
        self._around, self._empty = self._surroundings(store), None
        self._around.watched = scenarios
        self.casting = Casting(self._around.asks, self._responder, scenarios, settings.call_functions)
        self.casting.rules = self._rules
        self._around.transcriber = make_transcriber(settings, self.clock)
        if settings.voice not in EMBEDDED_VOICES:
            self._around.speaker.load()
        door = FrontDoorServer(self._live, self._app, tls=lambda: self.certificates.context(), visitors=self._visitors)
        await store.open()
        try:
            # Started again, it is where its clients look for it.
            self._port = (await door.start(settings.host, settings.port or self._port))[0][1]
        except BaseException:
            await store.close()
            raise
        self._door = door
        self.faults.begin(asyncio.get_running_loop())
        self._around.transcriber.prepare()

    def also_listen(self, listening: "socket.socket") -> None:
        """Accept on a socket that listens already, until the stop, which closes it."""
        if self._door is None:
            raise RuntimeError("this emulator is not running")
        self._door.take(listening)

    async def stop(self) -> None:
        """Close every session with 1001 and let go of everything: no socket, task or thread is left.

        Takes a second at most, however many clients do not answer. May be called twice.
        """
        door, self._door = self._door, None
        if door is None:
            return
        door.stop_listening()
        self.faults.end()
        self._around.stopping = True
        connections = self._around.connections
        self._empty = asyncio.Event()
        for connection in list(connections):
            connection.close()
        if connections:
            # Each is dropped by itself after CLOSE_SECONDS; the door cuts what is left even so.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), 2 * CLOSE_SECONDS)
        await self._around.asks.stop()
        await self._around.speaker.stop()
        await self._around.transcriber.stop()
        if self._around.watched is not None:
            await self._around.watched.stop()
        self.journal.reasons.finish()
        await door.close()
        await self._around.store.close()

    def __enter__(self) -> "Hosted":
        """Run it on a thread of its own, where no event loop is at hand."""
        from gemlive_emulator.server.hosting import Hosted

        self._hosted = Hosted(self)
        return self._hosted.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        self._hosted.__exit__(kind, error, trace)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        await self.stop()
        self.conclude(error)

    async def advance(self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0) -> "Advanced":
        """Move time on, on a manual clock, and do all that falls due, in order; returns when all is quiet.

        Raises:
            ClockError: its clock runs by itself (an :class:`~gemlive_emulator.wire.errors.EmulatorError`).
            ValueError: for less than nothing, and for more than a year.
        """
        from gemlive_emulator.server.advancing import advance

        seconds += 60.0 * minutes + 3600.0 * hours
        return await advance(self.clock, self.journal, self._around.connections, seconds)

    def reset(self) -> None:
        """Forget what a test has set or left: rules, scripts, fixed words, failures, tokens, quotas; count from 1.

        Sessions that have ended are forgotten too, so that the next test's is the only one.
        Who answers is whom the start has chosen. Tokens and quotas stay where a store keeps them for several emulators.
        """
        self.casting.replaced = None
        if self._rules is not None:
            self._rules.reset()
        self.faults.clear()
        self._said.clear()
        self._failures.clear()
        self._around.reception.reset()
        self.journal.forget_ended()
        self._numbers = count(1)

    @property
    def live(self) -> LiveSessions:
        """The open sessions, to be acted on: ``emulator.live().interrupt()``, ``emulator.live(name).close(1011)``."""
        return self._around.live

    @property
    def port(self) -> int:
        """The port it listens at; 0 before the start."""
        return self._port

    @property
    def url(self) -> str:
        """``http://HOST:PORT``: the one address for ws, wss, http and https."""
        host = ANYWHERE.get(self.settings.host, self.settings.host)
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    @property
    def connected(self) -> int:
        """How many live connections are open."""
        return len(self._around.connections)

    @property
    def certificates(self) -> "Certificates":
        """The certificate authority and the certificate; made or read when first asked for. Safe from any thread."""
        if self._certificates is None:
            from gemlive_emulator.server.tls import Certificates

            given = {self.settings.host, *self.settings.allow_hosts} - {*ANYWHERE, "*"}
            self._certificates = Certificates(hosts=given)
        return self._certificates

    @property
    def voices(self) -> "Voices":
        """Who speaks; loaded when first asked for, which takes a moment."""
        return cast("Voices", self._around.speaker.load())

    def _surroundings(self, store: Store) -> Surroundings:
        return Surroundings(
            settings=self.settings,
            clock=self.clock,
            speaker=Speaker(self._load_voices, self.clock),
            transcriber=Transcriber(self.clock),
            store=store,
            open_session=self._open_session,
            journal=self.journal,
            failures=self._failures,
            faults=self.faults,
            on_lost=self._lost,
        )

    def _load_voices(self) -> "Voices":
        from gemlive_emulator.server.voices import Voices

        return Voices(self.settings.voice)

    def _live(self, endpoint: Endpoint) -> LiveConnection:
        return LiveConnection(self._around, replace(endpoint, connection=next(self._numbers)))

    def _app(self) -> "ASGIApp":
        from gemlive_emulator import __version__
        from gemlive_emulator.profiles.catalogue import MODELS
        from gemlive_emulator.server.control.entrance import Entrance
        from gemlive_emulator.server.rest import build_app

        make_token = self._around.reception.make_token
        return build_app(MODELS, make_token, visitors=self._visitors, version=__version__, control=Entrance(self))

    def _open_session(self, endpoint: Endpoint) -> AnySession:
        seed = self.settings.seed
        # Numbers may begin anew; ids may not, since sessions are known by them.
        names = Names(urandom(16) if seed is None else f"{seed}/{next(self._seeds)}".encode())
        self.casting.check(endpoint)
        judging = Judging(self._around, self.casting, self._terms, self._said.before)
        return judging.session_for(endpoint, names)

    def _lost(self) -> None:
        if self._empty is not None and not self._around.connections:
            self._empty.set()
