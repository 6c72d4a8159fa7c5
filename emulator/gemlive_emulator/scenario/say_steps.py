"""Steps that say something, or say nothing, or go wrong with what is said."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainValidator, ValidationInfo, WithJsonSchema, model_validator

from gemlive_emulator.scenario.fields import Count, Duration, Filled, Moment, ScenarioPart, called, fault, one_of
from gemlive_emulator.scenario.includes import resolve_named
from gemlive_emulator.scenario.sounds import SoundFile, read_sound
from gemlive_emulator.scenario.step_form import StepForm, short_for
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.steps import (
    EndTurn,
    Interrupt,
    InterruptAfterEnd,
    Pause,
    Play,
    Reply,
    Say,
    Silence,
    Think,
    Transcript,
)
from gemlive_emulator.wire.enums import TURN_COMPLETE_REASON


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


def _sound(value: object, info: ValidationInfo) -> SoundFile:
    if not isinstance(value, str):
        raise fault("wrong-value", f"the name of a file is needed here, not {called(value)}", "write play: FILE.wav")
    return read_sound(resolve_named(info.context, value))


class SayStep(StepForm):
    """``say: TEXT`` is said as text or speech, as the session's modality wants; ``say: {text: TEXT, sound: none}``."""

    say: Annotated[Saying, BeforeValidator(_saying)]

    def play(self, scene: Scene) -> Reply:
        """Say it."""
        yield Say(self.say.text.fill(scene), self.say.sound)


class Playing(ScenarioPart):
    """A sound of a WAV file, and its transcription; without one, the words that the file tells."""

    file: Annotated[SoundFile, PlainValidator(_sound), WithJsonSchema({"type": "string"})]
    text: Filled | None = None


class PlayStep(StepForm):
    """``play: FILE.wav`` is heard as the answer; ``play: {file: FILE.wav, text: TEXT}`` with its transcription."""

    sound: Annotated[Playing, short_for("file")] = Field(alias="play")

    def play(self, scene: Scene) -> Reply:
        """Play it."""
        file, text = self.sound.file, self.sound.text
        yield Play(file.pcm, file.rate, file.text if text is None else text.fill(scene))


class ThinkStep(StepForm):
    """``think: TEXT`` is a thought; an empty text keeps the family from having one of its own."""

    heard: ClassVar[bool] = False

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

    ends: ClassVar[bool] = True

    silence: Annotated[Nothing, BeforeValidator(lambda value: {} if value is None else value)]

    def play(self, scene: Scene) -> Reply:
        """Say nothing."""
        yield Silence()


class Ending(ScenarioPart):
    """The reason of an end; ``""`` for an end without one."""

    reason: Annotated[str, BeforeValidator(one_of(TURN_COMPLETE_REASON.names))] = ""


class EndTurnStep(StepForm):
    """``end_turn: {reason: RESPONSE_REJECTED}`` ends the turn, and its end carries the reason."""

    ends: ClassVar[bool] = True

    end_turn: Annotated[Ending, short_for("reason")]

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

    interrupt: Annotated[Interruption, short_for("after")]

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
