"""From what a file says about a turn to conditions, and rules made of them."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.automaton import Pattern
from gemlive_emulator.scenario.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Contains,
    Exact,
    IsLike,
    Matches,
    Unless,
    Worded,
    all_of,
    any_of,
)
from gemlive_emulator.scenario.facts import Bounds, Declared, Fact, OneOf, Recorded, Spoken, Within, declared_tools
from gemlive_emulator.scenario.model import RuleForm
from gemlive_emulator.scenario.references import SceneError
from gemlive_emulator.scenario.seen import (
    HEARD,
    MODALITY,
    MODEL,
    SYSTEM,
    TEXT,
    VOICE,
    S,
    Seen,
    Subject,
    Wording,
    state_of,
)
from gemlive_emulator.scenario.steps import StepForm
from gemlive_emulator.scenario.template import Scene, Template
from gemlive_emulator.scenario.when import AmountForm, AudioForm, Numbers, TextCondition, TextForm, WhenForm

Bare = type[Contains[Any]] | type[Exact[Any]]
"""What a bare text means: a rule is a net, an expectation is a statement."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Steps for every turn that fits."""

    condition: Condition[Seen]
    steps: tuple[StepForm, ...]

    @classmethod
    def of(cls, form: RuleForm) -> "Rule":
        """The rule that a file has; a bare text in it is contained in the turn."""
        return cls(condition_of(form.when, Contains), form.then)

    def fits(self, seen: Seen) -> bool:
        """Whether this rule fits the turn."""
        return self.condition.fits(seen)

    def words(self, seen: Seen) -> Mapping[str, str]:
        """What stands in the holes of the texts that it looks for."""
        return self.condition.words(seen)

    def why_not(self, seen: Seen) -> str | None:
        """Why this rule does not fit the turn, for the log; ``None`` if it does."""
        return self.condition.why_not(seen)


def condition_of(form: WhenForm, bare: Bare) -> Condition[Seen]:
    """The condition that a file has."""
    given = form.model_fields_set
    return all_of([make(getattr(form, key), bare) for key, make in _MAKERS.items() if key in given])


def text_condition(form: TextCondition, bare: Bare, subject: Subject[S]) -> Condition[S]:
    """What a file says about a text."""
    if isinstance(form, str):
        return bare(form, subject)
    if isinstance(form, Pattern):
        return Matches(form, subject)
    if isinstance(form, TextForm):
        return _text_form(form, bare, subject)
    return any_of([text_condition(one, bare, subject) for one in form])


def numbered(form: Numbers, what: str, ask: Callable[[S], int]) -> Condition[S]:
    """What a file says about a number."""
    if isinstance(form, AmountForm):
        return Within(what, ask, Bounds(form.at_least, form.at_most))
    return OneOf(what, ask, form)


def _text_form(form: TextForm, bare: Bare, subject: Subject[S]) -> Condition[S]:
    conditions: list[Condition[S]] = []
    if form.contains is not None:
        conditions.append(any_of([Contains(words, subject) for words in form.contains]))
    if form.exact is not None:
        conditions.append(any_of([Exact(words, subject) for words in form.exact]))
    if form.like is not None:
        conditions.append(any_of([IsLike(likeness, subject) for likeness in form.like]))
    if form.regex is not None:
        conditions.append(any_of([Matches(pattern, subject) for pattern in form.regex]))
    if form.no is not None:
        conditions.append(Unless(text_condition(form.no, bare, subject)))
    return all_of(conditions)


_Maker = Callable[[Any, Bare], Condition[Seen]]


def _worded(subject: Subject[Seen]) -> _Maker:
    """Conditions on what the user says: what a bare text means is for the rule or script to say."""
    return lambda form, bare: Worded(text_condition(form, bare, subject), subject)


def _about(subject: Subject[Seen], bare: Bare) -> _Maker:
    """Conditions on a fact that is always there."""
    return lambda form, _: text_condition(form, bare, subject)


