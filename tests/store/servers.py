"""What the tests of stores need: a real Redis or Valkey server, and stores of every kind."""

import asyncio
import os
import shutil
import subprocess
from asyncio import Future
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gemlive_emulator.session.hearing import Words
from gemlive_emulator.session.history import History
from gemlive_emulator.session.pending import PendingCall, PendingReply
from gemlive_emulator.session.steps import Said, UserTurn
from gemlive_emulator.session.tools import ToolCall, ToolResult

PENDING = PendingReply(
    turn=UserTurn("And now?", 2, "speech", heard=Words("And now?", "script", "by hand"), speech_seconds=1.5),
    known=2,
    resumed=True,
    connection=3,
    over=False,
    calls=(
        PendingCall(ToolCall("get_weather", {"city": "Ürümqi", "days": [1, 2.5, None]}, "call_1"), False, 30.0),
        PendingCall(
            ToolCall("get_time", {}, "call_2"), is_open=False, result=ToolResult("call_2", "get_time", {"at": "noon"})
        ),
    ),
)
"""A reply that waits for one function, and has had what another one returned."""

LASTS = 100.0
"""Seconds for which the stores of tests keep a handle."""

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


async def settled(soon: Any) -> Any:
    """The answer of a store, whenever it comes."""
    async with asyncio.timeout(20):
        return await soon if isinstance(soon, Future) else soon


def history(*texts: str, turns: int = 1) -> History:
    """What was said by user and model in turn."""
    made = History(turns=turns)
    for at, text in enumerate(texts):
        made.add(Said("model" if at % 2 else "user", text, "AUDIO" if at % 2 else "TEXT"), 2, 7 + at)
    return made


def texts(kept: Any) -> list[str]:
    """What a session that is resumed knows."""
    return [said.text for said in kept.snapshot.restore().entries]
