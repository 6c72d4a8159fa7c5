"""The benchmarks: rounds of the emulator and of the bare server take turns, so that both see the same machine."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from benchmarks import fixtures as start_and_stop
from benchmarks import hopping as hopping_clients
from benchmarks import listening, ten_minutes
from benchmarks import quarter_hour as a_quarter_hour
from benchmarks import rules as many_rules
from benchmarks.frames import opened
from benchmarks.gauges import own_bytes
from benchmarks.report import Goal, Result
from benchmarks.servers import ROOT, Crowds, Pair, crowd

SIDES = ("emulator", "bare")


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    Attributes:
        rounds: of each server, taking turns.
        turns: text turns a round, over all connections.
        crowds: on how many connections text turns are measured.
        one_by_one: connections that are made one after the other, a round.
        at_once: connections that are made at the same time.
        sessions: idle sessions whose memory is taken.
        thousand: turns in each of the ten parts of the long session.
        streams: microphones in real time.
        stream_seconds: how long they stream, a round.
        settling_seconds: how long before it is measured.
        floods: microphones without pace.
        barge_ins: interruptions by voice.
        rules: of one scenario.
        lasting: connections that are led to their limit.
        hoppers: clients that hop between two emulators.
        hopping_seconds: how long they do.
    """

    rounds: int = 5
    turns: int = 10_000
    crowds: tuple[int, ...] = (1, 50, 500)
    one_by_one: int = 200
    at_once: int = 500
    sessions: int = 1000
    thousand: int = 1000
    streams: int = 1000
    stream_seconds: float = 6.0
    settling_seconds: float = 4.0
    floods: int = 50
    barge_ins: int = 40
    rules: int = 10_000
    lasting: int = 500
    hoppers: int = 200
    hopping_seconds: float = 60.0


QUICK = Effort(
    rounds=1,
    turns=1000,
    crowds=(1, 50),
    one_by_one=20,
    at_once=100,
    sessions=200,
    thousand=100,
    streams=100,
    stream_seconds=1.0,
    settling_seconds=0.1,
    floods=5,
    barge_ins=2,
    rules=500,
    lasting=50,
    hoppers=10,
    hopping_seconds=2.0,
)

Samples = dict[str, list[float]]


