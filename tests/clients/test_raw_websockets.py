"""The plain ``websockets`` client against the one port, with and without TLS."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from emulators import Serving
from websockets.sync.client import ClientConnection, connect

pytestmark = pytest.mark.clients

PATHS = [
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=any",
    "//ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent?key=any",
    "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained?access_token=any",
    "/some/prefix/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent",
]
SETUP = {"setup": {"model": "models/gemini-2.0-flash-live-001", "generation_config": {"response_modalities": ["text"]}}}
QUESTION = {"client_content": {"turns": [{"role": "user", "parts": [{"text": "Grüße"}]}], "turn_complete": True}}


@contextmanager
def connected(emulator: Serving, scheme: str, path: str) -> Iterator[ClientConnection]:
    """A connection by one of the two schemes; both go to the same port."""
    trust = ssl.create_default_context(cafile=emulator.environment()["SSL_CERT_FILE"]) if scheme == "wss" else None
    with connect(f"{scheme}://127.0.0.1:{emulator.port}{path}", ssl=trust, proxy=None) as connection:
        yield connection


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_every_frame_is_binary_and_in_order(emulator: Serving, scheme: str, path: str) -> None:
    with connected(emulator, scheme, path) as connection:
        connection.send(json.dumps(SETUP))
        connection.send(json.dumps(QUESTION))
        frames: list[bytes] = []
        while not frames or b'"turnComplete"' not in frames[-1]:
            frame = connection.recv(timeout=30)
            assert isinstance(frame, bytes)
            frames.append(frame)
    assert all(frame.isascii() for frame in frames)
    messages = [json.loads(frame) for frame in frames]
    assert list(messages[0]) == ["setupComplete"]
    assert messages[-2] == {"serverContent": {"generationComplete": True}}
    assert set(messages[-1]) == {"serverContent", "usageMetadata"}
    texts = [part["text"] for message in messages[1:-2] for part in message["serverContent"]["modelTurn"]["parts"]]
    assert "Grüße" in "".join(texts) or "Hello" in "".join(texts)


def test_both_schemes_at_once_are_two_sessions(emulator: Serving) -> None:
    with connected(emulator, "ws", PATHS[0]) as plain, connected(emulator, "wss", PATHS[0]) as secret:
        for connection, words in ((plain, "plain-1"), (secret, "secret-2")):
            connection.send(json.dumps(SETUP))
            asked = {"turns": [{"parts": [{"text": f"Please repeat {words}."}]}], "turnComplete": True}
            connection.send(json.dumps({"clientContent": asked}))
        heard = {"plain-1": answer(plain), "secret-2": answer(secret)}
    assert all(words in text for words, text in heard.items())
    assert "plain-1" not in heard["secret-2"]
    assert "secret-2" not in heard["plain-1"]


def answer(connection: ClientConnection) -> str:
    """The text of the turn that comes next."""
    told = ""
    while True:
        content = json.loads(connection.recv(timeout=30)).get("serverContent", {})
        told += "".join(part.get("text", "") for part in content.get("modelTurn", {}).get("parts", []))
        if content.get("turnComplete"):
            return told
