"""From what a file says about a turn to conditions, and rules made of them."""

from dataclasses import dataclass

from gemlive_emulator.scenario.automaton import Pattern
from gemlive_emulator.scenario.conditions import (
    AnyOf,
    Condition,
    Contains,
    Exact,
    Matches,
    Pictured,
    Spoken,
    Unless,
    Worded,
    all_of,
    any_of,
)
from gemlive_emulator.scenario.model import RuleForm, TextCondition, TextForm, WhenForm
from gemlive_emulator.scenario.seen import Place, Seen
from gemlive_emulator.scenario.steps import StepForm

Bare = type[Contains] | type[Exact]
"""What a bare text means: a rule is a net, an expectation is a statement."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Steps for every turn that fits."""

    condition: Condition
    steps: tuple[StepForm, ...]

    @classmethod
    def of(cls, form: RuleForm) -> "Rule":
        """The rule that a file has; a bare text in it is contained in the turn."""
        return cls(condition_of(form.when, Contains), form.then)

    def why_not(self, seen: Seen) -> str | None:
        """Why this rule does not fit the turn, for the log; ``None`` if it does."""
        return self.condition.why_not(seen)


def condition_of(form: WhenForm, bare: Bare) -> Condition:
    """The condition that a file has."""
    conditions: list[Condition] = []
    if form.text is not None:
        conditions.append(Worded(_text_condition(form.text, bare, "text"), "text"))
    if form.heard is not None:
        conditions.append(Worded(_text_condition(form.heard, bare, "heard"), "heard"))
    if form.audio is not None:
        conditions.append(Spoken(form.audio.at_least, form.audio.at_most))
    if form.images is not None:
        conditions.append(Pictured(form.images.at_least, form.images.at_most))
    if form.any is not None:
        conditions.append(AnyOf(condition_of(one, bare) for one in form.any))
    if form.no is not None:
        conditions.append(Unless(condition_of(form.no, bare)))
    return all_of(conditions)


def _text_condition(form: TextCondition, bare: Bare, place: Place) -> Condition:
    if isinstance(form, str):
        return bare(form, place)
    if isinstance(form, Pattern):
        return Matches(form, place)
    if isinstance(form, TextForm):
        return _text_form(form, bare, place)
    return any_of([_text_condition(one, bare, place) for one in form])


def _text_form(form: TextForm, bare: Bare, place: Place) -> Condition:
    conditions: list[Condition] = []
    if form.contains is not None:
        conditions.append(any_of([Contains(words, place) for words in form.contains]))
    if form.exact is not None:
        conditions.append(any_of([Exact(words, place) for words in form.exact]))
    if form.regex is not None:
        conditions.append(any_of([Matches(pattern, place) for pattern in form.regex]))
    if form.no is not None:
        conditions.append(Unless(_text_condition(form.no, bare, place)))
    return all_of(conditions)
