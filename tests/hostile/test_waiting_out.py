"""The last of these files: what became of those who held their connections all the time."""

import pytest
from emulator_process import EmulatorProcess
from held_attackers import Held, Siege, attackers


@pytest.mark.parametrize("name", [held.name for held in attackers()])
def test_held(emulator: EmulatorProcess, siege: Siege, name: str) -> None:
    """Each was ended by the deadline that it ran into, if that is within half a minute, and never in another way."""
    held: Held = next(one for one in siege.attackers if one.name == name)
    emulator.until(lambda: held.ended != [] or not held.ends_itself, f"{name} was never ended")
    assert held.faults() == []
