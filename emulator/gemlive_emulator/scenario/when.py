"""The shape of what a file says about a turn, or about who connects."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from gemlive_emulator.scenario.automaton import Pattern
from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.fields import (
    BareText,
    Count,
    Counts,
    Duration,
    Expressions,
    Likenesses,
    ResponsePath,
    ScenarioPart,
    StateName,
    TemplateText,
    Text,
    Texts,
    YesNo,
    fault,
    is_list,
    is_mapping,
    one_of,
)

AnyModality = Annotated[Literal["TEXT", "AUDIO"], BeforeValidator(one_of(("TEXT", "AUDIO")))]
"""What a session answers in."""


class TextForm(ScenarioPart):
    """Ways to look at a text. All that are given must hold; of a list, one must."""

    contains: Texts | None = None
    exact: Texts | None = None
    like: Likenesses | None = None
    regex: Expressions | None = None
    no: "AnyText | None" = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _says_something(self) -> "TextForm":
        if not self.model_fields_set:
            raise fault("missing-key", "an empty mapping fits nothing in particular", self.advice())
        return self


def _shape_of(value: Any) -> str:
    if isinstance(value, list):
        return "<list>"
    return "<form>" if isinstance(value, dict) else "<bare>"


def _shape_of_one(value: Any) -> str:
    return "<form>" if isinstance(value, dict) else "<bare>"


OneText = Annotated[
    Annotated[BareText, Tag("<bare>")] | Annotated[TextForm, Tag("<form>")],
    Discriminator(_shape_of_one),
]
"""A bare text, ``/expression/flags`` or a :class:`TextForm`."""

AnyText = Annotated[
    Annotated[BareText, Tag("<bare>")]
    | Annotated[TextForm, Tag("<form>")]
    | Annotated[tuple[OneText, ...], BeforeValidator(is_list), Tag("<list>")],
    Discriminator(_shape_of),
]
"""One text or a list of which one must fit."""

TextCondition = str | Pattern | TextForm | tuple[str | Pattern | TextForm, ...]
"""What becomes of :data:`AnyText`."""


class RangeForm(ScenarioPart):
    """Bounds of something that can be there in any amount."""

    @model_validator(mode="after")
    def _is_a_range(self) -> "RangeForm":
        if not self.model_fields_set:
            raise fault("missing-key", "an empty mapping fits nothing in particular", self.advice())
        least, most = getattr(self, "at_least", 0), getattr(self, "at_most", None)
        if most is not None and least > most:
            raise fault("wrong-value", "at_least is more than at_most", "no turn can be so; exchange them", "at_least")
        return self

    @classmethod
    def advice(cls) -> str:
        """A range can be left open."""
        return f"write any, or {super().advice().removeprefix('write ')}"


class AudioForm(RangeForm):
    """How long the speech is, in seconds, and which known recording it is (one of these names)."""

    at_least: Duration = 0.0
    at_most: Duration | None = None
    recording: Texts | None = None


class ImagesForm(RangeForm):
    """How many images, video frames or files came along."""

    at_least: Count = 0
    at_most: Count | None = None


class AmountForm(RangeForm):
    """Between which numbers it is."""

    at_least: Count = 0
    at_most: Count | None = None

    @classmethod
    def advice(cls) -> str:
        """A number is never left open."""
        return "write a number, a list of them, or {at_least: …, at_most: …}"


def _any_audio(value: Any) -> Any:
    return {"at_least": "0"} if value == "any" else value


def _any_images(value: Any) -> Any:
    return {"at_least": "1"} if value == "any" else value


def _numbers_or_range(value: Any) -> str:
    return "<range>" if isinstance(value, dict) else "<numbers>"


Numbers = tuple[int, ...] | AmountForm
"""What becomes of :data:`AnyNumber`."""

AnyNumber = Annotated[
    Annotated[Counts, Tag("<numbers>")] | Annotated[AmountForm, Tag("<range>")],
    Discriminator(_numbers_or_range),
]
"""A number, a list of which one must fit, or bounds."""


class WhenForm(ScenarioPart):
    """What a turn must be like. All that is given must hold."""

    text: AnyText | None = None
    heard: AnyText | None = None
    audio: Annotated[AudioForm, BeforeValidator(_any_audio)] | None = None
    images: Annotated[ImagesForm, BeforeValidator(_any_images)] | None = None
    video: Annotated[ImagesForm, BeforeValidator(_any_images)] | None = None
    realtime: YesNo | None = None
    signalled: YesNo | None = None
    turn: AnyNumber | None = None
    connection: AnyNumber | None = None
    resumed: YesNo | None = None
    proactive: YesNo | None = None
    model: AnyText | None = None
    voice: AnyText | None = None
    modality: AnyModality | None = None
    system: AnyText | None = None
    tools: Texts | None = None
    state: Annotated[dict[StateName, AnyText], BeforeValidator(is_mapping)] | None = None
    template: Annotated[dict[TemplateText, AnyText], BeforeValidator(is_mapping)] | None = None
    all: Annotated[tuple["WhenForm", ...], BeforeValidator(is_list)] | None = None
    any: Annotated[tuple["WhenForm", ...], BeforeValidator(is_list)] | None = None
    no: "WhenForm | None" = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _says_something(self) -> "WhenForm":
        if not self.model_fields_set:
            raise fault("missing-key", "an empty condition", f"{self.advice()}; for 'always' use otherwise")
        return self

    @classmethod
    def _advice_for(cls, value: object) -> str:
        """A bare text is likely to be what the turn says."""
        if isinstance(value, str) and ":" not in value:
            return f"write {{text: {shown(value)}}}"
        return super()._advice_for(value)


class InterruptionForm(RangeForm):
    """The user interrupts the answer, having heard so much of it (seconds)."""

    at_least: Duration = 0.0
    at_most: Duration | None = None


class ResponseForm(ScenarioPart):
    """What a function returns: its name, and what stands where in the response."""

    name: Text | None = None
    response: Annotated[dict[ResponsePath, AnyText], BeforeValidator(is_mapping)] | None = None


def _any_time(value: Any) -> Any:
    return {"at_least": "0"} if value in ("any", {}, None) else value


def _any_response(value: Any) -> Any:
    return {} if value in ("any", None) else value


class ExpectForm(WhenForm):
    """What must come next in a script: a turn, an interruption of the answer, or what a function returns."""

    interruption: Annotated[InterruptionForm, BeforeValidator(_any_time)] | None = None
    tool_response: Annotated[ResponseForm, BeforeValidator(_any_response)] | None = None

    @model_validator(mode="after")
    def _is_one_kind(self) -> "ExpectForm":
        for key in ("interruption", "tool_response"):
            if key in self.model_fields_set and len(self.model_fields_set) > 1:
                right = "expect the turn that comes with it in an exchange of its own"
                raise fault("wrong-value", f"'{key}' and something else in one expectation", right, key)
        return self


class CallersForm(ScenarioPart):
    """For which connections a scenario is. All that is given must hold."""

    connection: AnyNumber | None = None
    key: AnyText | None = None
    model: AnyText | None = None
    query: Annotated[dict[Text, AnyText], BeforeValidator(is_mapping)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "CallersForm":
        if not self.model_fields_set:
            raise fault("missing-key", "an empty condition", f"{self.advice()}; for 'all' leave it out")
        return self
