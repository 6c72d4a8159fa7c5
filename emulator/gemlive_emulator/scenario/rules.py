"""Whether a turn is as it should be, and if not, why not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from gemlive_emulator.scenario.automaton import Pattern
from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.model import RuleForm, TextCondition, TextForm, WhenForm
from gemlive_emulator.scenario.steps import StepForm
from gemlive_emulator.session.steps import UserTurn

_CLOSING_SIGNS = " .!?,;:…。！？"  # noqa: RUF001 - the full-width signs are meant


class Seen:
    """A user's turn as the conditions look at it; what several of them need is made once."""

    def __init__(self, turn: UserTurn) -> None:
        self.turn = turn

    @cached_property
    def folded(self) -> str:
        """Its text in one case, blanks made single."""
        return folded(self.turn.text)

    @cached_property
    def bare(self) -> str:
        """The folded text without the signs at its end."""
        return self.folded.rstrip(_CLOSING_SIGNS)


def folded(text: str) -> str:
    """A text in one case, with single blanks."""
    return " ".join(text.casefold().split())


class Condition(Protocol):
    """Something that a turn fits or does not. ``told`` is what must be so, in words."""

    @property
    def told(self) -> str:
        """What must be so, in words."""
        ...

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit; ``None`` if it does."""
        ...


class Contains:
    """The text has these words in it, whatever their case and the width of blanks."""

    def __init__(self, words: str) -> None:
        self._folded = folded(words)
        self.told = f"the text contains {shown(words)}"
        self._reason = f"the text does not contain {shown(words)}"

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit; ``None`` if it does."""
        return None if self._folded in seen.folded else self._reason


class Exact:
    """The text is this, whatever its case, the width of blanks and the signs at its end."""

    def __init__(self, words: str) -> None:
        self._bare = folded(words).rstrip(_CLOSING_SIGNS)
        self.told = f"the text is {shown(words)}"
        self._reason = f"the text is not {shown(words)}"

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit; ``None`` if it does."""
        return None if self._bare == seen.bare else self._reason


class Matches:
    """The regular expression occurs in the text."""

    def __init__(self, pattern: Pattern) -> None:
        self._pattern = pattern
        self.told = f"the text matches /{pattern.source}/"
        self._reason = f"the text does not match /{pattern.source}/"

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit; ``None`` if it does."""
        return None if self._pattern.found_in(seen.turn.text) else self._reason


class AllOf:
    """Every one of these holds."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        self._conditions = tuple(conditions)
        self.told = " and ".join(condition.told for condition in self._conditions)

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit: the first reason; ``None`` if it does."""
        return next((why for condition in self._conditions if (why := condition.why_not(seen)) is not None), None)


class AnyOf:
    """At least one of these holds."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        self._conditions = tuple(conditions)
        self.told = " or ".join(condition.told for condition in self._conditions)

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit: every reason; ``None`` if it does."""
        reasons = []
        for condition in self._conditions:
            why = condition.why_not(seen)
            if why is None:
                return None
            reasons.append(why)
        return " and ".join(reasons)


class Unless:
    """This does not hold."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self.told = f"not ({condition.told})"

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit; ``None`` if it does."""
        return f"it must not be that {self._condition.told}" if self._condition.why_not(seen) is None else None


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


Bare = type[Contains] | type[Exact]
"""What a bare text means: a rule is a net, an expectation is a statement."""


def condition_of(form: WhenForm, bare: Bare) -> Condition:
    """The condition that a file has."""
    conditions: list[Condition] = []
    if form.text is not None:
        conditions.append(_text_condition(form.text, bare))
    if form.any is not None:
        conditions.append(AnyOf(condition_of(one, bare) for one in form.any))
    if form.no is not None:
        conditions.append(Unless(condition_of(form.no, bare)))
    return _all_of(conditions)


def _text_condition(form: TextCondition, bare: Bare) -> Condition:
    if isinstance(form, str):
        return bare(form)
    if isinstance(form, Pattern):
        return Matches(form)
    if isinstance(form, TextForm):
        return _text_form(form, bare)
    return _any_of([_text_condition(one, bare) for one in form])


def _text_form(form: TextForm, bare: Bare) -> Condition:
    conditions: list[Condition] = []
    if form.contains is not None:
        conditions.append(_any_of([Contains(words) for words in form.contains]))
    if form.exact is not None:
        conditions.append(_any_of([Exact(words) for words in form.exact]))
    if form.regex is not None:
        conditions.append(_any_of([Matches(pattern) for pattern in form.regex]))
    if form.no is not None:
        conditions.append(Unless(_text_condition(form.no, bare)))
    return _all_of(conditions)


def _any_of(conditions: Sequence[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else AnyOf(conditions)


def _all_of(conditions: Sequence[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else AllOf(conditions)
