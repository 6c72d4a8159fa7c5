"""Emulators in processes of their own, and clients that know what they were promised."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 60.0
"""Seconds without a message after which a client gives up: only a test that fails waits for it."""


class Process:
    """``telling_server.py`` with a store; ready when made."""

    def __init__(self, store: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("telling_server.py"), store], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def kill(self) -> None:
        """Kill -9: no handler runs, no buffer is written."""
        if self._process.returncode is None:
            self._process.kill()
            self._process.communicate()


@contextmanager
def process(store: str) -> Iterator[Process]:
    """An emulator that is killed in the end, if it still runs."""
    started = Process(store)
    try:
        yield started
    finally:
        started.kill()


@contextmanager
def processes(store: str, count: int) -> Iterator[list[Process]]:
    """So many emulators with one store."""
    with ExitStack() as stack:
        yield [stack.enter_context(process(store)) for _ in range(count)]


@dataclass
class Client:
    """Talks, and keeps what it was promised: a handle, and what that covers.

    Attributes:
        model: that it talks to.
        handle: the last one that it was given.
        said: all that it said in turns that were answered to their end.
        covered: all that it said before it was given the handle; of a model whose handle stands for the session all
            that was answered to its end.
        tools: that it declares.
        calls: ids of those that were called.
    """

    name: str
    model: str = "gemini-2.0-flash-live-001"
    handle: str = ""
    said: list[str] = field(default_factory=list)
    covered: list[str] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    socket: ClientConnection | None = None

    @property
    def speaks(self) -> bool:
        """Whether it is answered aloud."""
        return "3.8" in self.model

    async def open(self, port: int) -> None:
        """Connect, and go on where the handle says."""
        self.socket = await connect(f"ws://127.0.0.1:{port}/ws", compression=None, ping_interval=None, open_timeout=60)
        self.said = list(self.covered)
        resumption = {"handle": self.handle} if self.handle else {}
        modality = "AUDIO" if self.speaks else "TEXT"
        setup: dict[str, Any] = {
            "model": self.model if "/" in self.model else f"models/{self.model}",
            "generationConfig": {"responseModalities": [modality]},
            "sessionResumption": resumption,
        }
        if self.tools:
            setup["tools"] = self.tools
        if self.speaks:
            setup["outputAudioTranscription"] = {}
        await self._send({"setup": setup})
        while "setupComplete" not in await self._receive():
            pass

    async def close(self) -> None:
        """Hang up."""
        if self.socket is not None:
            await self.socket.close()
            self.socket = None

    async def turn(self, text: str) -> str:
        """Say something; gives the answer, once the handle that comes after it is there."""
        if self.speaks:
            await self._send({"realtimeInput": {"text": text}})
        else:
            turns = [{"role": "user", "parts": [{"text": text}]}]
            await self._send({"clientContent": {"turns": turns, "turnComplete": True}})
        return await self._answer(text)

    async def respond(self, returned: dict[str, Any]) -> str:
        """Tell what the function that was called last returned; gives what is said to that."""
        response = {"id": self.calls[-1], "name": "get_weather", "response": returned}
        await self._send({"toolResponse": {"functionResponses": [response]}})
        return await self._answer("")

    async def _answer(self, text: str) -> str:
        answer, handle = "", self.handle
        done = False
        while not done or (handle == self.handle and not self.speaks):
            message = await self._receive()
            content = message.get("serverContent", {})
            answer += content.get("outputTranscription", {}).get("text", "")
            answer += "".join(part.get("text", "") for part in content.get("modelTurn", {}).get("parts", ()))
            if content.get("turnComplete"):
                done = True
                self.said.append(text)
                if self.speaks:
                    self.covered = list(self.said)
        return answer

    async def _send(self, message: dict[str, Any]) -> None:
        assert self.socket is not None
        await self.socket.send(json.dumps(message))

    async def _receive(self) -> dict[str, Any]:
        assert self.socket is not None
        async with asyncio.timeout(PATIENCE):
            message = json.loads(await self.socket.recv())
        self.calls += [call["id"] for call in message.get("toolCall", {}).get("functionCalls", ())]
        handle = message.get("sessionResumptionUpdate", {}).get("newHandle")
        if handle:
            self.handle = handle
            self.covered = list(self.said)
        return message
