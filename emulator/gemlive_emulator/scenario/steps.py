"""The steps of a reply as they are written in a scenario file. One small class per step.

A step is a mapping whose first known key names it: ``- say: Hello``. A new step is a class and its place in
:data:`AnyStep`; nothing else knows the list.
"""

from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BeforeValidator, Discriminator, Tag

from gemlive_emulator.scenario.call_steps import AwaitStep, CallsStep, CallStep, Missing
from gemlive_emulator.scenario.errors import nearest
from gemlive_emulator.scenario.faults.step import FaultStep
from gemlive_emulator.scenario.fields import called, fault, is_list
from gemlive_emulator.scenario.google_steps import CodeStep, GroundStep, SearchStep, UrlsStep
from gemlive_emulator.scenario.say_steps import (
    EndTurnStep,
    InterruptStep,
    PauseStep,
    PlayStep,
    SayStep,
    SilenceStep,
    ThinkStep,
    TranscriptStep,
)
from gemlive_emulator.scenario.session_steps import (
    CloseStep,
    GoAwayStep,
    HandleStep,
    SendStep,
    SendTextStep,
    SetStep,
    UsageStep,
)
from gemlive_emulator.scenario.step_form import STEPS, StepForm

__all__ = ["STEPS", "AnyStep", "StepForm", "Steps"]

AnyStep = (
    Annotated[SayStep, Tag("<say>")]
    | Annotated[ThinkStep, Tag("<think>")]
    | Annotated[PauseStep, Tag("<pause>")]
    | Annotated[CloseStep, Tag("<close>")]
    | Annotated[SilenceStep, Tag("<silence>")]
    | Annotated[EndTurnStep, Tag("<end_turn>")]
    | Annotated[InterruptStep, Tag("<interrupt>")]
    | Annotated[TranscriptStep, Tag("<transcript>")]
    | Annotated[CallStep, Tag("<call>")]
    | Annotated[CallsStep, Tag("<calls>")]
    | Annotated[AwaitStep, Tag("<await>")]
    | Annotated[PlayStep, Tag("<play>")]
    | Annotated[SetStep, Tag("<set>")]
    | Annotated[UsageStep, Tag("<usage>")]
    | Annotated[HandleStep, Tag("<handle>")]
    | Annotated[GoAwayStep, Tag("<go_away>")]
    | Annotated[SendStep, Tag("<send>")]
    | Annotated[SendTextStep, Tag("<send_text>")]
    | Annotated[SearchStep, Tag("<search>")]
    | Annotated[GroundStep, Tag("<ground>")]
    | Annotated[CodeStep, Tag("<code>")]
    | Annotated[UrlsStep, Tag("<urls>")]
    | Annotated[FaultStep, Tag("<fault>")]
)
"""Any step. A tag stands in angle brackets, so that the path of an error tells it from a key."""

STEPS.update((get_args(form)[0].kind(), get_args(form)[0]) for form in get_args(AnyStep))


def _is_step(value: Any) -> Any:
    if isinstance(value, str) and value in STEPS:
        return {value: None}
    if not isinstance(value, dict):
        near = f"; {nearest(value, STEPS)}" if isinstance(value, str) else ""
        raise fault("unknown-step", f"a step is needed here, not {called(value)}", f"{_EXAMPLE}{near}")
    if not any(key in STEPS for key in value):
        name = next(iter(value), "")
        raise fault("unknown-step", f"unknown step '{name}'", nearest(name, STEPS), name or None)
    return value


_EXAMPLE = "write, for example, - say: Hello"


def _tag_of(value: Any) -> str:
    return next(f"<{key}>" for key in value if key in STEPS)


def _are_in_order(steps: tuple[StepForm, ...]) -> tuple[StepForm, ...]:
    """What ends a reply is its last step, and what cuts it is the first that can be heard."""
    for step in steps[:-1]:
        if step.ends:
            raise fault("wrong-value", f"steps after '{step.kind()}' are never reached", f"put '{step.kind()}' last")
    heard = [step for step in steps if step.heard]
    if any(isinstance(step, InterruptStep) and step.cuts for step in heard[1:]):
        right = "put it first; what follows is cut, and then said again"
        raise fault("wrong-value", "'interrupt' stands after what it is to cut", right)
    return steps


Steps = Annotated[
    tuple[Annotated[AnyStep, Discriminator(_tag_of), BeforeValidator(_is_step)], ...],
    BeforeValidator(is_list),
    AfterValidator(_are_in_order),
]
"""The steps of one reply, at least one."""

for _form in (Missing, CallStep, CallsStep):
    _form.model_rebuild(_types_namespace={"Steps": Steps})
