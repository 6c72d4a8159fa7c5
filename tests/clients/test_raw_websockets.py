"""The plain ``websockets`` client against the one port, with and without TLS."""

import json
import ssl
from asyncio import timeout
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from emulators import Serving
from websockets.asyncio.client import ClientConnection, connect

pytestmark = pytest.mark.clients

PATHS = [
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=any",
    "//ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent?key=any",
    "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained?access_token=any",
    "/some/prefix/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent",
]
SETUP = {"setup": {"model": "models/gemini-2.0-flash-live-001", "generation_config": {"response_modalities": ["text"]}}}
QUESTION = {"client_content": {"turns": [{"role": "user", "parts": [{"text": "Grüße"}]}], "turn_complete": True}}


@asynccontextmanager
async def connected(emulator: Serving, scheme: str, path: str) -> AsyncIterator[ClientConnection]:
    """A connection by one of the two schemes; both go to the same port.

    Not by the library's threads: two of them use one TLS connection, and once in a thousand times nothing is sent.
    """
    trust = ssl.create_default_context(cafile=emulator.environment()["SSL_CERT_FILE"]) if scheme == "wss" else None
    async with connect(f"{scheme}://127.0.0.1:{emulator.port}{path}", ssl=trust, proxy=None) as connection:
        yield connection


async def next_frame(connection: ClientConnection) -> bytes | str:
    """What the server sends next."""
    async with timeout(30):
        return await connection.recv()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_every_frame_is_binary_and_in_order(emulator: Serving, scheme: str, path: str) -> None:
    async with connected(emulator, scheme, path) as connection:
        await connection.send(json.dumps(SETUP))
        await connection.send(json.dumps(QUESTION))
        frames: list[bytes] = []
        while not frames or b'"turnComplete"' not in frames[-1]:
            frame = await next_frame(connection)
            assert isinstance(frame, bytes)
            frames.append(frame)
    assert all(frame.isascii() for frame in frames)
    messages = [json.loads(frame) for frame in frames]
    assert list(messages[0]) == ["setupComplete"]
    assert messages[-2] == {"serverContent": {"generationComplete": True}}
    assert set(messages[-1]) == {"serverContent", "usageMetadata"}
    texts = [part["text"] for message in messages[1:-2] for part in message["serverContent"]["modelTurn"]["parts"]]
    assert "Grüße" in "".join(texts) or "Hello" in "".join(texts)


async def test_both_schemes_at_once_are_two_sessions(emulator: Serving) -> None:
    async with connected(emulator, "ws", PATHS[0]) as plain, connected(emulator, "wss", PATHS[0]) as secret:
        for connection, words in ((plain, "plain-1"), (secret, "secret-2")):
            await connection.send(json.dumps(SETUP))
            asked = {"turns": [{"parts": [{"text": f"Please repeat {words}."}]}], "turnComplete": True}
            await connection.send(json.dumps({"clientContent": asked}))
        heard = {"plain-1": await answer(plain), "secret-2": await answer(secret)}
    assert all(words in text for words, text in heard.items())
    assert "plain-1" not in heard["secret-2"]
    assert "secret-2" not in heard["plain-1"]


async def answer(connection: ClientConnection) -> str:
    """The text of the turn that comes next."""
    told = ""
    while True:
        content = json.loads(await next_frame(connection)).get("serverContent", {})
        told += "".join(part.get("text", "") for part in content.get("modelTurn", {}).get("parts", []))
        if content.get("turnComplete"):
            return told
