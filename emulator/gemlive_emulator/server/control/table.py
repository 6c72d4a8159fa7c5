"""All that the control interface can do. A new operation is a record in one of these modules."""

from gemlive_emulator.server.control import (
    clock,
    events,
    faults,
    live,
    rules,
    scenario,
    sessions,
    verify,
    vouching,
)
from gemlive_emulator.server.control.operations import Operation
from gemlive_emulator.server.emulator import Emulator


def operations(emulator: Emulator) -> tuple[Operation, ...]:
    """The operations on this emulator."""
    parts = (clock, scenario, rules, faults, sessions, events, live, vouching, verify)
    return tuple(one for part in parts for one in part.operations(emulator))
