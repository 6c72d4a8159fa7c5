"""The emulator: one port, its sessions, and what they share. Nothing is global; several live side by side."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from os import urandom
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from gemlive_emulator.audio.recording import Recording
from gemlive_emulator.profiles.admit import Terms, doorkeeper, family_of
from gemlive_emulator.server.clock import Clock, RateClock
from gemlive_emulator.server.connection import CLOSE_SECONDS, LiveConnection
from gemlive_emulator.server.front_door import FrontDoorServer
from gemlive_emulator.server.journal import Journal
from gemlive_emulator.server.origin import Visitors
from gemlive_emulator.server.settings import PaceName, Settings
from gemlive_emulator.server.speaker import Speaker
from gemlive_emulator.server.surroundings import Surroundings
from gemlive_emulator.server.transcriber import Transcriber
from gemlive_emulator.session.behaviour import AT_ONCE, REAL_TIME, Pace
from gemlive_emulator.session.hearing import NOTHING_FOREKNOWN, Foreknown
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.session import Session
from gemlive_emulator.session.steps import Conversation, Reply, Responder, UserTurn
from gemlive_emulator.store.memory import MemoryStore
from gemlive_emulator.wire.endpoint import Endpoint

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from gemlive_emulator.server.tls import Certificates
    from gemlive_emulator.server.voices import Voices

PACES: dict[PaceName, Pace | None] = {"family": None, "real-time": REAL_TIME, "at-once": AT_ONCE}

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where a client on this machine finds a server that listens at every address."""

EMBEDDED_VOICES = ("auto", "formant")
"""Choices that cannot fail. One that was asked for by name is tried at the start, so that it fails there."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who answers one connection.

    Attributes:
        responder: decides what the model says.
        model: a scenario's model, which fixes the profile; ``None`` for whatever is asked for.
        foreknown: what is known beforehand of what the user will say aloud.
    """

    responder: Responder
    model: str | None = None
    foreknown: Foreknown = NOTHING_FOREKNOWN


Casting = Callable[[Endpoint], Cast]
"""Who answers a client that knocked there, and the model whose profile the answer is for (``None``: the setup's)."""


