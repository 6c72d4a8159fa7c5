"""The benchmarks of hearing: streams of speech beside a bare server that reads the same frames and does nothing."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from statistics import median, quantiles

from benchmarks.report import Goal, Result
from benchmarks.servers import Crowds, Pair, Server, crowd

SINKS = {"emulator": "listener", "bare": "sink"}
TALKERS = {"emulator": "talker", "bare": "echo"}
SHARE = 56
"""Of a core, in per cent, that a bare server took for 1,000 streams on the machine that the goals were set on."""

STEP, MOST = 50, 1_000
"""Streams: how many are added until the bare server has its share, and at how many that ends."""

SPEAKS = {"emulator": '"inlineData"', "bare": '"interrupted"'}
"""What is in a server's message once it can be interrupted; the bare server answers everything with that."""


def streams(pair: Pair, clients: int, seconds: float, settling: float, rounds: int) -> Iterator[Result]:
    """Many microphones in real time: a chunk each 20 ms from every client.

    Before each round they stream for ``settling`` seconds: while the other server had its turn, nobody spoke to this.
    """
    work, lag, core, late = _samples(), _samples(), _samples(), _samples()
    with _microphones(pair, SINKS) as load:
        for side in SINKS:
            load.told(side, do="connect", count=clients)
        for _ in range(rounds):
            for side in SINKS:
                told = load.told(side, do="stream", seconds=seconds, settling=settling)
                work[side].append(told["cpu"] / told["messages"] * 1e6)
                core[side].append(told["cpu"] / told["seconds"] * 100)
                lag[side].append(quantiles(told["lags"], n=100)[-1] * 1e3)
                late[side].append(told["late"] * 1e3)
    name = f"{clients:,} streams in real time"
    yield Result("streams", f"{name}, each message of 20 ms", "CPU us", work, goal=Goal("ratio", 1.2))
    yield Result("streams", f"{name}, share of a core", "%", core)
    yield Result("streams", f"{name}, p99 lag", "ms", lag, goal=Goal("emulator", 50))
    yield Result("streams", f"{name}, microphones late at most", "ms", late)


def lag(pair: Pair, seconds: float, settling: float, rounds: int) -> Iterator[Result]:
    """How long a chunk waits where the machine is as busy as the one that the goal was set on.

    There a bare server took 56 % of a core for 1,000 streams. On a slower machine as many streams are taken as it has
    that share for, so that what is measured is the server and not how fast the machine is.
    """
    with _microphones(pair, SINKS) as load:
        clients = 0
        while clients < MOST:
            clients += STEP
            for side in SINKS:
                load.told(side, do="connect", count=STEP)
            told = load.told("bare", do="stream", seconds=seconds)
            if told["cpu"] / told["seconds"] * 100 >= SHARE:
                break
        waited, core = _samples(), _samples()
        for _ in range(rounds):
            for side in SINKS:
                told = load.told(side, do="stream", seconds=seconds, settling=settling)
                core[side].append(told["cpu"] / told["seconds"] * 100)
                waited[side].append(quantiles(told["lags"], n=100)[-1] * 1e3)
    name = f"{clients:,} streams, for which bare takes about {SHARE} % of a core"
    yield Result("lag", f"{name}, share of a core", "%", core)
    yield Result("lag", f"{name}, p99 lag", "ms", waited, goal=Goal("emulator", 50))


def unpaced(pair: Pair, clients: int, rounds: int) -> Iterator[Result]:
    """Half a minute of speech from each of some clients, as fast as the server takes it."""
    wall, work = _samples(), _samples()
    with _microphones(pair, SINKS) as load:
        for side in SINKS:
            load.told(side, do="connect", count=clients)
            load.told(side, do="flood")
        for _ in range(rounds):
            for side in SINKS:
                told = load.told(side, do="flood")
                wall[side].append(told["messages"] / told["seconds"])
                work[side].append(told["messages"] / told["cpu"])
    goal = Goal("ratio", 0.6, at_least=True)
    yield Result("unpaced", f"{clients} streams without pace", "messages / CPU s", work, goal=goal)
    yield Result("unpaced", f"{clients} streams without pace", "messages / s", wall)


def barge_in(pair: Pair, times: int) -> Iterator[Result]:
    """From the chunk in which speech is found to ``interrupted`` at the client, beside a bare echo."""
    taken = _samples()
    with _microphones(pair, TALKERS) as load:
        for side in TALKERS:
            load.told(side, do="connect", count=1)
            taken[side] += [
                1e3 * each for each in load.told(side, do="barge_in", times=times, speaks=SPEAKS[side])["each"]
            ]
    yield Result("barge-in", "deciding chunk to interrupted, median", "ms", taken, goal=Goal("emulator", 60))
    yield Result("barge-in", "deciding chunk to interrupted, p95", "ms", {side: [_p95(taken[side])] for side in taken})


def _p95(samples: list[float]) -> float:
    return quantiles(samples, n=20, method="inclusive")[-1] if len(samples) > 1 else median(samples)


def _samples() -> dict[str, list[float]]:
    return {side: [] for side in SINKS}


@contextmanager
def _microphones(pair: Pair, names: Mapping[str, str]) -> Iterator[Crowds]:
    with (
        pair.running(names["emulator"]) as emulator,
        pair.running(names["bare"]) as bare,
        crowd("benchmarks.microphones", emulator=emulator, bare=bare) as load,
    ):
        _part(emulator, bare, load)
        yield load


def _part(emulator: Server, bare: Server, load: Crowds) -> None:
    """Give the servers a core and the microphones another one, so that these do not take from those."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        for pid in (emulator.pid, bare.pid):
            os.sched_setaffinity(pid, cores[:1])
        os.sched_setaffinity(load.pid, cores[1:])
