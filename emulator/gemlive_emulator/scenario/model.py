"""The shape of a scenario file: what may be written, checked key by key."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from gemlive_emulator.scenario.automaton import Pattern
from gemlive_emulator.scenario.fields import BareText, Expressions, ScenarioPart, Text, Texts, fault, is_list
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


class WhenForm(ScenarioPart):
    """What a turn must be like. All that is given must hold."""

    text: AnyText | None = None
    any: Annotated[tuple["WhenForm", ...], BeforeValidator(is_list)] | None = None
    no: "WhenForm | None" = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _says_something(self) -> "WhenForm":
        if not self.model_fields_set:
            raise fault("missing-key", "an empty condition", f"{self.advice()}; for 'always' use otherwise")
        return self


class RuleForm(ScenarioPart):
    """If a turn is like this, then reply so."""

    when: WhenForm
    then: Steps


class ExchangeForm(ScenarioPart):
    """One exchange of a script: what must come, and the reply to it."""

    expect: WhenForm
    reply: Steps


class ScenarioForm(ScenarioPart):
    """One document of a scenario file: either rules or a script."""

    scenario: Annotated[Text, Field(min_length=1)] | None = None
    model: Annotated[Text, Field(min_length=1)] | None = None
    rules: Annotated[tuple[RuleForm, ...], BeforeValidator(is_list)] | None = None
    otherwise: Steps | None = None
    script: Annotated[tuple[ExchangeForm, ...], BeforeValidator(is_list)] | None = None

    @model_validator(mode="after")
    def _is_one_kind(self) -> "ScenarioForm":
        if self.script is None and self.rules is None and self.otherwise is None:
            raise fault("missing-key", "a scenario that says nothing", "it needs rules, otherwise or a script")
        if self.script is not None and (self.rules is not None or self.otherwise is not None):
            right = "put them into two documents of the file, with a line of --- between"
            raise fault("wrong-value", "a script and rules in one scenario", right, "script")
        return self
