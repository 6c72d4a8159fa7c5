"""What is wrong with a scenario, where it stands, and what would be right."""

from collections.abc import Iterable
from difflib import get_close_matches

from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.errors import EmulatorError


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a scenario file.

    Attributes:
        file: the path as the user gave it.
        line: from 1; 0 when it is about the file as a whole.
        column: from 1; 0 when it is about the file as a whole.
        code: the anchor of its section in ``docs/errors.md``.
        wrong: what is wrong.
        right: what would be right; ``""`` when ``wrong`` says it.
    """

    file: str
    line: int
    column: int
    code: str
    wrong: str
    right: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        advice = f"; {self.right}" if self.right else ""
        return f"{place}: {self.wrong}{advice} (docs/errors.md#{self.code})"


class ScenarioError(EmulatorError):
    """A scenario that cannot be used. ``problems`` has every fault found, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ScriptError(EmulatorError):
    """A script was not kept to: something else came, or it was not finished. ``problems`` says each in full."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def nearest(word: str, known: Iterable[str]) -> str:
    """Advice for a misspelt word: the nearest right one if there is one, and all of them, unless they are many."""
    names = sorted(known)
    words = {name.casefold(): name for name in names}
    close = get_close_matches(word.casefold(), words, n=1, cutoff=0.6)
    meant = f"did you mean '{words[close[0]]}'?" if close else ""
    if meant and len(names) > _MOST_LISTED:
        return meant
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return f"{meant} known here: {', '.join(names[:_MOST_LISTED])}{more}".strip()


_MOST_LISTED = 12


def shown(text: str, most: int = 60) -> str:
    """A text in quotes for a message: one line, no control characters, cut to ``most`` characters."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    if not cut.isprintable():
        cut = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in cut)
    return f'"{cut}"'
