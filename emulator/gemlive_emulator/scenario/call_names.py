"""Names of calls in a scenario: what a text takes from a call that nobody makes is a slip of the pen."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from gemlive_emulator.scenario.call_steps import AwaitStep, CallingStep
from gemlive_emulator.scenario.errors import nearest, shown
from gemlive_emulator.scenario.explain import Trail
from gemlive_emulator.scenario.model import RuleForm, ScenarioForm
from gemlive_emulator.scenario.step_form import StepForm

SIGNS = ("{result", "{call", "await")
"""What stands in a file if a step of it takes something from a call, or waits for one."""

_BRANCHES = ("if_error", "if_malformed", "if_cancelled", "if_late")


class Stranger(NamedTuple):
    """A name that no call of the scenario has: the way to the step that uses it, what is wrong, what would be right."""

    trail: Trail
    wrong: str
    right: str


def strangers(form: ScenarioForm, rules: Iterable[RuleForm], names: Collection[str] = ()) -> Iterator[Stranger]:
    """All names in a document that no call has.

    Args:
        form: the document.
        rules: its own and those that it includes, which may make calls as well.
        names: of other calls that there may be.
    """
    known = calls_in([*(step for _, step in _walked(form)), *(step for rule in rules for step in rule.then)])
    known.update(names)
    for trail, step in _walked(form):
        for wrong, right in _slips_in(step, known):
            yield Stranger(trail, wrong, right)


def calls_in(steps: Iterable[StepForm]) -> set[str]:
    """The names of all calls that steps make, those that stand within others as well."""
    walked = (step for _, step in each_step(tuple(steps), ()))
    return {one.name for step in walked if isinstance(step, CallingStep) for one in step.each}


def slips(steps: Sequence[StepForm], known: Collection[str]) -> Iterator[tuple[str, str]]:
    """What steps take from calls that nobody makes: what is wrong, and what would be right."""
    for _, step in each_step(steps, ()):
        yield from _slips_in(step, known)


def _slips_in(step: StepForm, known: Collection[str]) -> Iterator[tuple[str, str]]:
    for written, name in _names_in(step):
        if not known:
            yield f"{written}: no step calls a function", "put a call before it, or leave it out"
        elif name and name not in known:
            yield f"{written}: no step calls {shown(name)}", nearest(name, known)


def _names_in(step: StepForm) -> Iterator[tuple[str, str]]:
    """How calls are referred to in a step, and their names; ``""`` for the latest."""
    if isinstance(step, AwaitStep):
        yield ("await", step.name or "")
    for reference in step.references:
        yield (f"{{{reference.written}}}", reference.call)


def _walked(form: ScenarioForm) -> Iterator[tuple[Trail, StepForm]]:
    """Each step of a document, those that stand within others as well, with the way to it."""
    for number, rule in enumerate(form.rules or ()):
        if isinstance(rule, RuleForm):
            yield from each_step(rule.then, ("rules", number, "then"))
    yield from each_step(form.otherwise or (), ("otherwise",))
    for number, exchange in enumerate(form.script or ()):
        yield from each_step(exchange.reply or (), ("script", number, "reply"))


def each_step(steps: Sequence[StepForm], trail: Trail) -> Iterator[tuple[Trail, StepForm]]:
    """Each of these steps, those that stand within others as well, with the way to it."""
    for number, step in enumerate(steps):
        here = (*trail, number)
        yield here, step
        if isinstance(step, CallingStep):
            for key in _BRANCHES:
                yield from each_step(getattr(step, key) or (), (*here, key))
            if step.if_missing is not None:
                yield from each_step(step.if_missing.then, (*here, "if_missing", "then"))
