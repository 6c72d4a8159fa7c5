"""Listening sockets: binding them, accepting in bursts, and looking at the first byte of each connection."""

import asyncio
import errno
import os
import socket
from collections.abc import Callable

from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.wire.errors import EmulatorError

BACKLOG = 2048
"""Connections that the system keeps until we accept them; with asyncio's 100, five hundred at once take a second."""
BURST = 64
"""Connections accepted before others get their turn."""
PAUSE_SECONDS = 0.05
"""How long nothing is accepted after the system ran out of descriptors or memory."""
WARNING_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 0.01
SHARED_PORT_TRIES = 16

_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

Arrived = Callable[[socket.socket, bytes], None]
"""Takes a connection and its first byte, which is still to be read."""

_log = redacting_logger("listener")


async def bind(host: str, port: int) -> list[socket.socket]:
    """Bind and listen. ``localhost`` is both loopback addresses on one port, where the machine has IPv6.

    Raises:
        EmulatorError: the address cannot be had; says which and why.
    """
    try:
        if host == "localhost":
            return _bind_loopback(port)
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, _, _, _, address = found[0]
        return [_bind_one(socket.AddressFamily(family), address)]
    except (OSError, UnicodeError, OverflowError) as exc:
        raise EmulatorError(
            f"Cannot listen at {host} port {port}: {exc}. Choose others with --host and --port; port 0 is any free one."
        ) from exc


def _bind_loopback(port: int) -> list[socket.socket]:
    for _ in range(SHARED_PORT_TRIES):
        first = _bind_one(socket.AF_INET, ("127.0.0.1", port))
        try:
            return [first, _bind_one(socket.AF_INET6, ("::1", first.getsockname()[1]))]
        except OSError as exc:
            if exc.errno != errno.EADDRINUSE:  # The machine has no IPv6.
                return [first]
            first.close()
            if port:
                raise
    raise OSError(errno.EADDRINUSE, "no port is free on both 127.0.0.1 and ::1")


def _bind_one(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
    # The protocol is named, and that too is inherited: asyncio lets small messages out at once on sockets that name it.
    # On others each waits for the client's word that it has the one before, which takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Inherited by what is accepted: a peer whose machine vanished is noticed without pings of our own.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if family == socket.AF_INET6:
            wants_both = address[0] == "::"
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if wants_both else 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


class Listener:
    """Accepts on one socket and hands each connection on when its first byte can be seen.

    A peer that says nothing costs a socket and a timer. If the system has no descriptors left, the peers that have been
    silent longest lose theirs, and accepting pauses and goes on.
    """

    def __init__(self, listening: socket.socket, arrived: Arrived, silence_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._listening = listening
        self._arrived = arrived
        self._silence_seconds = silence_seconds
        self._silent: dict[Knock, None] = {}
        self._paused: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._next_warning = 0.0
        self._start()

    @property
    def silent(self) -> int:
        """How many peers have connected and said nothing yet."""
        return len(self._silent)

    def close(self) -> None:
        """Stop accepting and drop the peers that have not said anything. May be called twice."""
        if self._listening.fileno() < 0:
            return
        self._stop()
        self._listening.close()
        for knock in list(self._silent):
            knock.drop()

    def _start(self) -> None:
        self._paused = None
        try:
            self._loop.add_reader(self._listening, self._accept_burst)
        except NotImplementedError:
            # The event loop of Windows; it accepts by coroutine only, one connection a turn.
            self._task = self._loop.create_task(self._accept_one_by_one())

    def _stop(self) -> None:
        if self._paused:
            self._paused.cancel()
        elif self._task:
            self._task.cancel()
        else:
            self._loop.remove_reader(self._listening)

    def _accept_burst(self) -> None:
        for _ in range(BURST):
            try:
                connection, _ = self._listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as exc:
                if exc.errno in _EXHAUSTED:
                    self._loop.remove_reader(self._listening)
                    self._pause(exc)
                    return
                # Linux reports what befell the connection itself (reset, firewall) as an error of accept: the next one.
                continue
            self._welcome(connection)

    async def _accept_one_by_one(self) -> None:
        while True:
            try:
                connection, _ = await self._loop.sock_accept(self._listening)
            except OSError as exc:
                if self._listening.fileno() < 0:
                    return
                if exc.errno in _EXHAUSTED:
                    self._task = None
                    self._pause(exc)
                    return
                continue
            self._welcome(connection)

    def _welcome(self, connection: socket.socket) -> None:
        try:
            connection.setblocking(False)
        except OSError:
            connection.close()
            return
        knock = Knock(connection, self._seen, self._silence_seconds)
        self._silent[knock] = None
        knock.look()

    def _seen(self, knock: "Knock", first: bytes) -> None:
        self._silent.pop(knock, None)
        if first:
            self._arrived(knock.connection, first)

    def _pause(self, exc: OSError) -> None:
        if self._loop.time() >= self._next_warning:
            self._next_warning = self._loop.time() + WARNING_SECONDS
            _log.warning("No connection can be accepted just now (%s); allow more open files with ulimit -n.", exc)
        oldest = list(self._silent)[: max(1, len(self._silent) // 4)]
        for knock in oldest:
            knock.drop()
        self._paused = self._loop.call_later(PAUSE_SECONDS, self._start)


class Knock:
    """One accepted connection until its first byte is there, it ends, or its time is up."""

    def __init__(self, connection: socket.socket, seen: Callable[["Knock", bytes], None], seconds: float) -> None:
        self.connection = connection
        self._loop = asyncio.get_running_loop()
        self._seen = seen
        self._limit = self._loop.call_later(seconds, self.drop)
        self._waiting = False
        self._again: asyncio.TimerHandle | None = None

    def look(self) -> None:
        """Look at the first byte without taking it; if there is none yet, when there is."""
        self._again = None
        try:
            first = self.connection.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            self._wait()
            return
        except OSError:
            first = b""
        if not first:
            self.drop()
            return
        self._done(first)

    def drop(self) -> None:
        """Close the connection; it had nothing to say."""
        self._done(b"")
        self.connection.close()

    def _wait(self) -> None:
        if self._waiting:
            return
        try:
            self._loop.add_reader(self.connection.fileno(), self.look)
            self._waiting = True
        except NotImplementedError:
            self._again = self._loop.call_later(LOOK_AGAIN_SECONDS, self.look)

    def _done(self, first: bytes) -> None:
        self._limit.cancel()
        if self._waiting:
            self._loop.remove_reader(self.connection.fileno())
            self._waiting = False
        if self._again:
            self._again.cancel()
        self._seen(self, first)
