"""Faults that were handed over as a list, such as in the body of a request."""

from typing import Any

from gemlive_emulator.scenario.faults.watch import Fault
from gemlive_emulator.scenario.fluent import written
from gemlive_emulator.scenario.given import Given
from gemlive_emulator.scenario.model import ScenarioForm


def faults_given(entries: list[Any], name: str) -> tuple[Fault, ...]:
    """The faults of a list like that of a scenario file; all, or none.

    Args:
        entries: of the list.
        name: what messages call it.

    Raises:
        ScenarioError: no file could have it.
    """
    place = Given(name)
    form: ScenarioForm = place.judge(ScenarioForm, {"faults": written(entries, place)})
    return tuple(Fault(one, f"{name}, fault {number}") for number, one in enumerate(form.faults or (), 1))
