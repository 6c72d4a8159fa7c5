"""``POST /token``: what Google's auth libraries ask before they go to Vertex AI."""

import asyncio
import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import google.auth
import google.auth.transport.requests
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.oauth2 import service_account
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

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


async def test_a_service_account_gets_its_token_here_and_comes_in_with_it_where_keys_are_named():
    """Measured: google-auth posts a signed assertion to whatever ``token_uri`` the account's file names."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    async with Emulator(Settings(port=0, keys={"some-api-key": "valid"})) as emulator:
        account = {"client_email": "me@emulator.example", "private_key": pem, "token_uri": f"{emulator.url}/token"}
        credentials = service_account.Credentials.from_service_account_info(account, scopes=["any"])
        refresh: Callable[[object], None] = credentials.refresh
        with requests.Session() as session:
            await asyncio.to_thread(refresh, google.auth.transport.requests.Request(session))
        path = (
            emulator.url.replace("http", "ws", 1)
            + "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
        )
        for token, comes_in in ((credentials.token, True), ("somebody-elses", False)):
            with nullcontext() if comes_in else pytest.raises(InvalidStatus, match="401"):
                async with connect(path, additional_headers={"Authorization": f"Bearer {token}"}) as connection:
                    await connection.send('{"setup": {"model": "publishers/google/models/gemini-live-2.5-flash"}}')
                    assert "setupComplete" in json.loads(await connection.recv())
