"""Conditions on what is no text: amounts, numbers, yes or no, tools, recordings."""

import re
from collections.abc import Callable, Sequence
from typing import Generic

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.clues import Clues, Holds, Is
from gemlive_emulator.scenario.conditions import NEARLY, Condition
from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.seen import S, Seen
from gemlive_emulator.session.steps import Conversation

_SCORE = re.compile(r", (?:exact|likeness)\b.*", re.DOTALL)
"""What stands behind the name of a recording that was found."""

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between these, both included; ``most`` may be left open."""

    least: float = 0
    most: float | None = None
    unit: str = ""

    @property
    def told(self) -> str:
        """The bounds in words; ``""`` if there are none."""
        bounds = [f"at least {self.least:g}{self.unit}"] if self.least else []
        if self.most is not None:
            bounds.append(f"at most {self.most:g}{self.unit}")
        return " and ".join(bounds)

    def hold(self, value: float) -> bool:
        """Whether a value is within."""
        return self.least <= value and (self.most is None or value <= self.most)

    def why_not(self, what: str, value: float) -> str | None:
        """Why a value is not within; ``None`` if it is."""
        if value < self.least:
            return f"{what} {_exactly(value)}{self.unit}, less than {self.least:g}{self.unit}"
        if self.most is not None and value > self.most:
            return f"{what} {_exactly(value)}{self.unit}, more than {self.most:g}{self.unit}"
        return None


@dataclass(frozen=True, slots=True)
class Within(Condition[S], Generic[S]):
    """An amount is within bounds."""

    what: str
    ask: Callable[[S], float]
    bounds: Bounds

    @property
    def told(self) -> str:
        """What must be so, in words."""
        return f"{self.what} is {self.bounds.told or 'any'}"

    @property
    def clues(self) -> tuple[Clues, ...]:
        """Itself: it is asked once, however many rules have it."""
        return ((Holds(self),),)

    def fits(self, seen: S) -> bool:
        """Whether it is."""
        return self.bounds.hold(self.ask(seen))

    def why_not(self, seen: S) -> str | None:
        """Why it is not; ``None`` if it is."""
        return self.bounds.why_not(f"{self.what} is", self.ask(seen))


@dataclass(frozen=True, slots=True)
class OneOf(Condition[S], Generic[S]):
    """A number is one of these."""

    what: str
    ask: Callable[[S], int]
    numbers: Sequence[int]

    @property
    def told(self) -> str:
        """What must be so, in words."""
        return f"{self.what} is {self._listed}"

    @property
    def clues(self) -> tuple[Clues, ...]:
        """It is one of the numbers."""
        return (tuple(Is(self.ask, number) for number in self.numbers),)

    def fits(self, seen: S) -> bool:
        """Whether it is."""
        return self.ask(seen) in self.numbers

    def why_not(self, seen: S) -> str | None:
        """Why it is not; ``None`` if it is."""
        return None if self.fits(seen) else f"{self.what} is {self.ask(seen)}, not {self._listed}"

    @property
    def _listed(self) -> str:
        return " or ".join(map(str, self.numbers))


@dataclass(frozen=True, slots=True)
class Fact(Condition[Seen]):
    """Something is so, or is not.

    Attributes:
        ask: whether it is so.
        wanted: whether it is to be.
        yes: that it is, in words.
        no: that it is not.
    """

    ask: Callable[[Seen], bool]
    wanted: bool
    yes: str
    no: str

    @property
    def told(self) -> str:
        """What must be so, in words."""
        return self.yes if self.wanted else self.no

    @property
    def clues(self) -> tuple[Clues, ...]:
        """Itself: it is asked once, however many rules have it."""
        return ((Holds(self),),)

    def fits(self, seen: Seen) -> bool:
        """Whether it is as wanted."""
        return self.ask(seen) is self.wanted

    def why_not(self, seen: Seen) -> str | None:
        """The opposite of what is wanted, if that is so."""
        if self.fits(seen):
            return None
        return self.no if self.wanted else self.yes


@dataclass(frozen=True, slots=True)
class Spoken(Condition[Seen]):
    """Something was said aloud, for so long (seconds)."""

    bounds: Bounds

    @property
    def told(self) -> str:
        """What must be so, in words."""
        return f"the speech is {self.bounds.told} long" if self.bounds.told else "something is said aloud"

    @property
    def clues(self) -> tuple[Clues, ...]:
        """Itself: it is asked once, however many rules have it."""
        return ((Holds(self),),)

    def fits(self, seen: Seen) -> bool:
        """Whether it was, for so long."""
        return seen.turn.heard is not None and self.bounds.hold(seen.turn.speech_seconds)

    def why_not(self, seen: Seen) -> str | None:
        """Why not; ``None`` if it was."""
        if seen.turn.heard is None:
            return "nothing was said aloud"
        return self.bounds.why_not("the speech is", seen.turn.speech_seconds)

    def closeness(self, seen: Seen) -> float:
        """Speech of another length is nearer than none."""
        return 1.0 if self.fits(seen) else 0.0 if seen.turn.heard is None else NEARLY / 2


@dataclass(frozen=True, slots=True)
class Recorded(Condition[Seen]):
    """What was said aloud is one of these known recordings; ``.wav`` may be left out of their names."""

    names: tuple[str, ...]

    @property
    def told(self) -> str:
        """What must be so, in words."""
        return f"the recording {self._listed} is heard"

    @property
    def clues(self) -> tuple[Clues, ...]:
        """Itself: it is asked once, however many rules have it."""
        return ((Holds(self),),)

    def fits(self, seen: Seen) -> bool:
        """Whether it is."""
        found = _recording(seen)
        return found is not None and any(_stem(name) == _stem(found) for name in self.names)

    def why_not(self, seen: Seen) -> str | None:
        """Why it is not; ``None`` if it is."""
        if seen.turn.heard is None:
            return "nothing was said aloud"
        found = _recording(seen)
        if found is None:
            return f"what was heard is no known recording, its words are known by: {seen.turn.heard.by}"
        return None if self.fits(seen) else f"the recording is {shown(found)}, not {self._listed}"

    @property
    def _listed(self) -> str:
        return " or ".join(map(shown, self.names))


def _stem(name: str) -> str:
    return name[:-4] if name.lower().endswith(".wav") else name


def _recording(seen: Seen) -> str | None:
    """The name of the known recording that was heard; its score stands behind it in the detail."""
    heard = seen.turn.heard
    return _SCORE.sub("", heard.detail) if heard is not None and heard.by == "recording" else None


@dataclass(frozen=True, slots=True)
class Declared(Condition[Seen]):
    """All these tools are declared: functions, and Google's own (``google_search`` or ``googleSearch``)."""

    names: tuple[str, ...]

    @property
    def told(self) -> str:
        """What must be so, in words."""
        return f"the setup declares {' and '.join(self.names)}"

    @property
    def clues(self) -> tuple[Clues, ...]:
        """Itself: it is asked once, however many rules have it."""
        return ((Holds(self),),)

    def fits(self, seen: Seen) -> bool:
        """Whether they are."""
        return not self._missing(seen)

    def why_not(self, seen: Seen) -> str | None:
        """Which are not; ``None`` if all are."""
        missing = self._missing(seen)
        if not missing:
            return None
        declared = ", ".join(declared_tools(seen.conversation)) or "nothing"
        return f"the setup does not declare {' and '.join(missing)}, only {declared}"

    def closeness(self, seen: Seen) -> float:
        """1, or less by how many are missing."""
        return 1 - len(self._missing(seen)) / len(self.names)

    def _missing(self, seen: Seen) -> list[str]:
        tools = seen.conversation.tools
        return [name for name in self.names if name not in tools.functions and _snake(name) not in tools.google]


def declared_tools(conversation: Conversation) -> list[str]:
    """The names of all tools that may be used."""
    return [*conversation.tools.functions, *sorted(conversation.tools.google)]


def _snake(name: str) -> str:
    return _CAPITAL.sub("_", name).lower()


def _exactly(value: float) -> str:
    """A whole number as it is, seconds with two decimals."""
    return str(value) if isinstance(value, int) else f"{value:.2f}"
