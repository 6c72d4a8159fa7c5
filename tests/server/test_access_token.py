"""``POST /token``: what Google's auth libraries ask before they go to Vertex AI."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import google.auth
import google.auth.transport.requests
import pytest
import requests

from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.environment import Address, client_environment
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.server.tls import Certificates


async def test_googles_library_gets_its_token_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with Emulator(Settings(port=0)) as emulator:
        address = Address(emulator.url, Certificates(tmp_path), tmp_path)
        for name, value in client_environment(address, {}, vertex=True).items():
            monkeypatch.setenv(name, value)
        credentials, project = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
        refresh: Callable[[object], None] = credentials.refresh
        with requests.Session() as session:
            await asyncio.to_thread(refresh, google.auth.transport.requests.Request(session))
    assert (project, credentials.token) == ("emulator", "gemlive-emulator-access-token")
    assert credentials.valid
