"""A fault that is written in Python, with the vocabulary of scenario files."""

from typing import Any

from gemlive_emulator.scenario.faults.catalogue import one_fault
from gemlive_emulator.scenario.faults.form import FaultForm
from gemlive_emulator.scenario.faults.watch import Fault
from gemlive_emulator.scenario.fluent import written
from gemlive_emulator.scenario.place import Place


def fault_of_call(name: str, *values: Any, **keys: Any) -> Fault:
    """The fault of ``fault("stall", "2s", at="audio 3")`` or ``fault("stall", seconds=2, at="audio 3")``.

    Raises:
        ScenarioError: no file could have it; it says what would be right, and where the call stands.
    """
    place = Place()
    if len(values) > 1:
        raise place.error("wrong-value", f"{len(values)} values for '{name}'", "give one, or its keys by name")
    given = {key: written(value, place) for key, value in keys.items()}
    own = {key: given.pop(key) for key in list(given) if key not in FaultForm.model_fields}
    if values and own:
        raise place.error("wrong-value", f"a value for '{name}' and keys of it", "give the keys by name alone")
    value = written(values[0], place) if values else own or None
    return Fault(place.judge(one_fault(), {**given, name: value}), str(place))
