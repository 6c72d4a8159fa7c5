"""The steps of a reply as they are written in a scenario file. One small class per step.

A step is a mapping whose first known key names it: ``- say: Hello``. A new step is a class here and its place in
:data:`STEPS`; nothing else knows the list.
"""

from abc import ABC, abstractmethod
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Discriminator, Tag, model_validator

from gemlive_emulator.scenario.errors import nearest
from gemlive_emulator.scenario.fields import (
    CloseCode,
    Count,
    Duration,
    Filled,
    Moment,
    ScenarioPart,
    called,
    fault,
    is_list,
    one_of,
)
from gemlive_emulator.scenario.template import Scene, Template
from gemlive_emulator.session.steps import (
    CloseConnection,
    EndTurn,
    Interrupt,
    InterruptAfterEnd,
    Pause,
    Reply,
    Say,
    Silence,
    Think,
    Transcript,
)
from gemlive_emulator.wire.enums import TURN_COMPLETE_REASON


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


def _short_for(key: str) -> BeforeValidator:
    """A text stands for a mapping with one key, and nothing (``- silence``) for an empty mapping."""

    def spell_out(value: Any) -> Any:
        return {key: value} if isinstance(value, str) else {} if value is None else value

    return BeforeValidator(spell_out)


class Saying(ScenarioPart):
    """What is said, and what is heard of it in a spoken session."""

    text: Filled
    sound: Annotated[Literal["voice", "silent", "none"], BeforeValidator(one_of(("voice", "silent", "none")))] = "voice"

    @classmethod
    def advice_for_key(cls, key: str) -> str:
        """A placeholder without quotes around it is a mapping to YAML."""
        return f"{super().advice_for_key(key)}; a text that begins with a brace must stand in quotes"


def _saying(value: Any) -> Any:
    return value if isinstance(value, dict) else {"text": value}


class SayStep(StepForm):
    """``say: TEXT`` is said as text or speech, as the session's modality wants; ``say: {text: TEXT, sound: none}``."""

    say: Annotated[Saying, BeforeValidator(_saying)]

    def play(self, scene: Scene) -> Reply:
        """Say it."""
        yield Say(self.say.text.fill(scene), self.say.sound)


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


class CloseStep(StepForm):
    """``close: {code: 1011, reason: TEXT}``, or ``close: 1011``."""

    close: Annotated[Closing, _short_for("code")]

    def play(self, scene: Scene) -> Reply:
        """Close the connection; nothing comes after."""
        yield CloseConnection(self.close.code, self.close.reason.fill(scene))


class Nothing(ScenarioPart):
    """An empty mapping."""

    @classmethod
    def advice(cls) -> str:
        """There is nothing to write."""
        return "write {}"

    @classmethod
    def advice_for_key(cls, key: str) -> str:
        """There are no keys."""
        return "nothing belongs here: write {}"


class SilenceStep(StepForm):
    """``- silence`` is no answer at all."""

    silence: Annotated[Nothing, BeforeValidator(lambda value: {} if value is None else value)]

    def play(self, scene: Scene) -> Reply:
        """Say nothing."""
        yield Silence()


class Ending(ScenarioPart):
    """The reason of an end; ``""`` for an end without one."""

    reason: Annotated[str, BeforeValidator(one_of(TURN_COMPLETE_REASON.names))] = ""


class EndTurnStep(StepForm):
    """``end_turn: {reason: RESPONSE_REJECTED}`` ends the turn, and its end carries the reason."""

    end_turn: Annotated[Ending, _short_for("reason")]

    def play(self, scene: Scene) -> Reply:
        """End the turn; nothing comes after."""
        yield EndTurn(self.end_turn.reason)


class Interruption(ScenarioPart):
    """When the turn is interrupted by nobody, and how often."""

    after: Moment = 0.0
    times: Count = 1

    @model_validator(mode="after")
    def _can_be(self) -> "Interruption":
        if self.times < 1:
            raise fault("wrong-value", "an interruption that never happens", "write 1 or more", "times")
        if self.after == "end" and self.times > 1:
            raise fault("wrong-value", "the end of a turn comes once", "leave times out", "times")
        return self


class InterruptStep(StepForm):
    """``interrupt: {after: 500ms, times: 2}`` cuts the turn and begins it again; ``interrupt: end`` comes after it."""

    interrupt: Annotated[Interruption, _short_for("after")]

    @property
    def cuts(self) -> bool:
        """Whether it cuts what follows, rather than coming after the turn."""
        return self.interrupt.after != "end"

    def play(self, scene: Scene) -> Reply:
        """Interrupt."""
        after = self.interrupt.after
        yield InterruptAfterEnd() if after == "end" else Interrupt(after, self.interrupt.times)


def _words(value: object) -> object:
    return None if value in (None, {}) else value


class TranscriptStep(StepForm):
    """``transcript: TEXT`` is another transcription of the user's words; ``- transcript`` repeats the turn's own."""

    transcript: Annotated[Filled | None, BeforeValidator(_words)]

    def play(self, scene: Scene) -> Reply:
        """Send it."""
        yield Transcript(None if self.transcript is None else self.transcript.fill(scene))


AnyStep = (
    Annotated[SayStep, Tag("<say>")]
    | Annotated[ThinkStep, Tag("<think>")]
    | Annotated[PauseStep, Tag("<pause>")]
    | Annotated[CloseStep, Tag("<close>")]
    | Annotated[SilenceStep, Tag("<silence>")]
    | Annotated[EndTurnStep, Tag("<end_turn>")]
    | Annotated[InterruptStep, Tag("<interrupt>")]
    | Annotated[TranscriptStep, Tag("<transcript>")]
)
"""Any step. A tag stands in angle brackets, so that the path of an error tells it from a key."""

STEPS: dict[str, type[StepForm]] = {get_args(form)[0].kind(): get_args(form)[0] for form in get_args(AnyStep)}
"""Every step by the key that names it."""


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
        if isinstance(step, _LAST):
            raise fault("wrong-value", f"steps after '{step.kind()}' are never reached", f"put '{step.kind()}' last")
    heard = [step for step in steps if not isinstance(step, ThinkStep)]
    if any(isinstance(step, InterruptStep) and step.cuts for step in heard[1:]):
        right = "put it first; what follows is cut, and then said again"
        raise fault("wrong-value", "'interrupt' stands after what it is to cut", right)
    return steps


_LAST = (CloseStep, SilenceStep, EndTurnStep)


Steps = Annotated[
    tuple[Annotated[AnyStep, Discriminator(_tag_of), BeforeValidator(_is_step)], ...],
    BeforeValidator(is_list),
    AfterValidator(_are_in_order),
]
"""The steps of one reply, at least one."""
