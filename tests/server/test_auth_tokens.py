"""Ephemeral tokens of a running emulator: what they pin, how often and how long they are good."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from live_server import TEXT_MODEL, TEXT_SETUP, Client, said
from quota_house import Emulating, emulating_over
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn

SERVICE = "/ws/google.ai.generativelanguage.{}.GenerativeService.BidiGenerateContent"
SPENT = (1011, "Token has been used too many times")
EXPIRED = (1011, "Token has expired")
ENDED = (1011, "auth token has expired")
INVALID = (1007, "API key not valid. Please pass a valid API key.")


def who(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(f"{conversation.model}: {conversation.system_instruction or 'no instruction'}")


@pytest.fixture
def emulating(any_store: str) -> Emulating:
    """Makes emulators with settings, over each of the stores."""
    return emulating_over(any_store, who)


async def post(
    emulator: Emulator, body: dict[str, Any] | None = None, key: str = "mine", version: str = "v1alpha"
) -> httpx.Response:
    async with httpx.AsyncClient() as http:
        path = f"{emulator.url}/{version}/auth_tokens"
        headers = {"x-goog-api-key": key} if key else {}
        return await http.post(path, headers=headers, content=b"" if body is None else json.dumps(body))


async def token(emulator: Emulator, body: dict[str, Any] | None = None, key: str = "mine") -> str:
    response = await post(emulator, body, key)
    assert response.status_code == 200, response.text
    told: dict[str, str] = response.json()
    return told.pop("name") if len(told) == 1 else ""


def url(
    emulator: Emulator, name: str, version: str = "v1alpha", method: str = "Constrained", by: str = "access_token"
) -> str:
    return emulator.url.replace("http", "ws", 1) + SERVICE.format(version) + f"{method}?{by}={name}"


@asynccontextmanager
async def knocking(address: str, setup: dict[str, Any] | None = None) -> AsyncIterator[Client]:
    """A client that has sent its setup."""
    async with connect(address) as connection:
        client = Client(connection)
        await client.send(TEXT_SETUP if setup is None else {"setup": setup})
        yield client


async def refused(address: str, setup: dict[str, Any] | None = None) -> tuple[int, str]:
    async with knocking(address, setup) as client:
        return await client.closed()


async def let_in(address: str, setup: dict[str, Any] | None = None) -> str:
    """What the model says of itself."""
    async with knocking(address, setup) as client:
        assert "setupComplete" in await client.receive()
        await client.say("Who are you?")
        return said(await client.turn())


async def test_a_token_opens_one_session(emulating: Emulating):
    async with emulating() as emulator:
        name = await token(emulator)
        assert re.fullmatch(r"auth_tokens/[0-9a-f]{64}", name)
        assert await let_in(url(emulator, name)) == "gemini-2.0-flash-live-001: no instruction"
        assert await refused(url(emulator, name)) == SPENT


@pytest.mark.parametrize("version", ["v1alpha", "v1beta", "v1"])
async def test_each_version_makes_and_takes_them(emulating: Emulating, version: str):
    async with emulating() as emulator:
        name = (await post(emulator, {}, version=version)).json()["name"]
        assert await let_in(url(emulator, name, version))


@pytest.mark.parametrize("spelling", ["Token", "Bearer"])
async def test_it_may_come_in_a_header(emulating: Emulating, spelling: str):
    async with emulating() as emulator:
        name = await token(emulator)
        path = emulator.url.replace("http", "ws", 1) + SERVICE.format("v1alpha") + "Constrained"
        headers = {"Authorization": f"{spelling} {name}", "x-goog-api-key": name}
        async with connect(path, additional_headers=headers) as connection:
            client = Client(connection)
            await client.send(TEXT_SETUP)
            assert "setupComplete" in await client.receive()
        assert await refused(url(emulator, name)) == SPENT


@pytest.mark.parametrize(("uses", "sessions"), [(2, 2), (0, 4)])
async def test_it_may_be_used_more_often(emulating: Emulating, uses: int, sessions: int):
    async with emulating() as emulator:
        name = await token(emulator, {"uses": uses})
        for _ in range(sessions):
            await let_in(url(emulator, name))
        if uses:
            assert await refused(url(emulator, name)) == SPENT


async def test_a_setup_that_is_refused_is_no_use(emulating: Emulating):
    async with emulating() as emulator:
        name = await token(emulator)
        wrong = {"model": TEXT_MODEL, "generationConfig": {"responseModalities": ["TEXT", "AUDIO"]}}
        assert (await refused(url(emulator, name), wrong))[0] == 1007
        assert await let_in(url(emulator, name))


async def test_resuming_is_no_use_and_another_token_may_do_it(emulating: Emulating):
    async with emulating() as emulator:
        name, other = await token(emulator), await token(emulator)
        setup = {**TEXT_SETUP["setup"], "sessionResumption": {}}
        async with knocking(url(emulator, name), setup) as client:
            assert "setupComplete" in await client.receive()
            await client.say("Remember me.")
            await client.turn()
            handle = (await client.receive())["sessionResumptionUpdate"]["newHandle"]
        assert await refused(url(emulator, name)) == SPENT
        resumed = {**setup, "sessionResumption": {"handle": handle}}
        assert await let_in(url(emulator, name), resumed)
        assert await let_in(url(emulator, other), resumed)
        assert await let_in(url(emulator, other)), "the other one is not used up either"


async def test_the_pinned_setup_wins(emulating: Emulating):
    pinned = {
        "model": TEXT_MODEL,
        "generationConfig": {"responseModalities": ["TEXT"]},
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
    }
    async with emulating() as emulator:
        name = await token(emulator, {"uses": 0, "bidiGenerateContentSetup": pinned})
        theirs = {"model": "models/gemini-3.8-live", "systemInstruction": {"parts": [{"text": "Be rude."}]}}
        for setup in (theirs, {}):
            assert await let_in(url(emulator, name), setup) == "gemini-2.0-flash-live-001: Be kind."
        name = await token(emulator, {"bidi_generate_content_setup": pinned, "field_mask": "systemInstruction"})
        asked = {**TEXT_SETUP["setup"], **theirs, "model": "models/gemini-2.0-flash-exp"}
        assert await let_in(url(emulator, name), asked) == "gemini-2.0-flash-exp: Be kind."


async def test_new_sessions_may_begin_for_a_minute_by_the_clock_of_the_emulator(emulating: Emulating):
    clock = ManualClock()
    async with emulating(clock) as emulator:
        name = await token(emulator, {"uses": 0})
        await clock.advance(59.9)
        await let_in(url(emulator, name))
        await clock.advance(0.1)
        assert await refused(url(emulator, name)) == EXPIRED


async def test_it_expires_in_flight(emulating: Emulating):
    clock = ManualClock()
    async with emulating(clock, limits=False) as emulator:
        name = await token(emulator)
        async with knocking(url(emulator, name)) as client:
            assert "setupComplete" in await client.receive()
            await clock.advance(1799.5)
            await client.say("Still there?")
            assert said(await client.turn())
            await clock.advance(0.5)
            assert await client.closed() == ENDED


async def test_handles_are_good_after_the_time_for_new_sessions_until_the_token_expires(emulating: Emulating):
    clock = ManualClock()
    async with emulating(clock) as emulator:
        name = await token(emulator)
        setup = {**TEXT_SETUP["setup"], "sessionResumption": {}}
        async with knocking(url(emulator, name), setup) as client:
            assert "setupComplete" in await client.receive()
            await client.say("Hello")
            await client.turn()
            handle = (await client.receive())["sessionResumptionUpdate"]["newHandle"]
        resumed = {**setup, "sessionResumption": {"handle": handle}}
        await clock.advance(600)
        assert await let_in(url(emulator, name), resumed)
        await clock.advance(1200)
        assert await refused(url(emulator, name), resumed) == EXPIRED


@pytest.mark.parametrize(
    ("strict", "keys", "method", "outcome"),
    [
        (False, None, "Constrained", None),
        (True, None, "Constrained", INVALID),
        (False, {"mine": "valid"}, "Constrained", INVALID),
        (False, None, "", INVALID),
    ],
)
async def test_a_token_of_nobody(
    emulating: Emulating,
    strict: bool,
    keys: dict[str, str] | None,
    method: str,
    outcome: tuple[int, str] | None,
    caplog: pytest.LogCaptureFixture,
):
    name = "auth_tokens/made-by-nobody-0123"
    async with emulating(strict=strict, keys=keys) as emulator:
        if outcome is None:
            assert await let_in(url(emulator, name, method=method))
            assert "this ephemeral token was not made here" in caplog.text
        else:
            assert await refused(url(emulator, name, method=method, by="key")) == outcome
    assert "made-by-nobody" not in caplog.text


async def test_a_token_is_not_good_on_the_path_of_keys(emulating: Emulating):
    async with emulating() as emulator:
        name = await token(emulator)
        assert await refused(url(emulator, name, method="")) == INVALID
        assert await let_in(url(emulator, name))


async def test_a_path_that_nobody_knows_may_be_theirs(emulating: Emulating):
    async with emulating() as emulator:
        name = await token(emulator)
        address = f"{emulator.url.replace('http', 'ws', 1)}/gateway?access_token={name}"
        assert await let_in(address)
        assert await refused(address) == SPENT


@pytest.mark.parametrize("strict", [False, True])
async def test_a_key_on_the_path_of_tokens(emulating: Emulating, strict: bool, caplog: pytest.LogCaptureFixture):
    async with emulating(strict=strict) as emulator:
        if strict:
            assert await refused(url(emulator, "plain", by="key")) == INVALID
        else:
            assert await let_in(url(emulator, "plain", by="key"))
            assert "this path takes ephemeral tokens only" in caplog.text


@pytest.mark.parametrize(
    ("key", "status", "words"),
    [
        ("mine", 200, ""),
        ("other", 400, INVALID[1]),
        ("", 400, INVALID[1]),
        ("old", 400, "API key expired. Please renew the API key."),
        ("shut", 403, "Your project has been denied access. Please contact support."),
        ("empty", 429, "You exceeded your current quota, please check"),
    ],
)
async def test_only_a_good_key_makes_tokens(emulating: Emulating, key: str, status: int, words: str):
    keys = {"mine": "valid", "old": "expired", "shut": "denied", "empty": "out-of-quota"}
    async with emulating(keys=keys) as emulator:
        response = await post(emulator, {}, key=key)
        assert response.status_code == status
        if status == 200:
            assert await let_in(url(emulator, response.json()["name"]))
        else:
            assert response.json()["error"]["message"].startswith(words)


async def test_a_token_makes_no_tokens(emulating: Emulating):
    async with emulating() as emulator:
        response = await post(emulator, {}, key=await token(emulator))
        assert (response.status_code, response.json()["error"]["message"]) == (400, INVALID[1])


async def test_a_reset_forgets_tokens_unless_other_emulators_share_them(emulating: Emulating, any_store: str):
    async with emulating(strict=True) as emulator:
        name = await token(emulator)
        emulator.reset()
        # Where it is known it gets as far as the model, which was shut down.
        assert (await refused(url(emulator, name)))[0] == (1007 if any_store == "memory" else 1008)
