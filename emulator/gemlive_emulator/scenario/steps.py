"""The steps of a reply as they are written in a scenario file. One small class per step.

A step is a mapping whose first known key names it: ``- say: Hello``. A new step is a class here and its place in
:data:`STEPS`; nothing else knows the list.
"""

from abc import ABC, abstractmethod
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BeforeValidator, Discriminator, Tag

from gemlive_emulator.scenario.errors import nearest
from gemlive_emulator.scenario.fields import CloseCode, Duration, Filled, ScenarioPart, called, fault, is_list
from gemlive_emulator.scenario.template import Scene, Template
from gemlive_emulator.session.steps import CloseConnection, Pause, Reply, Say, Think


class StepForm(ScenarioPart, ABC):
    """What all steps have in common."""

    @abstractmethod
    def play(self, scene: Scene) -> Reply:
        """Do it: a generator of session steps, so that a step can take a result and go on."""

    @classmethod
    def kind(cls) -> str:
        """The key that names the step."""
        return cls.known_keys()[0]

    @classmethod
    def advice_for_key(cls, key: str) -> str:
        """A second step in the same mapping is the usual slip."""
        if key in STEPS:
            return f"each step is an entry of its own: put '{key}' on a new line that begins with '- '"
        return super().advice_for_key(key)


class SayStep(StepForm):
    """``say: TEXT`` is said as text or speech, as the session's modality wants."""

    say: Filled

    def play(self, scene: Scene) -> Reply:
        """Say it."""
        yield Say(self.say.fill(scene))


class ThinkStep(StepForm):
    """``think: TEXT`` is a thought; an empty text keeps the family from having one of its own."""

    think: Filled

    def play(self, scene: Scene) -> Reply:
        """Think it."""
        yield Think(self.think.fill(scene))


class PauseStep(StepForm):
    """``pause: 700ms`` is nothing at all for that long."""

    pause: Duration

    def play(self, scene: Scene) -> Reply:
        """Wait."""
        yield Pause(self.pause)


class Closing(ScenarioPart):
    """Code and words of a close frame; the words are cut at 123 bytes when sent."""

    code: CloseCode
    reason: Filled = Template("", ())


def _closing(value: Any) -> Any:
    return {"code": value} if isinstance(value, str) else value


class CloseStep(StepForm):
    """``close: {code: 1011, reason: TEXT}``, or ``close: 1011``."""

    close: Annotated[Closing, BeforeValidator(_closing)]

    def play(self, scene: Scene) -> Reply:
        """Close the connection; nothing comes after."""
        yield CloseConnection(self.close.code, self.close.reason.fill(scene))


AnyStep = (
    Annotated[SayStep, Tag("<say>")]
    | Annotated[ThinkStep, Tag("<think>")]
    | Annotated[PauseStep, Tag("<pause>")]
    | Annotated[CloseStep, Tag("<close>")]
)
"""Any step. A tag stands in angle brackets, so that the path of an error tells it from a key."""

STEPS: dict[str, type[StepForm]] = {get_args(form)[0].kind(): get_args(form)[0] for form in get_args(AnyStep)}
"""Every step by the key that names it."""


def _is_step(value: Any) -> Any:
    if not isinstance(value, dict):
        raise fault("unknown-step", f"a step is needed here, not {called(value)}", "write, for example, - say: Hello")
    if not any(key in STEPS for key in value):
        name = next(iter(value), "")
        raise fault("unknown-step", f"unknown step '{name}'", nearest(name, STEPS), name or None)
    return value


def _tag_of(value: Any) -> str:
    return next(f"<{key}>" for key in value if key in STEPS)


def _close_is_last(steps: tuple[StepForm, ...]) -> tuple[StepForm, ...]:
    if any(isinstance(step, CloseStep) for step in steps[:-1]):
        raise fault("wrong-value", "steps after a close are never reached", "put the close last")
    return steps


Steps = Annotated[
    tuple[Annotated[AnyStep, Discriminator(_tag_of), BeforeValidator(_is_step)], ...],
    BeforeValidator(is_list),
    AfterValidator(_close_is_last),
]
"""The steps of one reply, at least one."""
