"""From the call of a method to the mapping that a file would have for the step."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from gemlive_emulator.scenario.errors import nearest
from gemlive_emulator.scenario.fields import ScenarioPart
from gemlive_emulator.scenario.step_form import STEPS, StepForm

ABSENT = object()
"""Stands for a value that was not given."""

_BRANCH = "if_"


def plain_key(name: str) -> str:
    """A name of Python as a key: without the underscore that keeps it from being a keyword."""
    return name.removesuffix("_")


def unknown_branch(name: str, keys: Mapping[str, Any], steps: type[Any]) -> tuple[str, str] | None:
    """What is wrong with the first key that is meant for a branch and names none, and what would be right.

    Where keys are arguments of a function, a slip of the pen would be one as well.

    Args:
        name: of the step.
        keys: what is written by name.
        steps: what branches have; no argument is such a thing.
    """
    form = STEPS.get(name)
    known = form.known_keys() if form is not None else ()
    if "args" not in known:
        return None
    meant = (key for key, value in keys.items() if key.startswith(_BRANCH) or isinstance(value, steps))
    wrong = next((key for key in meant if key not in known), None)
    if wrong is None:
        return None
    advice = nearest(wrong, [key for key in known if key.startswith(_BRANCH)])
    return f"unknown branch '{wrong}'", f"{advice}; an argument of this name is written args={{'{wrong}': ...}}"


def step_mapping(name: str, value: Any, keys: dict[str, Any]) -> dict[str, Any]:
    """The mapping of a step.

    Args:
        name: of the step.
        value: what it has; :data:`ABSENT` if nothing.
        keys: what is written by name.
    """
    form = STEPS.get(name)
    beside, inside = _divided(name, form, keys)
    if not inside:
        return {name: None if value is ABSENT else value, **beside}
    if "args" in (form.known_keys() if form is not None else ()):
        return {name: None if value is ABSENT else value, **beside, "args": {**beside.get("args", {}), **inside}}
    if value is ABSENT:
        return {name: inside, **beside}
    if isinstance(value, dict):
        return {name: {**value, **inside}, **beside}
    first = _first_key(form)
    # Where no mapping can stand, the models say so of the keys.
    return {name: value, **inside, **beside} if first is None else {name: {first: value, **inside}, **beside}


def _divided(name: str, form: type[StepForm] | None, keys: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The keys that stand beside that of the step, and those within what it has."""
    known = set(form.known_keys() if form is not None else ()) - {name}
    functions = "args" in known
    beside: dict[str, Any] = {}
    inside: dict[str, Any] = {}
    for written_key, value in keys.items():
        key = plain_key(written_key)
        # The arguments of a function may have any name, such as id.
        plain = not functions or key != written_key or key == "args" or key.startswith(_BRANCH)
        if key in known and plain:
            beside[key] = value
        else:
            inside[written_key if functions else key] = value
    return beside, inside


def _first_key(form: type[StepForm] | None) -> str | None:
    """The key that a single value stands for, where a step may have a mapping; ``None`` where it may not."""
    if form is None:
        return None
    field = next(field for name, field in form.model_fields.items() if (field.alias or name) == form.kind())
    return next((part.known_keys()[0] for part in _parts_of(field.annotation)), None)


def _parts_of(annotation: Any) -> Iterable[type[ScenarioPart]]:
    """The mappings that an annotation allows."""
    if isinstance(annotation, type) and issubclass(annotation, ScenarioPart):
        yield annotation
    for part in get_args(annotation):
        yield from _parts_of(part)
