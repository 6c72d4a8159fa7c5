"""The load generator: many clients on plain sockets, in a process of its own, told what to do over its stdin.

It must cost less than what it measures: no asyncio, no WebSocket library, frames masked beforehand, and of the answer
it looks only for the end of the turn. One JSON object a line in, one a line out.
"""

import json
import selectors
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.frames import SETUP, SETUP_END, TURN, TURN_END, UPGRADE
from benchmarks.gauges import cpu_seconds

LASTED_TOO_LONG = b"Deadline expired"
PATIENCE = 60.0
"""Seconds without any message from the server after which a measurement is given up."""


class Line:
    """One client: its socket, what it waits for, and the end of what it read when that was not it."""

    __slots__ = ("left", "mark", "ready_at", "socket", "tail")

    def __init__(self) -> None:
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.mark = b"\r\n\r\n"
        self.tail = b""
        self.left = 0
        self.ready_at = 0.0

    def send(self, frame: bytes) -> None:
        """Send a small frame; a full buffer would mean that the server has stopped reading."""
        if self.socket.send(frame) != len(frame):
            raise ConnectionError("the server does not read")

    def reached(self, some: bytes) -> bool:
        """Whether what this line waits for has come."""
        if not some:
            raise ConnectionError("the server closed the connection")
        stream = self.tail + some if self.tail else some
        if self.mark in stream:
            self.tail = b""
            return True
        self.tail = stream[1 - len(self.mark) :]
        return False


class Crowd:
    """Clients of one server.

    Args:
        port: of the server, on loopback.
        pid: of the server, to read its CPU time; 0 if that is not wanted.
    """

    setup = SETUP

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.pid = pid
        self.lines: list[Line] = []
        self._selector = selectors.DefaultSelector()

    def connect(self, count: int) -> dict[str, Any]:
        """Connect ``count`` more clients at once; done when all have their ``setupComplete``."""
        cpu, begin = cpu_seconds(self.pid), time.perf_counter()
        for _ in range(count):
            line = Line()
            line.socket.connect_ex(("127.0.0.1", self.port))
            self._selector.register(line.socket, selectors.EVENT_WRITE, line)
            self.lines.append(line)
        waiting = count
        while waiting:
            for key, events in self._ready():
                waiting -= self._step_into(key.data, events)
        seconds = time.perf_counter() - begin
        each = sorted(line.ready_at - begin for line in self.lines[-count:])
        return {"seconds": seconds, "each": each, "cpu": cpu_seconds(self.pid) - cpu}

    def connect_in_turn(self, count: int) -> dict[str, Any]:
        """Connect ``count`` clients, one after the other; the time of each."""
        cpu = cpu_seconds(self.pid)
        each = [self.connect(1)["seconds"] for _ in range(count)]
        return {"each": each, "cpu": cpu_seconds(self.pid) - cpu}

    def turns(self, each: int) -> dict[str, Any]:
        """Let every client take ``each`` text turns, the next when the one before is over."""
        octets, waiting = 0, len(self.lines)
        cpu, begin = cpu_seconds(self.pid), time.perf_counter()
        for line in self.lines:
            line.mark, line.left = TURN_END, each
            line.send(TURN)
        while waiting:
            for key, _ in self._ready():
                line = key.data
                some = line.socket.recv(65536)
                octets += len(some)
                if line.reached(some):
                    line.left -= 1
                    if line.left:
                        line.send(TURN)
                    else:
                        waiting -= 1
        seconds = time.perf_counter() - begin
        cpu = cpu_seconds(self.pid) - cpu
        return {"turns": each * len(self.lines), "seconds": seconds, "cpu": cpu, "octets": octets}

    def ended(self) -> dict[str, Any]:
        """Wait until every client has the close frame of a connection that has lasted too long."""
        waiting = len(self.lines)
        for line in self.lines:
            line.mark = LASTED_TOO_LONG
        while waiting:
            waiting -= sum(key.data.reached(key.data.socket.recv(65536)) for key, _ in self._ready())
        return {}

    def close(self) -> dict[str, Any]:
        """Hang up on all."""
        for line in self.lines:
            self._selector.unregister(line.socket)
            line.socket.close()
        self.lines.clear()
        return {}

    def _ready(self) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._selector.select(PATIENCE)
        if not ready:
            raise TimeoutError(f"nothing from the server for {PATIENCE:g} s")
        return ready

    def _step_into(self, line: Line, events: int) -> bool:
        """One step of a client towards ``setupComplete``; whether it is there."""
        if events & selectors.EVENT_WRITE:
            line.send(UPGRADE)
            self._selector.modify(line.socket, selectors.EVENT_READ, line)
            return False
        if not line.reached(line.socket.recv(65536)):
            return False
        if line.mark == SETUP_END:
            line.ready_at = time.perf_counter()
            return True
        line.mark = SETUP_END
        line.send(self.setup)
        return False


def obey(make: Callable[..., Crowd]) -> None:
    """Obey: ``{"crowd": name, "do": verb, ...}``; a crowd is made by ``{"crowd": name, "port": n, "pid": n}``."""
    crowds: dict[str, Crowd] = {}
    for order in map(json.loads, sys.stdin):
        name = order.pop("crowd")
        verb = order.pop("do", None)
        if verb is None:
            crowds[name] = make(**order)
            told: dict[str, Any] = {}
        else:
            told = getattr(crowds[name], verb)(**order)
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    obey(Crowd)
