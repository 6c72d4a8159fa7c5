"""The emulator as a process of its own, and programs that talk to it, each in a bare environment of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

APPS = Path(__file__).parent / "apps"
COMMAND = (sys.executable, "-m", "gemlive_emulator")
PATIENCE = 90
"""Seconds after which a program is taken to hang; nothing here takes a tenth of it."""


@dataclass(frozen=True)
class Finished:
    """What a program left behind."""

    code: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[dict[str, object]]:
        """The JSON objects on standard output, one a line; SDKs print notes of their own between them."""
        return [json.loads(line) for line in self.stdout.splitlines() if line.startswith("{")]


@dataclass(frozen=True)
class Serving:
    """A running ``gemlive-emulator serve``."""

    process: subprocess.Popen[str]
    url: str
    port: int
    folder: Path
    log: Path

    def environment(self, *, vertex: bool = False) -> dict[str, str]:
        """All that a client's environment needs to hold: :func:`bare_environment` and what ``env`` says."""
        return bare_environment(self.folder) | client_environment(self.url, self.folder, vertex)


def bare_environment(home: Path) -> dict[str, str]:
    """What any program needs, with ``home`` as the user's folder: no key, proxy or certificate of this user's."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    return kept | {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "PYTHONIOENCODING": "utf-8"}


def emulator_environment(home: Path) -> dict[str, str]:
    """As :func:`bare_environment`, and where Python finds the emulator if it is not installed."""
    return bare_environment(home) | {name: value for name, value in os.environ.items() if name == "PYTHONPATH"}


@cache
def client_environment(url: str, folder: Path, vertex: bool) -> dict[str, str]:
    """What ``gemlive-emulator env`` says a client of the emulator at ``url`` needs."""
    back_end = "--vertex" if vertex else "--no-vertex"
    asked = [*COMMAND, "env", "--url", url, "--format", "json", back_end]
    told: dict[str, str] = json.loads(finished(asked, emulator_environment(folder)).stdout)
    return told


def run(
    command: list[str],
    environment: dict[str, str],
    stdin: str = "",
    patience: float = PATIENCE,
    folder: Path | None = None,
) -> Finished:
    """Run a program to its end, in a folder, and end all that it started if it hangs."""
    with started(command, environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE, folder=folder) as process:
        stdout, stderr = process.communicate(stdin, timeout=patience)
    return Finished(process.returncode, stdout, stderr)


def finished(command: list[str], environment: dict[str, str], stdin: str = "") -> Finished:
    """As :func:`run`, for a program that has to exit with 0."""
    done = run(command, environment, stdin)
    assert done.code == 0, f"{command} gave {done.code}\n{done.stdout}\n{done.stderr}"
    return done


@contextmanager
def started(
    command: list[str],
    environment: dict[str, str],
    *,
    stdin: int = subprocess.DEVNULL,
    stderr: int | IO[str],
    folder: Path | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """A program in a process group of its own, of which nothing is left afterwards."""
    with subprocess.Popen(
        command,
        env=environment,
        cwd=folder,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def left_behind(home: Path) -> list[str]:
    """The command lines of all live processes that were given ``home`` as the user's folder, in whatever group."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"HOME={home}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_text().replace("\0", " "))
    return found


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Serving]:
    """Start ``gemlive-emulator serve`` on a free port and stop it as Ctrl-C does."""
    log = folder / "emulator.log"
    command = [*COMMAND, "serve", "--port", "0", *options]
    with log.open("w") as stderr, started(command, emulator_environment(folder), stderr=stderr) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("gemlive-emulator ready "), f"{line!r}\n{log.read_text()}"
        told = dict(word.split("=", 1) for word in line.split()[2:])
        yield Serving(process, told["url"], int(told["port"]), folder, log)
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0, log.read_text()
    assert "Traceback" not in log.read_text()
