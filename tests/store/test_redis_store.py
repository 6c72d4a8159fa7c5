"""What a server alone has to do: come and go, lose everything, and keep to its own clock."""

import asyncio

import pytest
from redis.asyncio import Redis

from gemlive_emulator.session.history import LiveSnapshot
from gemlive_emulator.session.steps import Said
from gemlive_emulator.store.record import StoreError
from gemlive_emulator.store.redis_store import RedisStore
from redis_servers import redis_running
from servers import LASTS, history, settled, texts

NOW = 1000.0


@pytest.fixture
def server(tmp_path):
    with redis_running(tmp_path) as server:
        yield server


@pytest.fixture
async def store(server):
    store = RedisStore(server.url, LASTS)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def client(server):
    async with Redis.from_url(server.url, decode_responses=True) as client:
        yield client


async def test_everything_lapses_by_the_servers_own_clock(store, client):
    said, scribe = history("one"), store.scribe()
    await settled(scribe.remember("h", LiveSnapshot(said), NOW))
    await settled(store.take("place", "holder", 3, 50.0, NOW))
    await settled(store.take("place", "short", 3, 5.0, NOW))
    await settled(store.spend("tokens", 1, 60.0, NOW))
    await settled(store.note("token", "text", 7200.0, NOW))
    lives = {key.split(":")[1]: await client.pttl(key) for key in await client.keys()}
    assert set(lives) == {"entries", "head", "handle", "places", "spent", "note"}
    # Counts lapse by the emulator's clock, which may stand still for a while.
    expected = {"entries": LASTS, "head": LASTS, "handle": LASTS, "places": 3600, "spent": 3600, "note": 7200}
    for kind, seconds in expected.items():
        assert 0 < lives[kind] <= seconds * 1000


async def test_a_faster_clock_of_the_emulator_lets_them_lapse_sooner(server, client):
    store = RedisStore(server.url, LASTS, haste=1000.0)
    await store.open()
    await settled(store.scribe().remember("h", history("one").snapshot(), NOW))
    assert 0 < await client.pttl("gemlive:handle:h") <= LASTS
    await settled(store.take("place", "holder", 3, 0.0, NOW))
    await store.close()


async def test_all_keys_have_the_prefix(store, client):
    await settled(store.scribe().remember("h", history("one").snapshot(), NOW))
    await settled(store.take("n", "holder", 3, 50.0, NOW))
    await settled(store.spend("n", 1, 60.0, NOW))
    assert all(key.startswith("gemlive:") for key in await client.keys())


async def test_a_server_that_has_lost_everything_is_told_everything_again(server, store):
    said, scribe = history("one", "two"), store.scribe()
    await settled(scribe.remember("h", LiveSnapshot(said), NOW))
    server.kill()
    server.start()
    said.add(Said("user", "three"), 0)
    await settled(scribe.follow(NOW))
    assert texts(await settled(store.find("h", NOW))) == ["one", "two", "three"]


async def test_without_a_server_orders_fail_with_words_and_go_on_when_it_is_back(server, store):
    server.kill()
    with pytest.raises(StoreError, match=r"the store unix:.*redis.sock does not answer as it should: "):
        await settled(store.scribe().remember("h", history("one").snapshot(), NOW))
    with pytest.raises(StoreError):
        await settled(store.find("h", NOW))
    server.start()
    await settled(store.scribe().remember("h", history("one").snapshot(), NOW))
    assert texts(await settled(store.find("h", NOW))) == ["one"]


async def test_a_key_of_another_kind_fails_only_who_wants_it(store, client):
    await client.set("gemlive:handle:taken", "somebody else's")
    await settled(store.scribe().remember("h", history("one").snapshot(), NOW))
    bad, good = store.find("taken", NOW), store.find("h", NOW)
    assert texts(await settled(good)) == ["one"]
    with pytest.raises(StoreError, match="WRONGTYPE"):
        await settled(bad)


async def test_what_cannot_be_read_fails_only_who_wants_it(store, client):
    await settled(store.scribe().remember("h", history("one").snapshot(), NOW))
    await settled(store.scribe().remember("bad", history("one").snapshot(), NOW))
    await client.hset("gemlive:handle:bad", "head", '{"version": 99}')
    bad, good = store.find("bad", NOW), store.find("h", NOW)
    assert texts(await settled(good)) == ["one"]
    with pytest.raises(StoreError, match="version 99"):
        await settled(bad)


async def test_a_handle_without_its_history_finds_nothing(store, client):
    await settled(store.scribe().remember("h", LiveSnapshot(history("one")), NOW))
    await client.delete(*await client.keys("gemlive:head:*"))
    assert await settled(store.find("h", NOW)) is None


async def test_a_server_that_is_not_there_is_told_at_the_start_and_no_password_with_it():
    store = RedisStore("redis://user:canary0123@127.0.0.1:1/0?socket_timeout=1")
    with pytest.raises(StoreError, match=r"the store 127.0.0.1:1/0 does not answer as it should") as told:
        await store.open()
    assert "canary0123" not in str(told.value)


async def test_a_server_that_hangs_is_given_up(server, monkeypatch):
    monkeypatch.setattr("gemlive_emulator.store.redis_store.SECONDS_TO_ANSWER", 0.05)
    store = RedisStore(server.url)
    await store.open()
    async with Redis.from_url(server.url) as client:
        await client.execute_command("CLIENT", "PAUSE", "5000", "ALL")
        with pytest.raises(StoreError, match=r"[Tt]imeout"):
            await settled(store.find("h", NOW))
    await store.close()


async def test_a_long_history_is_read_beside_the_loop(store, monkeypatch):
    monkeypatch.setattr("gemlive_emulator.store.redis_store.LONG", 10)
    await settled(store.scribe().remember("h", history("one").snapshot(), NOW))
    assert texts(await settled(store.find("h", NOW))) == ["one"]


async def test_orders_of_many_are_one_round_trip(store, client):
    before = (await client.info("commandstats")).get("cmdstat_eval", {"calls": 0})["calls"]
    stored = [store.scribe().remember(f"h{n}", history("one").snapshot(), NOW) for n in range(100)]
    await asyncio.gather(*stored)
    after = (await client.info("commandstats"))["cmdstat_eval"]["calls"]
    assert after - before == 100
