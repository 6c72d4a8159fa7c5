"""The attacked emulator: a process of its own, whose sockets, memory and log are looked at from outside."""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attacker_socket import CANARY, CLOSE, PATIENCE, Attacker, frame, text

HERE = Path(__file__).parent
READY = "gemlive-emulator ready "
LAST_OF_SCREEN = "Or give one command an emulator of its own"
MEBIBYTE = 1 << 20
MOST_GROWTH = 96 * MEBIBYTE
"""Resident memory that may stay after an attack: what the allocator keeps of messages of 16 MiB, not what leaks."""
SLOWEST_TURN = 1.0
"""Seconds; the promise to the victim."""

_LINE = re.compile(r"\d\d:\d\d:\d\d (?:DEBUG|INFO|WARNING|ERROR) +(?!FORGED)\S.*")
_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class EmulatorProcess:
    """One ``gemlive-emulator serve``.

    Args:
        options: of the command.
        home: where it keeps its certificates.

    Attributes:
        port: where it listens.
        log: every line that it has written to standard error after its first screen.
    """

    def __init__(self, home: Path, *options: str) -> None:
        command = [sys.executable, "-m", "gemlive_emulator", "serve", "--port", "0", "--log-level", "debug", *options]
        told = {name: value for name, value in os.environ.items() if not name.startswith(("GOOGLE_", "GEMINI_"))}
        told |= {"XDG_DATA_HOME": str(home), "PYTHONUNBUFFERED": "1"}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, env=told, stdout=pipe, stderr=pipe)
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        assert line.startswith(READY), line
        self.port = int(dict(word.split("=", 1) for word in line.removeprefix(READY).split())["port"])
        self.log: list[str] = []
        self._shown = threading.Event()
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        assert self._shown.wait(PATIENCE), "no first screen"

    def warm_up(self) -> None:
        """Let it load what it loads at first need: the HTTP side, the control interface, TLS, a session, an ear."""
        with Attacker(self.port, tls=True) as client:
            sound = {"realtimeInput": {"audio": {"data": "AAAA", "mimeType": "audio/pcm;rate=16000"}}}
            client.enter().set_up().send(text(sound), frame(CLOSE, b"\x03\xe8"))
            client.closing()
        self.sessions()

    def sessions(self) -> int:
        """How many live connections it says are open."""
        with Attacker(self.port) as client:
            client.send(b"GET /emulator/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = client.answer()
            client.rest()
        assert answer.status == 200, answer
        return int(answer.told["sessions"])

    def advance(self, seconds: float) -> dict[str, Any]:
        """Move its clock, which has to be a manual one."""
        body = json.dumps({"seconds": seconds}).encode()
        head = f"POST /emulator/v1/clock/advance HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}"
        with Attacker(self.port) as client:
            client.send(head.encode() + b"\r\nContent-Type: application/json\r\n\r\n" + body)
            answer = client.answer()
        assert answer.status == 200, answer
        return dict(answer.told)

    def descriptors(self) -> int:
        """How many files it has open."""
        return len(os.listdir(f"/proc/{self._process.pid}/fd"))

    def resident(self) -> int:
        """Bytes of memory in use."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Look again and again; between two looks it answers a request, so that it comes on with its work."""
        limit = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < limit, what
            self.sessions()

    def stop(self) -> int:
        """End it as Ctrl-C does; gives the exit code, once the log is all there."""
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()
        return code

    def kill(self) -> None:
        """Whatever became of it."""
        if self._process.poll() is None:
            self._process.kill()
            self.stop()

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        screen: list[str] = []
        # Line feeds alone end a line here: a carriage return in the log is to be seen as one.
        for octets in self._process.stderr:
            line = octets.decode()
            if self._shown.is_set():
                self.log.append(line)
            elif line == "\n" and screen[-1].startswith(LAST_OF_SCREEN):
                self._shown.set()
            screen.append(line)


def faults_of(log: list[str]) -> list[str]:
    """The lines of a log that may not be there: of a form that is not ours, with a key, a forged one, an odd byte."""
    return [
        f"{line[:300]!r}"
        for line in log
        if not _LINE.fullmatch(line.removesuffix("\n"))
        or _UNPRINTABLE.search(line)
        or CANARY in line
        or len(line.splitlines()) != 1
    ]


class Victim:
    """The session beside the attacks."""

    def __init__(self, port: int) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, str(HERE / "victim.py"), str(port)]
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self.turns: list[float] = []
        self._first = threading.Event()
        self._reader = threading.Thread(target=self._read_turns, daemon=True)
        self._reader.start()
        assert self._first.wait(PATIENCE), "the victim has had no turn"

    def leave(self) -> str:
        """Let it end its session; gives what it complains of."""
        assert self._process.stdin is not None
        assert self._process.stderr is not None
        with self._process:
            self._process.stdin.close()
            self._reader.join(PATIENCE)
            complaint = self._process.stderr.read()
            return complaint if self._process.wait(PATIENCE) else ""

    def report(self) -> str:
        """Its turns in a line."""
        middle, slowest = statistics.median(self.turns), max(self.turns)
        return f"{len(self.turns)} turns, median {middle * 1000:.1f} ms, slowest {slowest * 1000:.0f} ms"

    def _read_turns(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.turns.append(float(line))
            self._first.set()


@contextmanager
def besieged(emulator: EmulatorProcess) -> Iterator[None]:
    """While this lasts a victim takes its turns; afterwards the emulator has to be as it was before.

    What is held against the promise: the victim's turns, sessions, descriptors, memory and log.
    """
    emulator.warm_up()
    # Several looks: one of those who hold their connections may just be coming back.
    looks = [(emulator.sessions(), emulator.descriptors()) for _ in range(5)]
    sessions, descriptors = map(max, zip(*looks, strict=True))
    resident = emulator.resident()
    victim = Victim(emulator.port)
    yield
    assert victim.leave() == ""
    assert max(victim.turns) < SLOWEST_TURN, victim.report()
    emulator.until(lambda: emulator.sessions() <= sessions, "sessions stay open")
    emulator.until(lambda: emulator.descriptors() <= descriptors, "descriptors stay open")
    grown = emulator.resident() - resident
    assert grown < MOST_GROWTH, f"{grown / MEBIBYTE:.0f} MiB stay"
    assert faults_of(emulator.log) == []
