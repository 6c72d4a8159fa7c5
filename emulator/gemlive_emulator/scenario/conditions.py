"""Whether a turn is as it should be, and if not, why not."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from gemlive_emulator.scenario.automaton import Pattern
from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.seen import Place, Seen, folded, unsigned

_WHERE: dict[Place, str] = {"text": "the text", "heard": "what was heard"}


class Condition(Protocol):
    """Something that a turn fits or does not."""

    @property
    def told(self) -> str:
        """What must be so, in words."""
        ...

    @property
    def phrases(self) -> tuple[str, ...]:
        """The plain texts that it looks for: what the user may say."""
        ...

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit; ``None`` if it does."""
        ...


class Contains:
    """The text has these words in it, whatever their case and the width of blanks."""

    def __init__(self, words: str, place: Place = "text") -> None:
        self._folded = folded(words)
        self._place: Place = place
        self.phrases: tuple[str, ...] = (words,)
        self.told = f"{_WHERE[place]} contains {shown(words)}"
        self._reason = f"{_WHERE[place]} does not contain {shown(words)}"

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit; ``None`` if it does."""
        return None if self._folded in seen.wording(self._place).folded else self._reason


class Exact:
    """The text is this, whatever its case, the width of blanks and the signs at its end."""

    def __init__(self, words: str, place: Place = "text") -> None:
        self._unsigned = unsigned(words)
        self._place: Place = place
        self.phrases: tuple[str, ...] = (words,)
        self.told = f"{_WHERE[place]} is {shown(words)}"
        self._reason = f"{_WHERE[place]} is not {shown(words)}"

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit; ``None`` if it does."""
        return None if self._unsigned == seen.wording(self._place).unsigned else self._reason


class Matches:
    """The regular expression occurs in the text."""

    phrases: tuple[str, ...] = ()

    def __init__(self, pattern: Pattern, place: Place = "text") -> None:
        self._pattern = pattern
        self._place: Place = place
        self.told = f"{_WHERE[place]} matches /{pattern.source}/"
        self._reason = f"{_WHERE[place]} does not match /{pattern.source}/"

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit; ``None`` if it does."""
        return None if self._pattern.found_in(seen.wording(self._place).text) else self._reason


class Worded:
    """There are words, and they are so. Words that nobody knows fit nothing, not even ``not``."""

    def __init__(self, condition: Condition, place: Place) -> None:
        self._condition = condition
        self._place: Place = place
        self.phrases = condition.phrases
        self.told = condition.told

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit; ``None`` if it does."""
        return seen.why_no_words(self._place) or self._condition.why_not(seen)


class Spoken:
    """Something was said aloud, for so long (seconds)."""

    phrases: tuple[str, ...] = ()

    def __init__(self, at_least: float = 0.0, at_most: float | None = None) -> None:
        self._least = at_least
        self._most = at_most
        span = _span(at_least, at_most, " s")
        self.told = f"the speech is {span} long" if span else "something is said aloud"

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit; ``None`` if it does."""
        if seen.turn.heard is None:
            return "nothing was said aloud"
        return _outside("the speech is", seen.turn.speech_seconds, " s", self._least, self._most)


class Pictured:
    """So many images, video frames or files came along."""

    phrases: tuple[str, ...] = ()

    def __init__(self, at_least: float = 0, at_most: float | None = None) -> None:
        self._least = at_least
        self._most = at_most
        self.told = f"the number of images is {_span(at_least, at_most) or 'any'}"

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit; ``None`` if it does."""
        return _outside("the number of images is", seen.turn.other_parts, "", self._least, self._most)


class AllOf:
    """Every one of these holds."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        self._conditions = tuple(conditions)
        self.phrases = _phrases_of(self._conditions)
        self.told = " and ".join(condition.told for condition in self._conditions)

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit: the first reason; ``None`` if it does."""
        return next((why for condition in self._conditions if (why := condition.why_not(seen)) is not None), None)


class AnyOf:
    """At least one of these holds."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        self._conditions = tuple(conditions)
        self.phrases = _phrases_of(self._conditions)
        self.told = " or ".join(condition.told for condition in self._conditions)

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit: every reason; ``None`` if it does."""
        reasons = []
        for condition in self._conditions:
            why = condition.why_not(seen)
            if why is None:
                return None
            reasons.append(why)
        return " and ".join(dict.fromkeys(reasons))


class Unless:
    """This does not hold."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self.phrases = condition.phrases
        self.told = f"not ({condition.told})"

    def why_not(self, seen: Seen) -> str | None:
        """Why the turn does not fit; ``None`` if it does."""
        return f"it must not be that {self._condition.told}" if self._condition.why_not(seen) is None else None


def any_of(conditions: Sequence[Condition]) -> Condition:
    """One of these holds; the only one as it is."""
    return conditions[0] if len(conditions) == 1 else AnyOf(conditions)


def all_of(conditions: Sequence[Condition]) -> Condition:
    """All of these hold; the only one as it is."""
    return conditions[0] if len(conditions) == 1 else AllOf(conditions)


def _phrases_of(conditions: Iterable[Condition]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(phrase for condition in conditions for phrase in condition.phrases))


def _span(least: float, most: float | None, unit: str = "") -> str:
    """Bounds in words; ``""`` if there are none."""
    bounds = [f"at least {least:g}{unit}"] if least else []
    if most is not None:
        bounds.append(f"at most {most:g}{unit}")
    return " and ".join(bounds)


def _outside(what: str, value: float, unit: str, least: float, most: float | None) -> str | None:
    """Why a value is not within its bounds; ``None`` if it is."""
    if value < least:
        return f"{what} {_exactly(value)}{unit}, less than {least:g}{unit}"
    if most is not None and value > most:
        return f"{what} {_exactly(value)}{unit}, more than {most:g}{unit}"
    return None


def _exactly(value: float) -> str:
    """A whole number as it is, seconds with two decimals."""
    return str(value) if isinstance(value, int) else f"{value:.2f}"
