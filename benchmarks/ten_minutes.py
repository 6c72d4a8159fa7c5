"""Ten minutes on many open sockets: the word before the end to each of them, and the end, all in one call."""

import os
import signal
import time
from collections.abc import Iterator

from benchmarks.report import Goal, Result
from benchmarks.servers import Pair, Server, crowd
from gemlive_emulator.cli.control import asked

SECONDS = 600


def ten_minutes(pair: Pair, count: int, rounds: int) -> Iterator[Result]:
    """From the call over HTTP to its answer, and until all clients are told; bare: is told to end its connections."""
    called: dict[str, list[float]] = {"emulator": [], "bare": []}
    ended: dict[str, list[float]] = {"emulator": [], "bare": []}
    with pair.running("manual") as manual, pair.running("bare") as bare, crowd(emulator=manual, bare=bare) as load:
        _advance(manual, 0)  # loads the interface
        for _ in range(rounds):
            for side, server in (("emulator", manual), ("bare", bare)):
                load.told(side, do="connect", count=count)
                begin = time.perf_counter()
                if side == "emulator":
                    _advance(server, count)
                else:
                    os.kill(server.pid, signal.SIGUSR1)
                called[side].append(1e3 * (time.perf_counter() - begin))
                load.told(side, do="ended")
                ended[side].append(1e3 * (time.perf_counter() - begin))
                load.told(side, do="close")
    # A signal is sent and not waited for: nothing of the bare server compares with the call.
    called["bare"] = ended["bare"]
    goal = Goal("emulator", 500) if count == 500 else None
    yield Result("clock", f"advance({SECONDS}) on {count} sockets", "ms", called, goal)
    yield Result("clock", "the same, until all clients are told", "ms", ended)


def _advance(server: Server, count: int) -> None:
    told = asked(f"http://127.0.0.1:{server.port}", "POST", "/clock/advance", {"seconds": SECONDS}, token=None)
    if [told["happened"].get(kind, 0) for kind in ("go_away", "close")] != [count, count]:
        raise RuntimeError(f"not all of {count} connections were led to their end: {told['happened']}")
