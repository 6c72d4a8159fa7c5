"""A real Redis or Valkey server in a process of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

PROGRAMS = ("redis-server", "valkey-server")


@cache
def program() -> str:
    """The server's program; on a bare Debian machine its package is installed first."""
    found = _found()
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        for words in (("update", "-qq"), ("install", "-qq", "-y", "--no-install-recommends", "redis-server")):
            subprocess.run(["apt-get", *words], check=True, capture_output=True)
        found = _found()
    if found is None:
        pytest.skip("there is no redis-server or valkey-server here, and no apt-get and root to install one")
    return found


def _found() -> str | None:
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class RedisServer:
    """A server process of its own, behind a socket in its folder; keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "redis.sock"
        self._folder = folder
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        """Start it, or start it anew: empty."""
        self._process = subprocess.Popen(
            [program(), "--port", "0", "--unixsocket", self._socket, "--save", "", "--dir", self._folder],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "ready to accept connections" in line.lower():
                return
        raise RuntimeError("the server did not start")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process.returncode is None:
            self._process.kill()
            self._process.communicate()


@contextmanager
def redis_running(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    try:
        yield server
    finally:
        server.kill()
