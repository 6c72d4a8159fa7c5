"""How the tests of the command line start it: as a user does, in a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PATIENCE = 60
"""Seconds after which a command is taken to hang."""

Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """This process's environment without what a user may have set for Google, and with a data folder of its own."""
    started = ("GOOGLE_", "GEMINI_", "SSL_CERT_", "NODE_EXTRA_", "no_proxy", "NO_PROXY", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(started)}
    return kept | {"XDG_DATA_HOME": str(tmp_path / "share"), "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Run the command to its end: ``run("version")``; ``more`` is laid over the environment, ``stdin`` is fed."""

    def run(*words: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gemlive_emulator", *words]
        return subprocess.run(
            command, env=environment | more, input=stdin, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    return run


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    """Start the command and go on; what still runs at the end of the test is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str, **more: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "gemlive_emulator", *words]
        process = subprocess.Popen(command, env=environment | more, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        with process:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
