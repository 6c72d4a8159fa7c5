"""A server of nothing but live connections, and clients for it: the driver's own tests, without front door and voices."""

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from gemlive_emulator.audio.speech import OUTPUT_RATE, Chunk, Speech, Word
from gemlive_emulator.profiles.admit import Terms, doorkeeper
from gemlive_emulator.server.clock import Clock, RealClock
from gemlive_emulator.server.connection import LiveConnection
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.server.speaker import Speaker, SpeechSource
from gemlive_emulator.server.surroundings import Surroundings
from gemlive_emulator.server.transcriber import Transcriber
from gemlive_emulator.session.behaviour import AT_ONCE, Pace
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.session import Session
from gemlive_emulator.session.steps import Conversation, Reply, Responder, Say, UserTurn
from gemlive_emulator.store.base import Store
from gemlive_emulator.store.memory import MemoryStore
from gemlive_emulator.wire.endpoint import Endpoint

TEXT_MODEL = "models/gemini-2.0-flash-live-001"
AUDIO_MODEL = "models/gemini-2.5-flash-native-audio-preview-12-2025"
TEXT_SETUP = {"setup": {"model": TEXT_MODEL, "generationConfig": {"responseModalities": ["TEXT"]}}}
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def echo(turn: UserTurn, conversation: Conversation) -> Reply:
    """Say back what was said."""
    yield Say(f"You said: {turn.text}")


def speech_of(text: str, seconds: float = 1.0) -> Speech:
    """Silence of a length, in parts of 200 ms."""
    part = Chunk(base64.b64encode(bytes(OUTPUT_RATE // 5 * 2)), OUTPUT_RATE // 5)
    return Speech(text, (part,) * round(seconds * 5), (Word(text, 0.0, seconds),))


@dataclass
class Silence:
    """A source of speech: ``seconds`` of silence for each sentence, never at hand, always made in the thread."""

    seconds: float = 1.0
    cached: bool = False
    spoken: list[str] = field(default_factory=list)
    closed: bool = False

    def lookup(self, text: str, voice: str, language: str, first: bool) -> Speech | None:
        return speech_of(text, self.seconds) if self.cached else None

    def speak(self, text: str, voice: str, language: str, first: bool) -> Speech:
        self.spoken.append(text)
        return speech_of(text, self.seconds)

    def close(self) -> None:
        self.closed = True


@dataclass
class Served:
    """What a test needs of the server."""

    url: str
    port: int
    around: Surroundings

    @asynccontextmanager
    async def client(self, model: str = TEXT_MODEL, **setup: Any) -> AsyncIterator["Client"]:
        """A client whose setup was accepted."""
        async with connect(self.url, compression=None, max_size=None, max_queue=None) as connection:
            client = Client(connection)
            modality = "TEXT" if model == TEXT_MODEL else "AUDIO"
            await client.send(
                {"setup": {"model": model, "generationConfig": {"responseModalities": [modality]}, **setup}}
            )
            assert "setupComplete" in await client.receive()
            yield client

    @asynccontextmanager
    async def raw(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A socket with small buffers on which the upgrade was done."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", self.port))
        reader, writer = await asyncio.open_connection(sock=connection)
        try:
            writer.write(UPGRADE)
            assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
            yield reader, writer
        finally:
            writer.close()

    async def empty(self) -> None:
        """Wait until no connection is left."""
        async with asyncio.timeout(5):
            while self.around.connections:
                gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self.around.on_lost = lambda gone=gone: gone.done() or gone.set_result(None)
                await gone


class Client:
    """Speaks JSON over a WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, message: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            return json.loads(await self.socket.recv())

    async def say(self, text: str) -> None:
        turn = {"role": "user", "parts": [{"text": text}]}
        await self.send({"clientContent": {"turns": [turn], "turnComplete": True}})

    async def turn(self) -> list[dict[str, Any]]:
        """All messages to the end of the model's turn."""
        messages = []
        while True:
            messages.append(await self.receive())
            if messages[-1].get("serverContent", {}).get("turnComplete"):
                return messages

    async def closed(self) -> tuple[int, str]:
        """How the server closed."""
        async with asyncio.timeout(5):
            await self.socket.wait_closed()
        return self.socket.close_code or 0, self.socket.close_reason or ""


def said(messages: list[dict[str, Any]]) -> str:
    """The text of a turn."""
    parts = [message.get("serverContent", {}).get("modelTurn", {}).get("parts", []) for message in messages]
    return "".join(part.get("text", "") for some in parts for part in some)


def audio(messages: list[dict[str, Any]]) -> Iterator[bytes]:
    """The audio parts of a turn."""
    for message in messages:
        for part in message.get("serverContent", {}).get("modelTurn", {}).get("parts", []):
            if "inlineData" in part:
                yield base64.b64decode(part["inlineData"]["data"])


@asynccontextmanager
async def serving(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    responder: Responder = echo,
    source: SpeechSource | None = None,
    pace: Pace | None = AT_ONCE,
    store: Store | None = None,
) -> AsyncIterator[Served]:
    """Serve on a free port; at the end nothing may be left."""
    clock = clock or RealClock()
    speaker = Speaker(lambda: source or Silence(), clock)

    terms = Terms(pace=pace, limits=settings is None or settings.limits)

    def open_session(endpoint: Endpoint) -> Session:
        return Session(doorkeeper(endpoint, responder, terms), Names(1))

    kept = MemoryStore() if store is None else store
    around = Surroundings(settings or Settings(), clock, speaker, Transcriber(clock), kept, open_session)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: LiveConnection(around, Endpoint()), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Served(f"ws://127.0.0.1:{port}/ws", port, around)
    finally:
        server.close()
        for connection in list(around.connections):
            connection.close()
        await Served("", 0, around).empty()
        await speaker.stop()
