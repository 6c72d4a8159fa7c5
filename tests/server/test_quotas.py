"""Keys with limits: sessions at once, sessions and tokens per minute, and where a client is told."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from live_server import Client, said
from quota_house import (
    GEMINI,
    QUOTA,
    SETUP,
    VERTEX,
    WORDS,
    Emulating,
    emulating_over,
    parrot,
    refused,
    session,
    turned_away,
)
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.keys import ACCESS_TOKEN, Keys


@pytest.fixture
def emulating(any_store: str) -> Emulating:
    """Makes emulators with settings, over each of the stores."""
    return emulating_over(any_store, parrot)


async def test_the_fourth_session_of_a_key_gets_the_words_of_a_quota(
    emulating: Emulating, caplog: pytest.LogCaptureFixture
):
    async with emulating(sessions_per_key=3) as emulator, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(session(emulator)) for _ in range(3)]
        assert await refused(emulator) == QUOTA
        assert "3 sessions of this key are open at once" in caplog.text
        async with session(emulator, "another"):
            pass
        await clients[0].socket.close()
        async with session(emulator):
            assert await refused(emulator) == QUOTA


async def test_it_may_be_told_at_the_upgrade(emulating: Emulating):
    async with emulating(sessions_per_key=1, quota_at="upgrade") as emulator:
        async with session(emulator):
            status, body = await turned_away(emulator)
            assert status == 429
            assert WORDS in body
            assert '"RESOURCE_EXHAUSTED"' in body
        async with session(emulator):
            pass


async def test_of_two_that_knock_at_once_one_is_told_at_its_setup(emulating: Emulating):
    async with emulating(sessions_per_key=1, quota_at="upgrade") as emulator:
        address = f"{emulator.url.replace('http', 'ws', 1)}{GEMINI}?key=mine"
        async with connect(address) as one, connect(address) as other:
            first, second = Client(one), Client(other)
            await first.send({"setup": SETUP})
            assert "setupComplete" in await first.receive()
            await second.send({"setup": SETUP})
            assert await second.closed() == QUOTA


@pytest.mark.parametrize("place", ["setup", "upgrade"])
async def test_sessions_per_minute(emulating: Emulating, place: str):
    clock = ManualClock()
    async with emulating(clock, sessions_per_minute=2, quota_at=place) as emulator:
        for _ in range(2):
            async with session(emulator):
                pass
        if place == "setup":
            assert await refused(emulator) == QUOTA
        else:
            assert (await turned_away(emulator))[0] == 429
        await clock.advance(60)
        async with session(emulator):
            pass


async def test_when_the_tokens_of_a_minute_are_used_up_the_next_turn_gets_the_close(emulating: Emulating):
    clock = ManualClock()
    async with emulating(clock, tokens_per_minute=40) as emulator:
        async with session(emulator) as client, session(emulator, "another") as other:
            await client.say("A short one.")
            assert (await client.turn())[-1]["usageMetadata"]["totalTokenCount"] < 40
            await client.say("A long one that goes on and on, " * 10)
            assert said(await client.turn()).startswith("A long one")
            await client.say("One too many.")
            assert await client.closed() == QUOTA
            await other.say("Fine here.")
            assert said(await other.turn()) == "Fine here."
        assert await refused(emulator) == QUOTA
        await clock.advance(60)
        async with session(emulator) as client:
            await client.say("Again.")
            assert said(await client.turn()) == "Again."


async def test_a_key_may_have_limits_of_its_own(emulating: Emulating):
    keys = {"small": {"sessions": 1}, "large": "valid", "old": {"state": "expired", "sessions": 5}}
    async with emulating(keys=keys, sessions_per_key=2) as emulator, AsyncExitStack() as stack:
        for key in ("small", "large", "large"):
            await stack.enter_async_context(session(emulator, key))
        assert await refused(emulator, "small") == QUOTA
        assert await refused(emulator, "large") == QUOTA
        assert await refused(emulator, "old") == (1007, "API key expired. Please renew the API key.")


async def test_a_setup_that_is_refused_takes_no_place(emulating: Emulating):
    async with emulating(sessions_per_key=1) as emulator:
        async with connect(f"{emulator.url.replace('http', 'ws', 1)}{GEMINI}?key=mine") as connection:
            client = Client(connection)
            await client.send({"setup": {**SETUP, "sessionResumption": {"handle": "dead"}}})
            assert (await client.closed())[0] == 1008
        async with session(emulator):
            assert await refused(emulator) == QUOTA


async def test_a_reset_forgets_what_was_used_up_unless_other_emulators_share_it(emulating: Emulating, any_store: str):
    async with emulating(sessions_per_key=1) as emulator, session(emulator):
        emulator.reset()
        if any_store != "memory":
            assert await refused(emulator) == QUOTA
            return
        async with session(emulator):
            assert await refused(emulator) == QUOTA


@pytest.mark.parametrize(
    ("key", "status"), [("out", 429), ("capped", 429), ("broke", 429), ("old", None), ("unknown", None)]
)
async def test_of_the_states_of_keys_those_of_quotas_can_be_told_at_the_upgrade(
    emulating: Emulating, key: str, status: int | None
):
    keys = {"out": "out-of-quota", "capped": "spending-cap", "broke": "no-credits", "old": "expired"}
    async with emulating(keys=keys, quota_at="upgrade") as emulator:
        if status is None:
            assert (await refused(emulator, key))[0] == 1007
        else:
            assert (await turned_away(emulator, f"{GEMINI}?key={key}"))[0] == status


@pytest.mark.parametrize(
    ("bearer", "good"),
    [("mine", True), (ACCESS_TOKEN, True), ("other", False), ("old", False), ("", False), ("busy", None)],
)
async def test_a_bearer_of_vertex_is_judged_at_the_upgrade(emulating: Emulating, bearer: str, good: bool | None):
    keys = {"mine": "valid", "old": "expired", "busy": "out-of-quota"}
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    async with emulating(keys=keys) as emulator:
        if good is False:
            status, body = await turned_away(emulator, VERTEX, **headers)
            assert status == 401
            assert '"UNAUTHENTICATED"' in body
            return
        address = emulator.url.replace("http", "ws", 1) + VERTEX
        async with connect(address, additional_headers=headers) as connection:
            client = Client(connection)
            await client.send({"setup": {"model": "publishers/google/models/gemini-live-2.5-flash"}})
            if good:
                assert "setupComplete" in await client.receive()
            else:
                assert await client.closed() == QUOTA


async def test_the_token_for_vertex_is_good_unless_the_keys_say_otherwise(emulating: Emulating):
    async with emulating(keys={ACCESS_TOKEN: "expired"}) as emulator:
        assert (await turned_away(emulator, VERTEX, Authorization=f"Bearer {ACCESS_TOKEN}"))[0] == 401


async def test_a_scenario_says_the_state_of_keys(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    file = tmp_path / "keys.yaml"
    file.write_text("for: {key: old}\nkey_state: expired\n---\nscenario: good\nfor: {key: new}\nkey_state: valid\n")
    settings = Settings(port=0, pace="at-once", voice="formant", scenario=str(file), keys={"old": "valid"})
    async with Emulator(settings) as emulator:
        assert await refused(emulator, "old") == (1007, "API key expired. Please renew the API key.")
        assert "the scenario says so" in caplog.text
        assert (await refused(emulator, "other"))[1].startswith("API key not valid.")
        async with session(emulator, "new"):
            pass


async def test_a_key_is_never_logged(emulating: Emulating, caplog: pytest.LogCaptureFixture):
    secret = "a-secret-key-of-somebody"
    async with emulating(keys={"mine": "valid", secret: "expired"}, sessions_per_key=1) as emulator:
        await refused(emulator, secret)
        async with session(emulator):
            await refused(emulator)
    assert "closed 1007" in caplog.text
    assert secret not in caplog.text


def test_limits_that_a_key_does_not_name_are_the_usual_ones():
    keys = Keys(Settings(keys={"a": "valid", "b": {"sessions": 0}}, sessions_per_key=3, tokens_per_minute=9))
    assert (keys.of("a").sessions, keys.of("b").sessions, keys.of("b").tokens_per_minute) == (3, 0, 9)
    assert keys.of("c").state == "invalid"
    assert Keys(Settings()).states is None
