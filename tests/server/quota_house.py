"""Clients that want a session, and how they are let in, closed or turned away."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from live_server import TEXT_MODEL, Client
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.session.steps import Conversation, Reply, Responder, Say, UserTurn

GEMINI = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
VERTEX = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
WORDS = "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: h"
QUOTA = (1011, WORDS)
SETUP = {"model": TEXT_MODEL, "generationConfig": {"responseModalities": ["TEXT"]}}


Emulating = Callable[..., AbstractAsyncContextManager[Emulator]]


def emulating_over(store: str, responder: Responder) -> Emulating:
    """What makes emulators with settings, all over this store."""

    @asynccontextmanager
    async def emulating(clock: ManualClock | None = None, **more: Any) -> AsyncIterator[Emulator]:
        settings = Settings(port=0, pace="at-once", voice="formant", store=store, **more)
        async with Emulator(settings, clock=clock, responder=responder) as emulator:
            yield emulator

    return emulating


def parrot(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(turn.text)


@asynccontextmanager
async def session(emulator: Emulator, key: str = "mine", path: str = f"{GEMINI}?key=") -> AsyncIterator[Client]:
    """A client whose setup was accepted."""
    async with connect(f"{emulator.url.replace('http', 'ws', 1)}{path}{key}") as connection:
        client = Client(connection)
        await client.send({"setup": SETUP})
        assert "setupComplete" in await client.receive()
        yield client


async def refused(emulator: Emulator, key: str = "mine", path: str = f"{GEMINI}?key=") -> tuple[int, str]:
    """How a client is closed in answer to its setup."""
    async with connect(f"{emulator.url.replace('http', 'ws', 1)}{path}{key}") as connection:
        client = Client(connection)
        await client.send({"setup": SETUP})
        return await client.closed()


async def turned_away(emulator: Emulator, path: str = f"{GEMINI}?key=mine", **headers: str) -> tuple[int, Any]:
    """How the upgrade is answered."""
    with pytest.raises(InvalidStatus) as caught:
        await connect(emulator.url.replace("http", "ws", 1) + path, additional_headers=headers).__aenter__()
    response = caught.value.response
    assert response.headers["Content-Type"] == "application/json; charset=UTF-8"
    return response.status_code, bytes(response.body or b"").decode()
