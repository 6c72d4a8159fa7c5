"""An emulator whose time stands still, what asks it over HTTP, and a client that talks to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from live_server import TEXT_SETUP, Client
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server.control.entrance import PREFIX

LIVE = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


class House:
    """The emulator and its control interface."""

    def __init__(self, emulator: Emulator, http: httpx.AsyncClient) -> None:
        self.emulator = emulator
        self._http = http

    async def get(self, path: str) -> Any:
        """The answer, which is a success."""
        return self._told(await self._http.get(PREFIX + path))

    async def post(self, path: str, **body: Any) -> Any:
        """The same."""
        return self._told(await self._http.post(PREFIX + path, json=body))

    async def refused(self, path: str, status: int, **body: Any) -> dict[str, Any]:
        """The error that is answered."""
        response = await self._http.post(PREFIX + path, json=body)
        assert response.status_code == status, response.text
        error: dict[str, Any] = response.json()["error"]
        assert error["message"]
        assert error["right"]
        return error

    @asynccontextmanager
    async def client(self, *, setup: bool = True, query: str = "") -> AsyncIterator[Client]:
        """A client, whose setup is accepted."""
        async with connect(self.emulator.url.replace("http", "ws") + LIVE + query) as socket:
            client = Client(socket)
            if setup:
                await client.send(TEXT_SETUP)
                assert await client.receive() == {"setupComplete": {}}
            yield client

    async def answer(self, client: Client, text: str) -> list[dict[str, Any]]:
        """All messages of the turn that answers this."""
        await client.say(text)
        await self.emulator.advance(60)
        return await client.turn()

    @staticmethod
    def _told(response: httpx.Response) -> Any:
        assert response.status_code == 200, response.text
        return response.json()


@asynccontextmanager
async def house(**settings: Any) -> AsyncIterator[House]:
    """Start one, and forget at its end what was set."""
    async with (
        Emulator(Settings(port=0, voice="formant", clock="manual", limits=False, **settings)) as emulator,
        httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http,
    ):
        yield House(emulator, http)
        emulator.reset()
