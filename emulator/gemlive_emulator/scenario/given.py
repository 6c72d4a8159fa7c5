"""A piece of a scenario that was handed over as a mapping, such as the body of a request."""

from collections.abc import Mapping
from typing import Any

from gemlive_emulator.scenario.call_names import strangers
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.explain import Trail
from gemlive_emulator.scenario.hole_names import strange_holes
from gemlive_emulator.scenario.model import ScenarioForm
from gemlive_emulator.scenario.place import Place


class Given(Place):
    """Something that was handed over, such as the body of a request: it has a name, no line, and no folder.

    Args:
        name: what messages call it.
    """

    def __init__(self, name: str) -> None:
        self.file = name
        self.line = self.column = 0

    def __str__(self) -> str:
        return self.file

    @property
    def folder(self) -> None:
        """No file may be named."""
        return None

    def way(self, trail: Trail) -> str:
        """The whole way, as a program would write it."""
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in trail)
        return f"{steps.removeprefix('.')}: " if trail else ""


def judged(document: Mapping[str, Any], place: Place) -> ScenarioForm:
    """A document as it would stand in a file, that may belong to others.

    Raises:
        ScenarioError: no file could have it. Whether a rule takes something from a call that nobody makes is not known.
    """
    form: ScenarioForm = place.judge(ScenarioForm, document)
    found = [("unknown-placeholder", one) for one in strange_holes(form)]
    if form.script is not None:
        found += [("unknown-call", one) for one in strangers(form, ())]
    problems = [
        problem
        for code, (trail, wrong, right) in found
        for problem in place.error(code, place.way(trail) + wrong, right).problems
    ]
    if problems:
        raise ScenarioError(problems)
    return form
