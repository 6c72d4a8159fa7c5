"""The two servers side by side, each in a process of its own, and the crowd that talks to them."""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.frames import overheard

ROOT = Path(__file__).parent.parent

SCENARIOS = Path(__file__).parent / "scenarios"

EMULATORS = {
    # One session of the benchmark has ten thousand turns, which no context window holds.
    "emulator": ["--no-limits", "--pace", "at-once"],
    "listener": ["--no-limits", "--pace", "at-once", "--scenario", str(SCENARIOS / "silent.yaml")],
    "talker": ["--no-limits", "--pace", "real-time", "--scenario", str(SCENARIOS / "talker.yaml")],
    "manual": ["--clock", "manual", "--log-level", "error"],
}
"""Options of ``serve``: one that answers at once, one that only listens, one whose answers are to be cut, and one whose
time is moved by hand."""

ECHOES: dict[str, list[str]] = {"sink": [], "echo": ['{"serverContent":{"interrupted":true}}']}
"""What bare servers answer to each message."""


class Server:
    """One server process on a free port of loopback, from the line ``... ready ... port=N ...`` on its stdout on.

    Attributes:
        port: where it listens.
        pid: of the process.
    """

    def __init__(self, command: list[str], log: Path, environment: dict[str, str]) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
            )
        self.pid = self._process.pid
        line = self._process.stdout.readline().decode() if self._process.stdout else ""
        ready = re.search(r"\bready\b.* port=(\d+)", line)
        if ready is None:
            self.stop()
            raise RuntimeError(f"{command[0]} did not start: {line}\n{log.read_text()[-2000:]}")
        self.port = int(ready[1])

    def stop(self) -> None:
        """End it, kindly first."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


class Pair:
    """How to start the emulator and the bare server, in a folder of their own.

    Args:
        folder: for logs, compiled modules, and the certificate that the emulator keeps (so that it exists after the
            first start, as on a user's machine).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = _environment(folder)
        self._frames = folder / "frames.json"
        with self.running("emulator") as emulator:
            self.frames = overheard(emulator.port)
        self._frames.write_text(json.dumps([frame.decode() for frame in self.frames]))
        with self.running("bare"):
            pass  # its modules are compiled now

    @contextmanager
    def running(self, name: str) -> Iterator[Server]:
        """A started server: ``bare``, or one of :data:`EMULATORS` or :data:`ECHOES`."""
        server = Server(self._command(name), self.folder / f"{name}.log", self.environment)
        try:
            yield server
        finally:
            server.stop()

    def _command(self, name: str) -> list[str]:
        if name in ECHOES:
            frames = self.folder / f"{name}.json"
            frames.write_text(json.dumps(ECHOES[name]))
            return [sys.executable, "-m", "benchmarks.bare", "--frames", str(frames)]
        if name == "bare":
            return [sys.executable, "-m", "benchmarks.bare", "--frames", str(self._frames)]
        program = Path(sys.executable).with_name("gemlive-emulator")
        return [str(program), "serve", "--port", "0", "--voice", "formant", *EMULATORS[name]]


@contextmanager
def crowd(module: str = "benchmarks.crowd", /, **servers: Server) -> Iterator["Crowds"]:
    """A load generator process that knows these servers by name."""
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        crowds = Crowds(process)
        try:
            for name, server in servers.items():
                crowds.told(name, port=server.port, pid=server.pid)
            yield crowds
        finally:
            process.kill()


class Crowds:
    """The other end of ``benchmarks.crowd``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid

    def told(self, name: str, **order: Any) -> dict[str, Any]:
        """Give the crowd of server ``name`` an order and wait for its answer.

        Raises:
            RuntimeError: the load generator failed; its words are on stderr.
        """
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the load generator has no pipes")
        self._process.stdin.write(json.dumps({"crowd": name, **order}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the load generator failed at {name}: {order}")
        told: dict[str, Any] = json.loads(answer)
        return told


def raise_file_limit() -> None:
    """Allow as many sockets as the system lets us; child processes inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _environment(folder: Path) -> dict[str, str]:
    """The caller's environment without its settings for the emulator, and with a data folder of our own.

    Modules are compiled into that folder by the first start, for both servers, however they were installed: a start
    that compiles is not what users have.
    """
    dropped = ("GEMLIVE_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    ours = {"GEMLIVE_EMULATOR_HOME": str(folder / "home"), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    return kept | ours
