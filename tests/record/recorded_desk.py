"""What the tests of this folder talk to, and with."""

import asyncio
import json
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.record.recorder import Recorder, Terms
from gemlive_emulator.wire.tape import Tape, read

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
SETUP = {"setup": {"model": "models/gemini-2.0-flash-live-001", "generationConfig": {"responseModalities": ["TEXT"]}}}


def quick(**more: Any) -> Settings:
    """A free port and no waiting."""
    return Settings(port=0, pace="at-once", voice="formant", **more)


@asynccontextmanager
async def recording(folder: Path, emulator: Emulator, **more: Any):
    """A proxy in front of an emulator."""
    async with Recorder(Terms(upstream=emulator.url, output=folder, port=0, **more)) as recorder:
        yield recorder


class Talker:
    """Speaks JSON over a WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, message: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        return json.loads(await self.socket.recv())

    async def say(self, text: str) -> list[dict[str, Any]]:
        """A typed turn; all messages to the end of the answer."""
        turn = {"role": "user", "parts": [{"text": text}]}
        await self.send({"clientContent": {"turns": [turn], "turnComplete": True}})
        return await self.turn()

    async def turn(self) -> list[dict[str, Any]]:
        messages = []
        while True:
            messages.append(await self.receive())
            if messages[-1].get("serverContent", {}).get("turnComplete"):
                return messages


@asynccontextmanager
async def talking(url: str, setup: dict[str, Any] = SETUP, *, query: str = "", **more: Any):
    """A client whose setup was accepted."""
    async with connect(url.replace("http", "ws", 1) + PATH + query, compression=None, proxy=None, **more) as socket:
        talker = Talker(socket)
        await talker.send(setup)
        assert "setupComplete" in await talker.receive()
        yield talker


def tape_of(path: Path) -> Tape:
    with path.open(encoding="utf-8") as lines:
        return read(lines)


def said(messages: list[dict[str, Any]]) -> str:
    """The text of a turn."""
    parts = [message.get("serverContent", {}).get("modelTurn", {}).get("parts", []) for message in messages]
    return "".join(part.get("text", "") for some in parts for part in some)


async def finished(recorder: Recorder) -> None:
    """Wait until no session is left."""
    running = recorder._running
    assert running is not None
    while running.tasks:
        await asyncio.wait(running.tasks)
        await asyncio.sleep(0)


class Service:
    """Any WebSocket server: what comes is answered as a test wants."""

    def __init__(self) -> None:
        self.came: list[str | bytes] = []
        self.pings: list[bytes] = []
        self.ended: tuple[int | None, str] = (None, "")
        self.over = asyncio.Event()

    async def __call__(self, connection: ServerConnection) -> None:
        try:
            async for message in connection:
                self.came.append(message)
                await self.answer(connection, message)
        finally:
            self.ended = (connection.close_code, connection.close_reason or "")
            self.over.set()

    async def answer(self, connection: ServerConnection, message: str | bytes) -> None:
        await connection.send(message)


async def serving(service: Service, folder: Path, **more: Any) -> tuple[Any, Recorder]:
    server = await serve(service, "127.0.0.1", 0, compression=None, ping_interval=None)
    port = server.sockets[0].getsockname()[1]
    recorder = Recorder(Terms(upstream=f"ws://127.0.0.1:{port}", output=folder, port=0, **more))
    await recorder.start()
    return server, recorder


async def stopped(server: Any, recorder: Recorder) -> None:
    await recorder.stop()
    server.close()
    await server.wait_closed()
