"""Some random attacks on every run; ``random_attack.py`` makes more of them."""

import pytest
from emulator_process import EmulatorProcess
from random_attack import attack_many

COUNT = 300
SENSIBLE = {"nothing", "no close", "close 1000", "close 1002", "close 1007", "close 1008", "close 1009"}
"""How a client that does not keep to the rules may end: never by a failure of the emulator's own (1011, 500, 503)."""
HTTP = {"400", "403", "404", "405", "408", "414", "426", "431", "501", "505"}


@pytest.mark.parametrize("seed", [1, 2])
def test_random_attacks(emulator: EmulatorProcess, seed: int) -> None:
    seen = attack_many(emulator.port, seed, COUNT)
    assert set(seen) <= SENSIBLE | HTTP, seen
    # What is meant to reach the sessions does.
    assert seen["close 1007"] > COUNT / 3
    assert seen["close 1000"] > 0
