"""Steps that are about the session rather than about what is said."""

import json
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from gemlive_emulator.scenario.fields import (
    CloseCode,
    Count,
    Duration,
    Filled,
    ScenarioPart,
    StateName,
    Text,
    called,
    fault,
    is_mapping,
    one_of,
)
from gemlive_emulator.scenario.json_values import Json, filled
from gemlive_emulator.scenario.step_form import StepForm, short_for
from gemlive_emulator.scenario.template import Scene, Template
from gemlive_emulator.session import steps as session_steps
from gemlive_emulator.session.commands import GoingAway, Raw
from gemlive_emulator.session.steps import CloseConnection, Handle, Reply, Tell
from gemlive_emulator.wire.closes import LOST
from gemlive_emulator.wire.enums import TOKEN_MODALITY

_HOW = ("frame", "eof", "reset")
_HANDLE = ("give", "withhold", "kill")
_MODALITIES = tuple(name for name in TOKEN_MODALITY.names if not name.endswith("_UNSPECIFIED"))


class ClosingForm(ScenarioPart):
    """A way to end a connection, as far as its words do not matter."""

    code: CloseCode | None = None
    how: Annotated[Literal["frame", "eof", "reset"], BeforeValidator(one_of(_HOW))] = "frame"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.how == "frame" and self.code is None:
            raise fault("missing-key", "'code' is missing", "write close: 1011, or how: eof for no close frame at all")
        if self.how != "frame" and self.model_fields_set != {"how"}:
            right = f"write close: {self.how}, or leave how out"
            raise fault("wrong-value", f"no code and no words go out with how: {self.how}", right, "how")
        return self


def closing(value: Any) -> Any:
    """A code, or a way to end without one, as the mapping for which it stands."""
    if isinstance(value, str):
        return {"how": value} if value in _HOW else {"code": value}
    return {} if value is None else value


class Closing(ClosingForm):
    """How a connection ends: by a close frame with code and words (cut at 123 bytes when sent), or without one."""

    reason: Filled = Template("", ())


class CloseStep(StepForm):
    """``close: {code: 1011, reason: TEXT}``, or ``close: 1011``; ``close: reset`` ends it without a close frame."""

    ends: ClassVar[bool] = True

    close: Annotated[Closing, BeforeValidator(closing)]

    def play(self, scene: Scene) -> Reply:
        """Close the connection; nothing comes after."""
        yield CloseConnection(self.close.code or LOST, self.close.reason.fill(scene), self.close.how)


class GoingAwayForm(ScenarioPart):
    """How long the connection has left, as the client is told."""

    time_left: Duration


class GoAwayStep(StepForm):
    """``go_away: 50s`` says that the connection will be closed; ``close`` is another step."""

    go_away: Annotated[GoingAwayForm, short_for("time_left")]

    def play(self, scene: Scene) -> Reply:
        """Say so."""
        yield Tell((GoingAway(self.go_away.time_left),))


class HandleStep(StepForm):
    """``handle: give`` gives a resumption handle; ``withhold`` none in this turn, ``kill`` makes all dead."""

    handle: Annotated[Literal["give", "withhold", "kill"], BeforeValidator(one_of(_HANDLE))]

    def play(self, scene: Scene) -> Reply:
        """Give it, or not."""
        yield Handle(self.handle)


class SetStep(StepForm):
    """``set: {menu: drinks}`` sets named state, which conditions look at and texts have as ``{state.menu}``."""

    sends: ClassVar[bool] = False

    set: Annotated[dict[StateName, Filled], BeforeValidator(is_mapping)]

    def play(self, scene: Scene) -> Reply:
        """Set it, in the order of the file."""
        for name, value in self.set.items():
            scene.memory.set(name, value.fill(scene))
        yield from ()


def _by_modality(value: Any) -> Any:
    """A bare number is text."""
    if isinstance(value, str):
        return {"TEXT": value}
    if not isinstance(value, dict):
        raise fault("wrong-value", f"a number is needed here, not {called(value)}", "write 12 or {TEXT: 12, AUDIO: 50}")
    return value


Modality = Annotated[str, BeforeValidator(one_of(_MODALITIES))]
Tokens = Annotated[dict[Modality, Count], BeforeValidator(_by_modality)]
"""How many tokens, by modality; a bare number is text."""


class UsageForm(ScenarioPart):
    """What the end of the turn tells of tokens; what is left out is counted."""

    prompt: Tokens | None = None
    response: Tokens | None = None
    thoughts: Count | None = None


class UsageStep(StepForm):
    """``usage: {prompt: 12, response: {AUDIO: 50}, thoughts: 3}`` is what the end of the turn tells of tokens."""

    usage: UsageForm

    def play(self, scene: Scene) -> Reply:
        """Have it told."""
        yield session_steps.Count(self.usage.prompt, self.usage.response, self.usage.thoughts)


class SendStep(StepForm):
    """``send: {serverContent: {…}}`` is a message exactly as it goes out, for what no real server sends."""

    send: Annotated[dict[str, Json], BeforeValidator(is_mapping), WithJsonSchema({"type": "object"})]

    def play(self, scene: Scene) -> Reply:
        """Send it."""
        yield Tell((Raw(json.dumps(filled(self.send, scene), ensure_ascii=False).encode()),))


class SendTextStep(StepForm):
    """``send_text: TEXT`` goes out as it is, without placeholders: it need not even be JSON."""

    text: Text = Field(alias="send_text")

    def play(self, scene: Scene) -> Reply:
        """Send it."""
        yield Tell((Raw(self.text.encode("utf-8", "replace")),))
