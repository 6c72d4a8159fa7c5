"""Names of holes in a scenario: words that a step takes and that no condition of it looks for are a slip of the pen."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from gemlive_emulator.scenario.call_names import Stranger, each_step
from gemlive_emulator.scenario.explain import Trail
from gemlive_emulator.scenario.fields import ScenarioPart
from gemlive_emulator.scenario.likeness import Likeness
from gemlive_emulator.scenario.model import RuleForm, ScenarioForm
from gemlive_emulator.scenario.step_form import StepForm
from gemlive_emulator.scenario.template import WORDS, no_hole, where_holes

SIGN = "{" + WORDS
"""What stands in a file if a step of it takes words of the user."""


def strange_holes(form: ScenarioForm) -> Iterator[Stranger]:
    """All names in a document that are of no hole of the condition that the steps belong to."""
    for number, rule in enumerate(form.rules or ()):
        if isinstance(rule, RuleForm):
            yield from _strangers(rule.then, ("rules", number, "then"), set(holes_in(rule.when)))
    yield from _strangers(form.otherwise or (), ("otherwise",), ())
    known: set[str] = set()
    for number, exchange in enumerate(form.script or ()):
        own = set(holes_in(exchange.expect))
        # What a function returned is looked at within the reply to the turn before it.
        known = known | own if exchange.expect.tool_response is not None else own
        yield from _strangers(exchange.reply or (), ("script", number, "reply"), known)


def holes_in(condition: Any) -> Iterator[str]:
    """The names of the holes in what a file says of a turn; those of ``not`` are never filled."""
    if isinstance(condition, Likeness):
        yield from condition.holes
    elif isinstance(condition, ScenarioPart):
        for key, part in condition:
            if key != "no":
                yield from holes_in(part)
    elif isinstance(condition, Mapping | tuple):
        for part in condition.values() if isinstance(condition, Mapping) else condition:
            yield from holes_in(part)


def hole_slips(steps: Sequence[StepForm], known: Collection[str]) -> Iterator[tuple[str, str]]:
    """What steps take of holes that there are not: what is wrong, and what would be right."""
    for _, wrong, right in _strangers(steps, (), known):
        yield wrong, right


def _strangers(steps: Sequence[StepForm], trail: Trail, known: Collection[str]) -> Iterator[Stranger]:
    for here, step in each_step(steps, trail):
        for hole in step.holes:
            if hole not in known:
                yield Stranger(here, f"{SIGN}{hole}}}: {no_hole(hole)}", where_holes(known))
