"""What a test pays for its server: start and stop of ``gemlive``, beside a process of its own and beside aimock-pytest.

``python -m benchmarks.fixtures NAME TIMES`` prints the seconds of each round.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.report import Goal, Result
from benchmarks.servers import ROOT, Pair

AIMOCK = "aimock-pytest"
AIMOCK_FOR_NODE = "@copilotkit/aimock"


def fixture(pair: Pair, rounds: int) -> Iterator[Result]:
    """Start and stop, as each test does it, and what else a test could do."""
    taken: dict[str, list[float]] = {"emulator": [], "bare": []}
    beside: dict[str, list[float]] = {"emulator": [], "bare": []}
    with aimock_environment() as aimock:
        for _ in range(rounds):
            taken["emulator"].append(_round(sys.executable, "gemlive", pair.environment))
            taken["bare"].append(_round(sys.executable, "process", pair.environment))
            if aimock is not None:
                python, variables = aimock
                beside["emulator"].append(_round(sys.executable, "gemlive", pair.environment))
                beside["bare"].append(_round(python, "aimock", pair.environment | variables))
    name = "start and stop of the fixture gemlive"
    yield Result("fixture", f"{name}; bare: `serve` as a process", "ms", taken, goal=Goal("emulator", 5))
    if beside["bare"]:
        yield Result("fixture", f"{name}; bare: that of aimock-pytest", "ms", beside)


@contextmanager
def aimock_environment() -> Iterator[tuple[str, dict[str, str]] | None]:
    """An interpreter with aimock-pytest and what it has to be told; ``None`` where Node or the packages are missing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="gemlive-aimock-") as room:
        python = str(Path(room) / "venv" / "bin" / "python")
        commands = [
            [sys.executable, "-m", "venv", f"{room}/venv"],
            [python, "-m", "pip", "install", "--quiet", AIMOCK],
            [npm, "install", "--silent", "--prefix", room, AIMOCK_FOR_NODE],
        ]
        try:
            for command in commands:
                subprocess.run(command, check=True, capture_output=True)
        except subprocess.CalledProcessError:
            yield None
            return
        yield python, {"AIMOCK_CLI_PATH": f"{room}/node_modules/{AIMOCK_FOR_NODE}/dist/cli.js"}


def _round(python: str, name: str, environment: dict[str, str]) -> float:
    """Milliseconds, the median of some rounds in one process whose modules are loaded."""
    times = {"gemlive": "40", "process": "5", "aimock": "5"}[name]
    command = [python, str(ROOT / "benchmarks" / "fixtures.py"), name, times]
    paths = os.pathsep.join([str(ROOT), *sys.path]) if python == sys.executable else str(ROOT)
    done = subprocess.run(
        command, cwd=ROOT, env=environment | {"PYTHONPATH": paths}, check=True, stdout=subprocess.PIPE
    )
    return median(json.loads(done.stdout)) * 1e3


def _gemlive() -> AbstractContextManager[object]:
    from gemlive_emulator.kit.rig import Rig

    return Rig({}, folder=ROOT, temporary=None)  # type: ignore[arg-type]


@contextmanager
def _process() -> Iterator[None]:
    program = Path(sys.executable).with_name("gemlive-emulator")
    command = [str(program), "serve", "--port", "0", "--voice", "formant", "--log-level", "error"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.terminate()


@contextmanager
def _aimock() -> Iterator[None]:
    from aimock_pytest import AIMockServer, NodeManager

    server = AIMockServer(NodeManager(), port=0)
    server.start()
    yield
    server.stop()


MAKERS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "gemlive": _gemlive,
    "process": _process,
    "aimock": _aimock,
}


def main() -> None:
    """Print the seconds of each round; the first is for warming up and not told."""
    make, times = MAKERS[sys.argv[1]], int(sys.argv[2])
    taken = []
    for _ in range(times + 1):
        begin = time.perf_counter()
        with make():
            pass
        taken.append(time.perf_counter() - begin)
    print(json.dumps(taken[1:]))


if __name__ == "__main__":
    main()
