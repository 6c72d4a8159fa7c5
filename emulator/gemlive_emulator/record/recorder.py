"""The recording proxy: one port in front of a service that speaks the Live API."""

import asyncio
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from websockets.http11 import Request

from gemlive_emulator.record.leg import Leg
from gemlive_emulator.record.relay import relay
from gemlive_emulator.record.roll import Namer, Roll
from gemlive_emulator.record.upstream import Secrets, Upstream
from gemlive_emulator.records import dataclass
from gemlive_emulator.server.clock import RealClock, wall_time
from gemlive_emulator.server.front_door import FrontDoorServer
from gemlive_emulator.server.origin import Visitors
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.server.settings import MEBIBYTE
from gemlive_emulator.server.tls import Certificates
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.tape import Tape

if TYPE_CHECKING:
    from starlette.types import ASGIApp

MOST_OCTETS = 64 * MEBIBYTE
"""Of one message, either way: what the service takes is not ours to judge."""
STOP_SECONDS = 2.0

log = redacting_logger("record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a proxy records.

    Attributes:
        upstream: the address of the service.
        output: a file (``*.jsonl``), or the folder in which each session gets one.
        host: the address to listen at.
        port: the TCP port, 0 for a free one.
        sound: whether sound and pictures are kept; else only how long they were.
        allow_origins: further values of ``Origin`` that may connect, beside local ones.
        allow_hosts: further names that ``Host`` may hold, beside local ones.
    """

    upstream: str
    output: str | Path = "recordings"
    host: str = "127.0.0.1"
    port: int = 8765
    sound: bool = True
    allow_origins: tuple[str, ...] = ()
    allow_hosts: tuple[str, ...] = ()


@dataclass(slots=True)
class _Running:
    """What a proxy has while it runs."""

    door: FrontDoorServer
    port: int
    legs: set[Leg] = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class Recorder:
    """Passes everything on to a service and back, and writes each session down.

    Use it as an asynchronous context manager, or call :meth:`start` and :meth:`stop`.

    Args:
        terms: how it records.

    Attributes:
        upstream: the service.

    Raises:
        EmulatorError: the upstream is no address.
    """

    def __init__(self, terms: Terms) -> None:
        self.upstream = Upstream.at(terms.upstream)
        self._terms = terms
        self._clock = RealClock()
        self._namer = Namer(Path(terms.output), wall_time)
        self._visitors = Visitors(hosts=terms.allow_hosts, origins=terms.allow_origins)
        self._certificates: Certificates | None = None
        self._running: _Running | None = None
        self._files: list[Path] = []

    async def start(self) -> None:
        """Listen.

        Raises:
            EmulatorError: the address cannot be had, or nothing can be written.
            RuntimeError: it runs already.
        """
        if self._running is not None:
            raise RuntimeError("this proxy is running; stop it first, or make another one")
        terms = self._terms
        self._namer.prepare()
        door = FrontDoorServer(self._live, self._app, tls=lambda: self.certificates.context(), visitors=self._visitors)
        addresses = await door.start(terms.host, terms.port)
        self._running = _Running(door, addresses[0][1])

    async def stop(self) -> None:
        """Cut every session and let go of everything. May be called twice."""
        running, self._running = self._running, None
        if running is None:
            return
        running.door.stop_listening()
        for task in running.tasks:
            task.cancel()
        if running.tasks:
            await asyncio.wait(running.tasks, timeout=STOP_SECONDS)
        for leg in running.legs:
            leg.drop()
        await running.door.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *ended: object) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """The port it listens at; 0 while it does not."""
        return self._running.port if self._running is not None else 0

    @property
    def url(self) -> str:
        """The one address for ws, wss, http and https."""
        host = self._terms.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def files(self) -> tuple[Path, ...]:
        """The recordings that were begun, the oldest first."""
        return tuple(self._files)

    @property
    def certificates(self) -> Certificates:
        """The certificate authority and the certificate; made or read when first asked for."""
        if self._certificates is None:
            given = {self._terms.host, *self._terms.allow_hosts} - {"0.0.0.0", "::", "*"}
            self._certificates = Certificates(hosts=given)
        return self._certificates

    def _app(self) -> "ASGIApp":
        from gemlive_emulator.record.forwarding import forwarding

        return forwarding(self.upstream, self._visitors)

    def _live(self, endpoint: Endpoint) -> Leg:
        return Leg(self._asked, MOST_OCTETS)

    def _asked(self, leg: Leg, request: Request) -> None:
        running = self._running
        if running is None:
            leg.drop()
            return
        running.legs.add(leg)
        # Held until it is done; it ends with the session, or when the proxy stops.
        serving = relay(leg, request, self.upstream, self._begin, MOST_OCTETS)
        task = asyncio.get_running_loop().create_task(serving)
        running.tasks.add(task)

        def done(task: asyncio.Task[None]) -> None:
            running.tasks.discard(task)
            running.legs.discard(leg)
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("a session broke off: %s", error, exc_info=error)
                leg.drop()

        task.add_done_callback(done)

    def _begin(self, request: Request, secrets: Secrets) -> Roll:
        path = self._namer.next()
        about: dict[str, Any] = {
            "by": "gemlive-emulator record",
            "upstream": self.upstream.shown,
            "recorded": datetime.fromtimestamp(wall_time(), UTC).isoformat(timespec="seconds"),
        }
        if not self._terms.sound:
            about["sound"] = False
        head = Tape(uuid4().hex, secrets.out_of_text(request.path.partition("?")[0]), (), about=about)
        roll = Roll(path, head, secrets, self._clock.now, sound=self._terms.sound)
        self._files.append(path)
        log.info("recording %s", path)
        return roll
