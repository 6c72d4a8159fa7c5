"""Stores of every kind, for whatever is tested over all of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from redis_servers import RedisServer, redis_running

collect_ignore = ["downstream"]
"""A project of its own, with an environment of its own: ``test_downstream.py`` runs its tests."""


SIEGE = "tests/hostile/"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Files go to workers whole, and all files of the siege to one: it is laid once, and raised behind the last."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return SIEGE if nodeid.startswith(SIEGE) else str(super()._split_scope(nodeid))

    return ByFile(config, log)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis server that the tests share."""
    with redis_running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The name of a store that is empty, as ``--store`` takes it."""
    return await _empty(request, tmp_path)


@pytest.fixture(params=["sqlite", "redis"])
async def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same of a store outside this process."""
    return await _empty(request, tmp_path)


async def _empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "memory":
        return "memory"
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'store.db'}"
    from redis.asyncio import Redis

    server: RedisServer = request.getfixturevalue("redis_server")
    async with Redis.from_url(server.url) as client:
        await client.flushall()
    return server.url
