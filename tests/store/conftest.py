"""Stores of every kind for the same tests."""

import pytest

from gemlive_emulator.store.opening import make_store
from servers import LASTS, redis_running


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory):
    with redis_running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def store(request, tmp_path):
    """A store that is open, and empty."""
    store = make_store(await _empty(request, tmp_path), LASTS)
    await store.open()
    yield store
    await store.close()


@pytest.fixture(params=["sqlite", "redis"])
async def where(request, tmp_path):
    """The name of a store outside this process that is empty."""
    return await _empty(request, tmp_path)


async def _empty(request, tmp_path):
    if request.param == "memory":
        return "memory"
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'store.db'}"
    from redis.asyncio import Redis

    url = request.getfixturevalue("redis_server").url
    async with Redis.from_url(url) as client:
        await client.flushall()
    return url
