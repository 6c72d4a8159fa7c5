"""One emulator for all of this folder, besieged all the time, and looked at from outside after each of its files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("attacker_socket", "emulator_process", "ends")

from emulator_process import HERE, EmulatorProcess, besieged, faults_of  # noqa: E402 # rewriting has to be asked for first
from held_attackers import Siege  # noqa: E402 # as above

_sieges: list[Siege] = []


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Raise the siege when the tests go on elsewhere: fixtures of a session end only with the last test of all."""
    if nextitem is None or HERE not in nextitem.path.parents:
        while _sieges:
            _sieges.pop().leave()


OPTIONS = ("--pace", "at-once", "--scenario", str(HERE / "hostile.yaml"))


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    """The emulator, which has to be as it was when all have gone, and to end as it should."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("descriptors and memory of another process are looked up in /proc")
    emulator = EmulatorProcess(tmp_path_factory.mktemp("home"), *OPTIONS)
    try:
        emulator.warm_up()
        descriptors = emulator.descriptors()
        yield emulator
        emulator.until(lambda: emulator.sessions() == 0, "sessions stay open")
        emulator.until(lambda: emulator.descriptors() <= descriptors, "descriptors stay open")
        assert emulator.stop() == 0
        assert faults_of(emulator.log) == []
    finally:
        emulator.kill()


@pytest.fixture(scope="session")
def siege(attacked: EmulatorProcess) -> Iterator[Siege]:
    """Those who hold their connections all the time."""
    held = Siege(attacked.port)
    _sieges.append(held)
    yield held
    held.leave()
    assert [fault for one in held.attackers for fault in one.faults() if "was never ended" not in fault] == []


@pytest.fixture(scope="module")
def emulator(attacked: EmulatorProcess, siege: Siege) -> Iterator[EmulatorProcess]:
    """The same for one file, with a victim beside it."""
    with besieged(attacked):
        yield attacked
