"""Two emulators behind one address and one Redis behind them: clients hop between them at random and lose no turn.

Each client begins one session and goes on with it, connection after connection, at whichever emulator chance says. The
emulators answer every turn with all that the user has said in the session (``tests/store/telling_server.py``), so each
answer shows whether all turns are still there, whoever heard them.
"""

import asyncio
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.report import Goal, Result
from benchmarks.servers import ROOT, Pair

HOUSE = ROOT / "tests" / "store"
"""Where the emulators and clients of the same test are kept, which hops five times only."""

PROGRAMS = ("redis-server", "valkey-server")
SEED = 7
MOST_TURNS = 3
"""Turns of one connection, at most."""


class Count:
    """What came of all clients."""

    def __init__(self) -> None:
        self.turns = 0
        self.hops = 0
        self.moves = 0
        self.lost = 0


def hopping(pair: Pair, clients: int, seconds: float) -> Iterator[Result]:
    """Turns, connections and lost turns of so many clients in so many seconds; there is no bare server for it."""
    sys.path.insert(0, str(HOUSE))
    from processes import Client, processes

    if (program := next(filter(None, map(shutil.which, PROGRAMS)), None)) is None:
        raise SystemExit(f"hopping needs {' or '.join(PROGRAMS)}: apt-get install redis-server")
    with _redis(program, pair.folder) as store, processes(store, 2) as emulators:
        ports = [emulator.port for emulator in emulators]
        begin = time.perf_counter()
        count = asyncio.run(_all_hop([Client(f"c{number}") for number in range(clients)], ports, seconds))
        taken = time.perf_counter() - begin
    told = f"{clients} clients, 2 emulators, {taken:.0f} s"
    yield _result(f"turns lost, {told}", "turns", count.lost, Goal("emulator", 0))
    yield _result("turns taken", "turns", count.turns)
    yield _result("connections made", "connections", count.hops)
    yield _result("... at the other emulator than before", "connections", count.moves)
    yield _result("turns per second", "turns / s", count.turns / taken)


async def _all_hop(clients: list[Any], ports: list[int], seconds: float) -> Count:
    count, end = Count(), time.perf_counter() + seconds
    draws = [random.Random(f"{SEED}/{number}") for number in range(len(clients))]
    pairs = zip(clients, draws, strict=True)
    await asyncio.gather(
        *(_hop(client, ports, draw, count, lambda: time.perf_counter() < end) for client, draw in pairs)
    )
    return count


async def _hop(client: Any, ports: list[int], draw: random.Random, count: Count, goes_on: Callable[[], bool]) -> None:
    said: list[str] = []
    before = None
    while goes_on():
        port = draw.choice(ports)
        await client.open(port)
        count.hops += 1
        count.moves += before not in (None, port)
        before = port
        for _ in range(draw.randint(1, MOST_TURNS)):
            said.append(f"{client.name}.{len(said)}")
            told = (await client.turn(said[-1])).strip().split("|")
            count.turns += 1
            missing = len(set(said) - set(told))
            if missing or told != said:
                count.lost += max(missing, 1)
                said = told  # each is counted once
        await client.close()


@contextmanager
def _redis(program: str, folder: Path) -> Iterator[str]:
    """A server of its own behind a socket in a folder; gives its URL."""
    socket = folder / "redis.sock"
    process = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        if not any("ready to accept connections" in line.lower() for line in process.stdout):
            raise RuntimeError(f"{program} did not start")
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.communicate()


def _result(what: str, unit: str, number: float, goal: Goal | None = None) -> Result:
    return Result("hopping", what, unit, {"emulator": [float(number)]}, goal)
