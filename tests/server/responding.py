"""Emulators whose answers come from a responder, and what happened there."""

import asyncio
from typing import Any

from live_server import TEXT_SETUP, Client
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.responders import AnyResponder

GEMINI = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


def emulator_of(responder: AnyResponder, clock: ManualClock | None = None) -> Emulator:
    return Emulator(Settings(port=0, pace="at-once", voice="formant"), responder=responder, clock=clock)


def client_of(emulator: Emulator) -> connect:
    return connect(emulator.url.replace("http", "ws", 1) + GEMINI)


async def opened(connection: Any, **setup: Any) -> Client:
    client = Client(connection)
    await client.send({"setup": {**TEXT_SETUP["setup"], **setup}})
    assert await client.receive() == {"setupComplete": {}}
    return client


class Log(list[str]):
    """What happened, and a way to wait for it."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()

    def note(self, what: str) -> None:
        self.append(what)
        self.changed.set()

    async def until(self, what: str) -> None:
        async with asyncio.timeout(5):
            while what not in self:
                self.changed.clear()
                await self.changed.wait()
