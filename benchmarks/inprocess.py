"""Start and stop a server in this process, again and again: ``python -m benchmarks.inprocess NAME TIMES``."""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

Make = Callable[[], AbstractAsyncContextManager[Any]]


def _bare() -> Make:
    from websockets.asyncio.server import ServerConnection, serve

    async def talk(connection: ServerConnection) -> None:
        await connection.wait_closed()

    return lambda: serve(talk, "127.0.0.1", 0, compression=None, ping_interval=None)


def _emulator() -> Make:
    from gemlive_emulator import Emulator, Settings

    return lambda: Emulator(Settings(port=0))


async def _measured(make: Make, times: int) -> list[tuple[float, float]]:
    rounds = []
    for _ in range(times):
        server = make()
        begin = time.perf_counter()
        await server.__aenter__()
        started = time.perf_counter()
        await server.__aexit__(None, None, None)
        rounds.append((started - begin, time.perf_counter() - started))
    return rounds


def main() -> None:
    """Print the seconds of each start and stop; the first round is for warming up and not told."""
    name, times = sys.argv[1], int(sys.argv[2])
    make = {"bare": _bare, "emulator": _emulator}[name]()
    print(json.dumps(asyncio.run(_measured(make, times + 1))[1:]))


if __name__ == "__main__":
    main()