def text_turns(pair: Pair, effort: Effort) -> Iterator[Result]:
    """Text turns per second and per second of server CPU, every client taking the next turn as soon as it can."""
    for clients in effort.crowds:
        wall, work, octets = _samples(), _samples(), _samples()
        with _both(pair) as load:
            for side in SIDES:
                load.told(side, do="connect", count=clients)
                load.told(side, do="turns", each=max(1, 200 // clients))
            for _ in range(effort.rounds):
                for side in SIDES:
                    told = load.told(side, do="turns", each=max(1, effort.turns // clients))
                    wall[side].append(told["turns"] / told["seconds"])
                    work[side].append(told["turns"] / told["cpu"])
                    octets[side].append(told["octets"] / told["turns"])
        name = f"{clients} connection{'s' if clients > 1 else ''}"
        yield Result("turns", f"text turns on {name}", "turns / CPU s", work, goal=Goal("ratio", 0.60, at_least=True))
        yield Result("turns", f"text turns on {name}", "turns / s", wall)
        yield Result("turns", f"sent for a turn on {name}", "bytes", octets)


def connect(pair: Pair, effort: Effort) -> Iterator[Result]:
    """From connecting to ``setupComplete``: one client after the other, and all at the same time."""
    alone, together, work = _samples(), _samples(), _samples()
    with _both(pair) as load:
        for _ in range(effort.rounds):
            for side in SIDES:
                told = load.told(side, do="connect_in_turn", count=effort.one_by_one)
                alone[side].append(median(told["each"]) * 1e3)
                load.told(side, do="close")
            for side in SIDES:
                told = load.told(side, do="connect", count=effort.at_once)
                together[side].append(told["seconds"] * 1e3)
                work[side].append(told["cpu"] / effort.at_once * 1e6)
                load.told(side, do="close")
    yield Result("connect", "connect to setupComplete, one by one", "ms", alone)
    goal = Goal("emulator", 300) if effort.at_once == 500 else None
    yield Result("connect", f"{effort.at_once} connects at once, all ready", "ms", together, goal=goal)
    yield Result("connect", f"{effort.at_once} connects at once, each", "CPU us", work)


def start(pair: Pair, effort: Effort) -> Iterator[Result]:
    """From starting the process (its certificate exists) to the first ``setupComplete`` of a text session."""
    taken = _samples()
    for _ in range(effort.rounds * 2):
        for side in SIDES:
            begin = time.perf_counter()
            with pair.running(side) as server, opened(server.port):
                taken[side].append((time.perf_counter() - begin) * 1e3)
    yield Result("start", "process start to first setupComplete", "ms", taken, goal=Goal("emulator", 150))
    # The machine's own speed taken out: the goal was set where the bare server took 50 ms.
    yield Result("start", "the same, where bare takes 50 ms", "ms", taken, goal=Goal("ratio", 150 / 50))


def in_process(pair: Pair, effort: Effort) -> Iterator[Result]:
    """Start and stop of a server in the caller's own process, as a test suite does it (modules loaded)."""
    starts, stops = _samples(), _samples()
    for _ in range(effort.rounds):
        for side in SIDES:
            command = [sys.executable, "-m", "benchmarks.inprocess", side, "20"]
            told = subprocess.run(command, cwd=ROOT, env=pair.environment, check=True, stdout=subprocess.PIPE).stdout
            rounds = json.loads(told)
            starts[side].append(median(begun for begun, _ in rounds) * 1e3)
            stops[side].append(median(ended for _, ended in rounds) * 1e3)
    yield Result("in-process", "start in process", "ms", starts)
    yield Result("in-process", "stop in process", "ms", stops)


def memory(pair: Pair, effort: Effort) -> Iterator[Result]:
    """Memory that each idle session adds to the server's own, in a fresh process each round."""
    taken = _samples()
    for _ in range(min(3, effort.rounds)):
        for side in SIDES:
            with pair.running(side) as server, crowd(it=server) as load:
                load.told("it", do="connect", count=20)
                before = own_bytes(server.pid)
                for _ in range(effort.sessions // 50):
                    load.told("it", do="connect", count=50)
                taken[side].append((own_bytes(server.pid) - before) / effort.sessions / 1024)
    yield Result("memory", f"idle session, of {effort.sessions:,}", "KiB", taken, goal=Goal("emulator", 25))


def flatness(pair: Pair, effort: Effort) -> Iterator[Result]:
    """What a turn costs late in a long session against what it cost at its beginning: growth shows up here."""
    parts = _samples()
    with _both(pair) as load:
        for side in SIDES:
            load.told(side, do="connect", count=1)
        for _ in range(10):
            for side in SIDES:
                told = load.told(side, do="turns", each=effort.thousand)
                parts[side].append(told["cpu"] / told["turns"] * 1e6)
    first, last = f"turns 1 to {effort.thousand:,}", f"turns {9 * effort.thousand + 1:,} to {10 * effort.thousand:,}"
    yield Result("flat", f"one session, {first}", "CPU us / turn", {side: parts[side][:1] for side in SIDES})
    yield Result("flat", f"one session, {last}", "CPU us / turn", {side: parts[side][-1:] for side in SIDES})
    growth = {side: [parts[side][-1] / parts[side][0]] for side in SIDES}
    yield Result("flat", "last part / first part", "times", growth, goal=Goal("emulator", 1.15))


def streams(pair: Pair, effort: Effort) -> Iterator[Result]:
    """See :func:`benchmarks.listening.streams`."""
    # Half of them too: on a slow machine the bare server alone fills a core with all of them, and everything waits.
    for clients in (effort.streams // 2, effort.streams):
        yield from listening.streams(pair, clients, effort.stream_seconds, effort.settling_seconds, effort.rounds)


def lag(pair: Pair, effort: Effort) -> Iterator[Result]:
    """See :func:`benchmarks.listening.lag`."""
    return listening.lag(pair, effort.stream_seconds, effort.settling_seconds, effort.rounds)


def unpaced(pair: Pair, effort: Effort) -> Iterator[Result]:
    """See :func:`benchmarks.listening.unpaced`."""
    return listening.unpaced(pair, effort.floods, effort.rounds)


def barge_in(pair: Pair, effort: Effort) -> Iterator[Result]:
    """See :func:`benchmarks.listening.barge_in`."""
    return listening.barge_in(pair, effort.barge_ins)


def rules(pair: Pair, effort: Effort) -> Iterator[Result]:
    """See :func:`benchmarks.rules.rules`; needs no servers."""
    return many_rules.rules(effort.rules, effort.rounds)


def clock(pair: Pair, effort: Effort) -> Iterator[Result]:
    """See :func:`benchmarks.ten_minutes.ten_minutes`."""
    return ten_minutes.ten_minutes(pair, effort.lasting, effort.rounds)


def quarter_hour(pair: Pair, effort: Effort) -> Iterator[Result]:
    """See :func:`benchmarks.quarter_hour.quarter_hour`; needs no servers."""
    return a_quarter_hour.quarter_hour(effort.rounds * 3)


def hopping(pair: Pair, effort: Effort) -> Iterator[Result]:
    """See :func:`benchmarks.hopping.hopping`; no bare server could do it."""
    return hopping_clients.hopping(pair, effort.hoppers, effort.hopping_seconds)


def fixture(pair: Pair, effort: Effort) -> Iterator[Result]:
    """See :func:`benchmarks.fixtures.fixture`."""
    return start_and_stop.fixture(pair, effort.rounds)


Benchmark = Callable[[Pair, Effort], Iterator[Result]]
BENCHMARKS: dict[str, Benchmark] = {
    "turns": text_turns,
    "connect": connect,
    "start": start,
    "in-process": in_process,
    "memory": memory,
    "flat": flatness,
    "streams": streams,
    "lag": lag,
    "unpaced": unpaced,
    "barge-in": barge_in,
    "rules": rules,
    "clock": clock,
    "quarter-hour": quarter_hour,
    "hopping": hopping,
    "fixture": fixture,
}


@contextmanager
def _both(pair: Pair) -> Iterator[Crowds]:
    with (
        pair.running("emulator") as emulator,
        pair.running("bare") as bare,
        crowd(emulator=emulator, bare=bare) as load,
    ):
        yield load


def _samples() -> Samples:
    return {side: [] for side in SIDES}
