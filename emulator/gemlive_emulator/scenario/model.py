"""The shape of a scenario file: what may be written, checked key by key."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, PlainValidator, Tag, WithJsonSchema, model_validator

from gemlive_emulator.scenario.faults.catalogue import Faults
from gemlive_emulator.scenario.faults.named import comes_before_setup
from gemlive_emulator.scenario.fields import ScenarioPart, Text, fault, is_list, one_of
from gemlive_emulator.scenario.includes import IncludeForm
from gemlive_emulator.scenario.resuming import ResumptionForm
from gemlive_emulator.scenario.steps import STEPS, Steps
from gemlive_emulator.scenario.timing import TimingForm
from gemlive_emulator.scenario.when import CallersForm, ExpectForm, WhenForm
from gemlive_emulator.wire.closes import KEY_STATES

Spoken = Annotated[Text, Field(min_length=1)]
"""What somebody says."""


_ALSO_CALLED = {
    "expect": "a rule says when",
    "reply": "a rule says then",
    "when": "a script says expect",
    "then": "a script says reply",
}


class RuleForm(ScenarioPart):
    """If a turn is like this, then reply so."""

    when: WhenForm
    then: Steps

    @classmethod
    def advice_for_key(cls, key: str) -> str:
        """A step, or what a script calls it, has its place."""
        if key in STEPS:
            return f"steps stand under then, each as an entry of its own: - {key}: …"
        return _ALSO_CALLED[key] if key in ("expect", "reply") else super().advice_for_key(key)


def _rule_or_include(value: Any) -> str:
    return "<include>" if isinstance(value, dict) and "include" in value else "<rule>"


AnyRules = Annotated[
    tuple[
        Annotated[
            Annotated[RuleForm, Tag("<rule>")] | Annotated[IncludeForm, Tag("<include>")],
            Discriminator(_rule_or_include),
        ],
        ...,
    ],
    BeforeValidator(is_list),
]
"""Rules, and among them files with more of them."""

Rules = Sequence[RuleForm | IncludeForm]
"""What becomes of :data:`AnyRules`."""


class IncludedForm(ScenarioPart):
    """One document of a file whose rules are included by another."""

    scenario: Annotated[Text, Field(min_length=1)] | None = None
    rules: AnyRules

    @classmethod
    def advice_for_key(cls, key: str) -> str:
        """What an included file may not say."""
        if key in ScenarioForm.known_keys():
            return "only the rules of a file can be included: this belongs into the scenario that includes them"
        return super().advice_for_key(key)


class ExchangeForm(ScenarioPart):
    """One exchange of a script: what must come, and the reply to it.

    ``says`` are the words of the speech that it waits for. An interruption is not answered: what the user says is a
    turn, and the next exchange.
    """

    expect: ExpectForm
    says: Spoken | None = None
    reply: Steps | None = None

    @classmethod
    def advice_for_key(cls, key: str) -> str:
        """A step, or what a rule calls it, has its place."""
        if key in STEPS:
            return f"steps stand under reply, each as an entry of its own: - {key}: …"
        return _ALSO_CALLED[key] if key in ("when", "then") else super().advice_for_key(key)

    @model_validator(mode="after")
    def _answers(self) -> "ExchangeForm":
        if self.expect.interruption is None:
            if self.reply is None:
                raise fault("missing-key", "'reply' is missing", "add it to this mapping")
        elif self.reply is not None:
            right = "the turn that the user interrupts with is an exchange of its own: put the reply there"
            raise fault("wrong-value", "a reply to an interruption", right, "reply")
        return self

    @property
    def follows_a_reply(self) -> bool:
        """Whether it can only come after a reply."""
        return self.expect.interruption is not None or self.expect.tool_response is not None


_KEY_STATES = ["valid", *KEY_STATES]
KeyState = Annotated[str, PlainValidator(one_of(_KEY_STATES)), WithJsonSchema({"type": "string", "enum": _KEY_STATES})]
"""What the server thinks of a key, in the words of a file of keys."""


class ScenarioForm(ScenarioPart):
    """One document of a scenario file: either rules or a script.

    ``for`` says for which connections it is, ``timing`` when its answers go out, ``resumption`` what becomes of its
    handles, ``faults`` what happens on the way. ``key_state`` is what the server thinks of their key, as in a file of
    keys. ``user_says`` are the words of the first, second, third ... thing that the user says aloud.
    """

    scenario: Annotated[Text, Field(min_length=1)] | None = None
    callers: CallersForm | None = Field(default=None, alias="for")
    model: Annotated[Text, Field(min_length=1)] | None = None
    timing: TimingForm | None = None
    resumption: ResumptionForm | None = None
    faults: Faults | None = None
    key_state: KeyState | None = None
    user_says: Annotated[tuple[Spoken, ...], BeforeValidator(is_list)] | None = None
    rules: AnyRules | None = None
    otherwise: Steps | None = None
    script: Annotated[tuple[ExchangeForm, ...], BeforeValidator(is_list)] | None = None

    @property
    def own_rules(self) -> tuple[RuleForm, ...]:
        """The rules that the document itself has; all of them, once the loader has put the included ones in."""
        return tuple(rule for rule in self.rules or () if isinstance(rule, RuleForm))

    @property
    def overrides(self) -> Mapping[str, Any]:
        """Dotted fields of the model family that it changes, and their values."""
        parts = (self.timing, self.resumption)
        return {name: value for part in parts if part is not None for name, value in part.overrides.items()}

    @classmethod
    def _advice_for(cls, value: object) -> str:
        """A list is likely to be one of rules."""
        if isinstance(value, list):
            return "put rules: or otherwise: on a line above it"
        return super()._advice_for(value)

    @model_validator(mode="after")
    def _is_one_kind(self) -> "ScenarioForm":
        says = (self.script, self.rules, self.otherwise, self.user_says)
        parts = (*says, self.resumption, self.faults, self.key_state)
        if all(part is None for part in parts):
            raise fault("missing-key", "a scenario that says nothing", "it needs rules, otherwise or a script")
        if self.script is not None and self.user_says is not None:
            right = "write says beside the expect of each exchange that waits for speech"
            raise fault("wrong-value", "user_says in a scenario with a script", right, "user_says")
        if self.script is not None and (self.rules is not None or self.otherwise is not None):
            right = "put them into two documents of the file, with a line of --- between"
            raise fault("wrong-value", "a script and rules in one scenario", right, "script")
        return self

    @model_validator(mode="after")
    def _can_strike(self) -> "ScenarioForm":
        if self.callers is not None and self.callers.model is not None:
            for form in self.faults or ():
                if comes_before_setup(form):
                    wrong = f"'{form.title}' in a scenario for some models"
                    right = "the model is told only after the handshake; put it into a scenario without model in 'for'"
                    raise fault("wrong-value", wrong, right, "faults")
        return self

    @model_validator(mode="after")
    def _is_in_order(self) -> "ScenarioForm":
        replied = False
        for number, exchange in enumerate(self.script or (), 1):
            if exchange.follows_a_reply and not replied:
                wrong = f"exchange {number} of the script waits for what can only come after a reply"
                raise fault("wrong-value", wrong, "put an exchange with a reply before it", "script")
            replied = exchange.reply is not None
        return self
