"""All that the control interface can do. A new operation is a record in one of these modules."""

from gemlive_emulator.server.control import clock, faults, live, rules, scenario, verify
from gemlive_emulator.server.control.operations import Operation
from gemlive_emulator.server.emulator import Emulator


def operations(emulator: Emulator) -> tuple[Operation, ...]:
    """The operations on this emulator."""
    return tuple(one for part in (clock, scenario, rules, faults, live, verify) for one in part.operations(emulator))
