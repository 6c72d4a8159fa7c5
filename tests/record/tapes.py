"""Recordings for tests, written as short as they can be."""

import json
from base64 import b64encode
from typing import Any

from gemlive_emulator.wire.tape import Frame, Tape, Taped

MODEL = "models/gemini-2.0-flash-live-001"
SETUP = {"setup": {"model": MODEL, "generationConfig": {"responseModalities": ["TEXT"]}}}
READY = {"setupComplete": {}}


def client(time: float, message: dict[str, Any], frame: Frame = "") -> Taped:
    return Taped(time, "client", json.dumps(message).encode(), frame=frame)


def server(time: float, message: dict[str, Any], frame: Frame = "") -> Taped:
    return Taped(time, "server", json.dumps(message).encode(), frame=frame)


def closed(time: float, code: int = 1000, words: str = "", by: Any = "server") -> Taped:
    return Taped(time, by, code=code, words=words)


def typed(text: str) -> dict[str, Any]:
    return {"clientContent": {"turns": [{"role": "user", "parts": [{"text": text}]}], "turnComplete": True}}


def says(text: str) -> dict[str, Any]:
    return {"serverContent": {"modelTurn": {"parts": [{"text": text}]}}}


DONE = {"serverContent": {"turnComplete": True}}


def sound(octets: bytes, rate: int = 16000) -> dict[str, Any]:
    blob = {"mimeType": f"audio/pcm;rate={rate}", "data": b64encode(octets).decode()}
    return {"realtimeInput": {"audio": blob}}


def tape(*taped: Taped, **about: Any) -> Tape:
    return Tape("recorded", "/ws", taped, **about)


GREETING = tape(
    client(0.0, SETUP),
    server(0.1, READY),
    client(1.0, typed("Hello")),
    server(1.5, says("Hello there!")),
    server(1.6, DONE),
    client(3.0, typed("Bye")),
    server(3.5, says("Goodbye!")),
    server(3.6, DONE),
    closed(4.0, 1000, by="client"),
)