class Emulator:
    """A server that answers as Google's Live API does.

    Use it as an asynchronous context manager, or call :meth:`start` and :meth:`stop`.

    Args:
        settings: how it behaves; the defaults if none.
        clock: the time of its sessions, for example a :class:`~gemlive_emulator.server.clock.ManualClock`; one that
            runs at ``settings.rate`` if none.
        responder: who decides what the model says, for all sessions; the scenario of the settings or the built-in
            one if none.

    Attributes:
        journal: what happened in its sessions; goes on when it is stopped and started again.
    """

    def __init__(
        self, settings: Settings | None = None, *, clock: Clock | None = None, responder: Responder | None = None
    ) -> None:
        self.settings = settings or Settings()
        self.clock: Clock = clock or RateClock(self.settings.rate)
        self.journal = Journal()
        self._responder = responder
        self._said: deque[str] = deque()
        self._cast: Casting = lambda endpoint: Cast(_respond)
        self._terms = Terms()
        self._numbers = count(1)
        self._visitors = Visitors(hosts=self.settings.allow_hosts, origins=self.settings.allow_origins)
        self._around = self._surroundings()
        self._door: FrontDoorServer | None = None
        self._port = 0
        self._certificates: Certificates | None = None
        self._empty: asyncio.Event | None = None

    async def start(self) -> None:
        """Listen. What is slow to load (numpy, a voice, TLS, the HTTP side) is loaded when it is first needed.

        Raises:
            EmulatorError: the address cannot be had, the scenario or a recording is not right, there is no such
                profile, or the voice or recogniser that was chosen by name is not installed.
            RuntimeError: it runs already.
        """
        if self._door is not None:
            raise RuntimeError("this emulator is running; stop it first, or make another one")
        settings = self.settings
        if (responder := self._responder) is not None:
            self._cast = lambda endpoint: Cast(responder)
        elif settings.scenario is not None:
            self._cast = self._scripted(Path(settings.scenario))
        self._terms = Terms(
            pace=PACES[settings.pace],
            profile=settings.profile,
            strict=settings.strict,
            overrides=settings.overrides,
            keys=settings.keys,
            idle_end=settings.idle_end,
            haste=settings.rate,
        )
        self._around, self._empty = self._surroundings(), None
        self._around.transcriber = self._make_transcriber()
        if settings.voice not in EMBEDDED_VOICES:
            self._around.speaker.load()
        door = FrontDoorServer(
            self._live,
            self._app,
            tls=lambda: self.certificates.context(),
            visitors=self._visitors,
        )
        self._port = (await door.start(settings.host, settings.port))[0][1]
        self._door = door
        self._around.transcriber.prepare()

    async def stop(self) -> None:
        """Close every session with 1001 and let go of everything: no socket, task or thread is left.

        Takes a second at most, however many clients do not answer. May be called twice.
        """
        door, self._door = self._door, None
        if door is None:
            return
        door.stop_listening()
        self._around.stopping = True
        connections = self._around.connections
        self._empty = asyncio.Event()
        for connection in list(connections):
            connection.close()
        if connections:
            # Each is dropped by itself after CLOSE_SECONDS; the door cuts what is left even so.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), 2 * CLOSE_SECONDS)
        await self._around.speaker.stop()
        await self._around.transcriber.stop()
        await door.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def user_says(self, text: str) -> None:
        """Fix the words of an utterance that is still to come: the next one that is heard in any session.

        Several calls queue up. Whatever the sound is, it is taken to say this; the scenario's own words and
        recordings are asked only when nothing is left here. Safe from any thread.

        Raises:
            ValueError: there are no words in the text.
        """
        words = " ".join(text.split())
        if not words:
            raise ValueError(f"user_says({text!r}): give the words that the user says next")
        self._said.append(words)

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
    def sessions(self) -> int:
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

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            settings=self.settings,
            clock=self.clock,
            speaker=Speaker(self._load_voices, self.clock),
            transcriber=Transcriber(self.clock),
            store=MemoryStore(),
            open_session=self._open_session,
            journal=self.journal,
            on_lost=self._lost,
        )

    def _make_transcriber(self) -> Transcriber:
        """With the recordings and the recogniser of the settings."""
        from gemlive_emulator.server.recogniser import Recogniser

        recordings: list[Recording] = []
        if self.settings.recordings:
            from gemlive_emulator.server.recordings import read_recordings

            recordings = read_recordings(self.settings.recordings)
        return Transcriber(self.clock, recordings, Recogniser(self.settings.recogniser))

    def _load_voices(self) -> "Voices":
        from gemlive_emulator.server.voices import Voices

        return Voices(self.settings.voice)

    def _live(self, endpoint: Endpoint) -> LiveConnection:
        return LiveConnection(self._around, endpoint)

    def _app(self) -> "ASGIApp":
        from gemlive_emulator import __version__
        from gemlive_emulator.profiles.catalogue import MODELS
        from gemlive_emulator.server.rest import build_app

        return build_app(MODELS, visitors=self._visitors, version=__version__)

    def _open_session(self, endpoint: Endpoint) -> Session:
        seed = self.settings.seed
        number = next(self._numbers)
        names = Names(urandom(16) if seed is None else f"{seed}/{number}".encode())
        part = self._cast(endpoint)
        terms = self._terms
        if part.model is not None and terms.profile is None:
            terms = replace(terms, profile=family_of(part.model).name)
        admit = doorkeeper(endpoint, part.responder, terms, self._after_said(part.foreknown))
        first_message = self.settings.first_message
        return Session(admit, names) if first_message is None else Session(admit, names, first_message)

    def _after_said(self, foreknown: Foreknown) -> Foreknown:
        """What is known beforehand, after what :meth:`user_says` was told."""

        def says() -> str | None:
            try:
                return self._said.popleft()
            except IndexError:
                return foreknown.says()

        return replace(foreknown, says=says)

    def _lost(self) -> None:
        if self._empty is not None and not self._around.connections:
            self._empty.set()

    @staticmethod
    def _scripted(path: Path) -> Casting:
        """The scenarios of a file; ``?scenario=NAME`` chooses among several, and each fixes its own model's profile."""
        from gemlive_emulator.scenario.loader import choose, load

        scenarios = load(path)

        def cast_scenario(endpoint: Endpoint) -> Cast:
            scenario = choose(scenarios, endpoint.query.get("scenario"))
            responder = scenario.responder()
            return Cast(responder, scenario.model, responder.foreknown)

        return cast_scenario


def _respond(turn: UserTurn, conversation: Conversation) -> Reply:
    """The built-in responder, loaded with the first turn: a client that connects need not wait for its phrases."""
    from gemlive_emulator.scenario.builtin import respond

    return respond(turn, conversation)
