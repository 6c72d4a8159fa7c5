"""The shape of a scenario file: what may be written, checked key by key."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from gemlive_emulator.scenario.automaton import Pattern
from gemlive_emulator.scenario.fields import (
    BareText,
    Count,
    Duration,
    Expressions,
    ScenarioPart,
    Text,
    Texts,
    fault,
    is_list,
)
from gemlive_emulator.scenario.steps import Steps


class TextForm(ScenarioPart):
    """Ways to look at a text. All that are given must hold; of a list, one must."""

    contains: Texts | None = None
    exact: Texts | None = None
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
    """How long the speech is, in seconds."""

    at_least: Duration = 0.0
    at_most: Duration | None = None


class ImagesForm(RangeForm):
    """How many images, video frames or files came along."""

    at_least: Count = 0
    at_most: Count | None = None


def _any_audio(value: Any) -> Any:
    return {"at_least": "0"} if value == "any" else value


def _any_images(value: Any) -> Any:
    return {"at_least": "1"} if value == "any" else value


class WhenForm(ScenarioPart):
    """What a turn must be like. All that is given must hold."""

    text: AnyText | None = None
    heard: AnyText | None = None
    audio: Annotated[AudioForm, BeforeValidator(_any_audio)] | None = None
    images: Annotated[ImagesForm, BeforeValidator(_any_images)] | None = None
    any: Annotated[tuple["WhenForm", ...], BeforeValidator(is_list)] | None = None
    no: "WhenForm | None" = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _says_something(self) -> "WhenForm":
        if not self.model_fields_set:
            raise fault("missing-key", "an empty condition", f"{self.advice()}; for 'always' use otherwise")
        return self


Spoken = Annotated[Text, Field(min_length=1)]
"""What somebody says."""


class RuleForm(ScenarioPart):
    """If a turn is like this, then reply so."""

    when: WhenForm
    then: Steps


class ExchangeForm(ScenarioPart):
    """One exchange of a script: what must come, and the reply to it.

    ``says`` are the words of the speech that it waits for.
    """

    expect: WhenForm
    says: Spoken | None = None
    reply: Steps


class ScenarioForm(ScenarioPart):
    """One document of a scenario file: either rules or a script.

    ``user_says`` are the words of the first, second, third ... thing that the user says aloud.
    """

    scenario: Annotated[Text, Field(min_length=1)] | None = None
    model: Annotated[Text, Field(min_length=1)] | None = None
    user_says: Annotated[tuple[Spoken, ...], BeforeValidator(is_list)] | None = None
    rules: Annotated[tuple[RuleForm, ...], BeforeValidator(is_list)] | None = None
    otherwise: Steps | None = None
    script: Annotated[tuple[ExchangeForm, ...], BeforeValidator(is_list)] | None = None

    @model_validator(mode="after")
    def _is_one_kind(self) -> "ScenarioForm":
        if all(part is None for part in (self.script, self.rules, self.otherwise, self.user_says)):
            raise fault("missing-key", "a scenario that says nothing", "it needs rules, otherwise or a script")
        if self.script is not None and self.user_says is not None:
            right = "write says beside the expect of each exchange that waits for speech"
            raise fault("wrong-value", "user_says in a scenario with a script", right, "user_says")
        if self.script is not None and (self.rules is not None or self.otherwise is not None):
            right = "put them into two documents of the file, with a line of --- between"
            raise fault("wrong-value", "a script and rules in one scenario", right, "script")
        return self
