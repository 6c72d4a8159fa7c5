"""Several emulators with one store: quotas and tokens hold across all, and a store that fails is told as such."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from live_server import Client, said
from quota_house import GEMINI, QUOTA, SETUP, parrot, refused, session, turned_away
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.quotas import LEASE_SECONDS, Quotas, Seat
from gemlive_emulator.server.waits import finish
from gemlive_emulator.store.counters import MemoryCounters
from gemlive_emulator.store.record import StoreError
from gemlive_emulator.wire.endpoint import Endpoint
from redis_servers import redis_running

TOKENS = "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained?access_token="
SPENT = (1011, "Token has been used too many times")
INTERNAL = (1011, "Internal error encountered.")


@asynccontextmanager
async def emulators(store: str, *clocks: ManualClock, **more: Any) -> AsyncIterator[list[Emulator]]:
    """One for each clock, all with the same store."""
    async with AsyncExitStack() as stack:
        settings = Settings(port=0, pace="at-once", voice="formant", store=store, **more)
        yield [await stack.enter_async_context(Emulator(settings, clock=clock, responder=parrot)) for clock in clocks]


async def given_back(emulator: Emulator) -> None:
    """Wait until the store knows what ended at an emulator; the next session may knock at another."""
    await emulator.advance(0)


async def token(emulator: Emulator, **body: Any) -> str:
    async with httpx.AsyncClient() as http:
        response = await http.post(f"{emulator.url}/v1alpha/auth_tokens", headers={"x-goog-api-key": "mine"}, json=body)
    assert response.status_code == 200, response.text
    return str(response.json()["name"])


async def test_the_sessions_of_a_key_are_counted_across_all(where: str):
    async with (
        emulators(where, ManualClock(), ManualClock(50.0), sessions_per_key=3) as (here, there),
        AsyncExitStack() as stack,
    ):
        clients = [await stack.enter_async_context(session(here)) for _ in range(3)]
        assert await refused(there) == QUOTA
        async with session(there, "another"):
            pass
        await clients[0].socket.close()
        await given_back(here)
        async with session(there):
            assert await refused(here) == QUOTA


async def test_it_is_told_at_the_upgrade_as_well(where: str):
    clocks = ManualClock(), ManualClock()
    async with emulators(where, *clocks, sessions_per_key=1, quota_at="upgrade") as (here, there):
        async with session(here):
            assert (await turned_away(there))[0] == 429
        await given_back(here)
        async with session(there):
            pass


async def test_of_many_that_come_to_both_at_once_as_many_begin_as_may(where: str):
    async with emulators(where, ManualClock(), ManualClock(), sessions_per_key=3, sessions_per_minute=3) as both:
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def outcome(emulator: Emulator) -> str:
            async with connect(f"{emulator.url.replace('http', 'ws', 1)}{GEMINI}?key=mine") as connection:
                client = Client(connection)
                await client.send({"setup": SETUP})
                try:
                    told = next(iter(await client.receive()))
                except Exception:
                    return "refused"
                await gone
                return told

        outcomes = [asyncio.ensure_future(outcome(both[number % 2])) for number in range(12)]
        refusals = 0
        async with asyncio.timeout(20):
            for first in asyncio.as_completed(outcomes):
                assert await first == "refused"
                refusals += 1
                if refusals == 9:
                    break
        gone.set_result(None)
        assert sorted(await asyncio.gather(*outcomes)) == ["refused"] * 9 + ["setupComplete"] * 3


async def test_the_sessions_of_a_minute_are_counted_across_all(where: str):
    clocks = ManualClock(), ManualClock()
    async with emulators(where, *clocks, sessions_per_minute=2) as (here, there):
        for emulator in (here, there):
            async with session(emulator):
                pass
        for emulator in (here, there):
            assert await refused(emulator) == QUOTA
        await clocks[1].advance(61)
        async with session(there):
            pass


async def test_the_tokens_of_a_minute_are_counted_across_all(where: str):
    async with emulators(where, ManualClock(), ManualClock(), tokens_per_minute=40) as (here, there):
        async with session(here) as client, session(there) as other, session(there, "another") as third:
            await other.say("A short one.")
            assert said(await other.turn()) == "A short one."
            await client.say("A long one that goes on and on, " * 10)
            await client.turn()
            # What the client was told holds: the tokens of its turn are counted by then.
            await other.say("One too many.")
            assert await other.closed() == QUOTA
            await third.say("Fine here.")
            assert said(await third.turn()) == "Fine here."
        assert await refused(there) == QUOTA


async def test_a_token_made_at_one_is_used_at_another(where: str):
    async with emulators(where, ManualClock(), ManualClock(), strict=False) as (here, there):
        name = await token(here)
        async with session(there, name, TOKENS):
            pass
        for emulator in (here, there):
            assert await refused(emulator, name, TOKENS) == SPENT


async def test_of_two_that_use_a_token_at_once_one_is_told_that_it_is_spent(where: str):
    async with emulators(where, ManualClock(), ManualClock()) as both:
        name = await token(both[0], uses=1)

        async def outcome(emulator: Emulator) -> int:
            async with connect(f"{emulator.url.replace('http', 'ws', 1)}{TOKENS}{name}") as connection:
                client = Client(connection)
                await client.send({"setup": SETUP})
                try:
                    return len(await client.receive())
                except Exception:
                    assert await client.closed() == SPENT
                    return 0

        assert sum(await asyncio.gather(*map(outcome, both))) == 1


async def test_it_expires_at_the_same_time_for_both(where: str):
    clocks = ManualClock(), ManualClock(7.0)
    async with emulators(where, *clocks, limits=False) as (here, there):
        name = await token(here)
        async with session(there, name, TOKENS) as client:
            await clocks[1].advance(1700)
            await client.say("Still there?")
            assert said(await client.turn())
            # The clocks of the two were read one after the other.
            await clocks[1].advance(101)
            assert await client.closed() == (1011, "auth token has expired")


async def test_the_quota_of_a_token_is_that_of_its_key(where: str):
    keys = {"mine": {"sessions": 1}}
    for place in ("setup", "upgrade"):
        async with emulators(where, ManualClock(), ManualClock(), keys=keys, quota_at=place) as (here, there):
            name = await token(here, uses=0)
            async with session(here):
                if place == "setup":
                    assert await refused(there, name, TOKENS) == QUOTA
                else:
                    assert (await turned_away(there, TOKENS + name))[0] == 429
            await given_back(here)
            async with session(there, name, TOKENS):
                pass
            await given_back(there)


async def test_the_places_of_an_emulator_that_stands_still_come_free_by_themselves(where: str):
    clocks = ManualClock(), ManualClock()
    limits = {"sessions_per_key": 1, "limits": False}
    async with emulators(where, *clocks, **limits) as (here, there), session(here) as client:
        await clocks[1].advance(LEASE_SECONDS - 5)
        assert await refused(there) == QUOTA
        await clocks[1].advance(10)
        async with session(there):
            await client.say("I am not thrown out, though.")
            assert said(await client.turn())


async def test_those_of_one_that_lives_do_not(where: str):
    clocks = ManualClock(), ManualClock()
    async with emulators(where, *clocks, sessions_per_key=1, limits=False) as (here, there):
        async with session(here):
            for _ in range(5):
                for clock in clocks:
                    await clock.advance(LEASE_SECONDS)
                assert await refused(there) == QUOTA
        await given_back(here)
        async with session(there):
            pass


async def test_who_lost_a_place_to_another_is_told_in_the_log(where: str, caplog: pytest.LogCaptureFixture):
    clocks = ManualClock(), ManualClock()
    async with emulators(where, *clocks, sessions_per_key=1, limits=False) as (here, there), session(here):
        await clocks[1].advance(LEASE_SECONDS + 5)
        async with session(there):
            await clocks[0].advance(LEASE_SECONDS / 2)
        await given_back(there)
        assert "a session lost its place to another: this emulator stood still for 30 s" in caplog.text
        await clocks[0].advance(LEASE_SECONDS / 2)
        assert await refused(there) == QUOTA, "it takes it again once it is free"


async def test_a_client_that_leaves_while_the_store_is_asked_takes_no_place(tmp_path: Path):
    path = tmp_path / "s.db"
    async with emulators(f"sqlite:{path}", ManualClock(), sessions_per_key=1) as (emulator,):
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        async with connect(f"{emulator.url.replace('http', 'ws', 1)}{GEMINI}?key=mine") as connection:
            await Client(connection).send({"setup": SETUP})
            # What the emulator answers to the ping comes after it has read the setup.
            await (await connection.ping())
        while emulator.connected:
            await asyncio.sleep(0)
        other.execute("ROLLBACK")
        other.close()
        async with session(emulator):
            pass


async def test_what_is_sent_meanwhile_keeps_its_order(where: str):
    async with (
        emulators(where, ManualClock(), sessions_per_key=1) as (emulator,),
        connect(f"{emulator.url.replace('http', 'ws', 1)}{GEMINI}?key=mine") as connection,
    ):
        client = Client(connection)
        await client.send({"setup": SETUP})
        await client.send({"clientContent": {"turns": [{"role": "user", "parts": [{"text": "before"}]}]}})
        await client.say("and after")
        assert "setupComplete" in await client.receive()
        assert said(await client.turn()) == "before and after"


async def test_without_its_store_an_emulator_says_so_and_goes_on_when_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    with redis_running(tmp_path) as server:
        clock = ManualClock()
        limits = {"sessions_per_key": 3, "tokens_per_minute": 10_000, "quota_at": "setup"}
        async with emulators(server.url, clock, limits=False, **limits) as (emulator,), AsyncExitStack() as stack:
            asking, telling = [await stack.enter_async_context(session(emulator)) for _ in range(2)]
            server.kill()
            assert await refused(emulator) == INTERNAL
            async with httpx.AsyncClient() as http:
                response = await http.post(f"{emulator.url}/v1alpha/auth_tokens", headers={"x-goog-api-key": "mine"})
            assert (response.status_code, response.json()["error"]["status"]) == (500, "INTERNAL")
            await asking.say("Is my quota used up?")
            assert await asking.closed() == INTERNAL
            await clock.advance(LEASE_SECONDS / 2)
            assert "the places of sessions are not up to date: the store" in caplog.text
            server.start()
            await telling.say("Still here.")
            assert said(await telling.turn()) == "Still here."
            async with session(emulator):
                pass
            assert [type(failure.error) for failure in emulator.failures] == [StoreError] * 2
            emulator.reset()


async def test_a_store_that_fails_at_the_upgrade_is_told_there(tmp_path: Path):
    with redis_running(tmp_path) as server:
        async with emulators(server.url, ManualClock(), sessions_per_key=3, quota_at="upgrade") as (emulator,):
            server.kill()
            status, body = await turned_away(emulator)
            assert (status, "Internal error encountered." in body) == (500, True)
            emulator.reset()


async def test_a_client_that_leaves_while_its_upgrade_is_judged_harms_nobody(tmp_path: Path):
    path = tmp_path / "s.db"
    settings = {"sessions_per_key": 1, "quota_at": "upgrade"}
    async with emulators(f"sqlite:{path}", ManualClock(), **settings) as (emulator,):
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        _, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
        upgrade = "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        writer.write(f"GET /ws HTTP/1.1\r\n{upgrade}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        while not emulator.connected:
            await asyncio.sleep(0)
        writer.close()
        other.execute("ROLLBACK")
        other.close()
        async with session(emulator):
            pass


async def test_what_fails_once_an_upgrade_is_judged_answers_no_other(where: str):
    """The judgement is of one connection."""
    failed: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: failed.append(context["exception"]))
    settings = {"sessions_per_key": 1, "quota_at": "upgrade"}
    async with emulators(where, ManualClock(), **settings) as (emulator,), session(emulator):
        reception, endpoint = emulator._around.reception, Endpoint(key="mine")

        def fail() -> None:
            refusal = reception.refusal(endpoint)
            raise LookupError(refusal and refusal.code)

        assert reception.ask(endpoint, fail)
        while not failed:
            await asyncio.sleep(0)
        assert repr(failed) == "[LookupError(429)]"
        assert reception.ask(endpoint, lambda: None)
        await emulator.advance(0)


async def test_sessions_of_the_same_name_at_two_emulators_have_a_place_each():
    counters, clock = MemoryCounters(), ManualClock()
    both = [Quotas(counters, clock, clock.now) for _ in range(2)]
    for quotas in both:
        await finish(quotas._sit("the same", Seat("sessions/x", 2)), clock)
    assert counters.taken("sessions/x", clock.now()) == 2