def _number(what: str, ask: Callable[[Seen], int]) -> _Maker:
    return lambda form, _: numbered(form, what, ask)


def _amount(what: str, ask: Callable[[Seen], int]) -> _Maker:
    return lambda form, _: Within(what, ask, Bounds(form.at_least, form.at_most))


def _fact(ask: Callable[[Seen], bool], yes: str, no: str) -> _Maker:
    return lambda wanted, _: Fact(ask, wanted, yes, no)


def _audio(form: AudioForm, _: Bare) -> Condition[Seen]:
    conditions: list[Condition[Seen]] = []
    if form.recording is not None:
        conditions.append(Recorded(form.recording))
    if form.recording is None or form.model_fields_set > {"recording"}:
        conditions.append(Spoken(Bounds(form.at_least, form.at_most, " s")))
    return all_of(conditions)


def _tools(names: tuple[str, ...], _: Bare) -> Condition[Seen]:
    if names != ("any",):
        return Declared(names)
    yes, no = "the setup declares tools", "the setup declares no tools"
    return Fact(lambda seen: bool(declared_tools(seen.conversation)), True, yes, no)


def _state(form: Mapping[str, TextCondition], _: Bare) -> Condition[Seen]:
    return all_of([text_condition(value, Exact, state_of(name)) for name, value in form.items()])


def _template(form: Mapping[str, TextCondition], _: Bare) -> Condition[Seen]:
    conditions: list[Condition[Seen]] = []
    for written, value in form.items():
        subject = filled(written)
        conditions.append(Worded(text_condition(value, Exact, subject), subject))
    return all_of(conditions)


@lru_cache(maxsize=4_096)
def filled(written: str, told: str = "") -> Subject[Seen]:
    """The words that a template becomes; none if it asks for what no call had or returned.

    The same for the same template, which is filled once for all rules that look at it.
    """
    template = Template.parse(written)

    def fill(seen: Seen) -> tuple[Wording, str | None]:
        try:
            return Wording(template.fill(Scene(seen.turn, seen.conversation, seen.memory))), None
        except SceneError as error:
            return Wording(""), str(error)

    key = ("filled", written)
    return Subject(
        told or written,
        look=lambda seen: seen.once(key, fill)[0],
        why_none=lambda seen: seen.once(key, fill)[1],
        shown=True,
    )


_MAKERS: Mapping[str, _Maker] = {
    "text": _worded(TEXT),
    "heard": _worded(HEARD),
    "audio": _audio,
    "images": _amount("the number of images", lambda seen: seen.turn.other_parts),
    "video": _amount("the number of video frames", lambda seen: seen.turn.frames),
    "realtime": _fact(
        lambda seen: seen.turn.source == "realtime",
        "the turn was typed as realtimeInput",
        "the turn was not typed as realtimeInput",
    ),
    "signalled": _fact(
        lambda seen: seen.turn.signalled,
        "the client signalled its activity",
        "the client did not signal its activity",
    ),
    "turn": _number("the number of the turn", lambda seen: seen.turn.number),
    "connection": _number("the number of the connection", lambda seen: seen.conversation.connection),
    "resumed": _fact(
        lambda seen: seen.conversation.resumed,
        "the session was resumed",
        "the session was not resumed",
    ),
    "proactive": _fact(
        lambda seen: seen.conversation.proactive,
        "the model may choose not to answer",
        "the model has to answer",
    ),
    "model": _about(MODEL, Exact),
    "voice": _about(VOICE, Exact),
    "modality": _about(MODALITY, Exact),
    "system": _about(SYSTEM, Contains),
    "tools": _tools,
    "state": _state,
    "template": _template,
    "all": lambda forms, bare: AllOf([condition_of(one, bare) for one in forms]),
    "any": lambda forms, bare: AnyOf([condition_of(one, bare) for one in forms]),
    "no": lambda form, bare: Unless(condition_of(form, bare)),
}
"""What each key of a condition means, in the order in which reasons are looked for."""
