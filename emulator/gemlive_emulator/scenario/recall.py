"""What the built-in responder does with the conversation itself: remember, recall, look back, sum up."""

import re
from collections.abc import Callable, Sequence

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.asked import (
    LONGEST_QUESTION,
    Asked,
    first_words,
    is_unknown,
    length_of,
    words_of,
    words_said,
)
from gemlive_emulator.scenario.returned import Returned
from gemlive_emulator.session.steps import Said

_QUESTION_WORDS = ("what", "what's", "which", "who", "whats", "do you", "can you tell", "could you tell", "tell me")
_ASKING = (
    *_QUESTION_WORDS,
    "where",
    "when",
    "why",
    "how",
    "is",
    "are",
    "can you",
    "could you",
    "would you",
    "will you",
)
_NUMBER = re.compile(r"\bnumber\b(?:\s+is\b)?\W{0,9}([\w-]+)|\b(\d[\d.,-]*)", re.IGNORECASE)
_NAME = re.compile(r"\b(?:my name(?:'s| is)|i am called|please call me|^call me)\s+([^\W\d_][\w'-]*)", re.IGNORECASE)
_NOTE = re.compile(r"\bremember\s+(?:that\s+)?(\S.*)", re.IGNORECASE | re.DOTALL)

SUMMED_UP = 30
"""So many entries of the conversation, the latest, are in a summary."""

LINE = 80
"""Characters that a summary has of each of them."""


def _is_question(asked: Asked) -> bool:
    return asked.begins(*_QUESTION_WORDS)


def _first(pattern: re.Pattern[str], text: str) -> str:
    """What the first group that took part found; ``""`` if nothing did."""
    found = pattern.search(text[:LONGEST_QUESTION])
    return next((group for group in found.groups() if group), "") if found else ""


def number_in(text: str) -> str:
    """The number that a text asks to remember, as it was written."""
    words = words_of(text)
    number = _first(_NUMBER, text).rstrip(".,-")
    has_digit = any(letter.isdigit() for letter in number)
    return number if " remember " in words or (has_digit and " number " in words) else ""


def name_in(text: str) -> str:
    """The name by which the user wants to be known."""
    return _first(_NAME, text.replace("’", "'"))  # noqa: RUF001 - both apostrophes are typed


def note_in(text: str) -> str:
    """What a text asks to remember, whatever it is."""
    return _first(_NOTE, text).strip(" .!?\n")


@dataclass(frozen=True, slots=True)
class Told:
    """The user tells something to be remembered. Nothing is stored: the history has it."""

    what: str
    find: Callable[[str], str]
    reply: str
    cues: frozenset[str]

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        if _is_question(asked) or not self.find(asked.text if asked.words != " " else ""):
            return f"tells no {self.what}"
        return None

    def answer(self, asked: Asked) -> str:
        """That it will be remembered."""
        return self.reply.replace("{}", self.find(asked.text))


@dataclass(frozen=True, slots=True)
class Recalled:
    """The user asks for what was told."""

    what: str
    phrases: tuple[str, ...]
    find: Callable[[str], str]
    reply: str

    @property
    def cues(self) -> frozenset[str]:
        """See :class:`~gemlive_emulator.scenario.asked.Behaviour`."""
        return first_words(self.phrases)

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        return None if _is_question(asked) and asked.has(*self.phrases) else f"does not ask for a {self.what}"

    def answer(self, asked: Asked) -> str:
        """What the user told last; or that there was nothing."""
        told = self.told(asked)
        return self.reply.replace("{}", told) if told else f"You have not told me a {self.what} yet."

    def told(self, asked: Asked) -> str:
        """What the user told last; ``""`` if there was nothing."""
        for said in asked.earlier():
            words = words_said(said)
            told = "" if _asks(words) else self.find(words)
            if told:
                return told
        return ""


@dataclass(frozen=True, slots=True)
class EarlierQuestion:
    """The user asks what was asked last, or first."""

    which: str
    phrases: tuple[str, ...]

    @property
    def cues(self) -> frozenset[str]:
        """See :class:`~gemlive_emulator.scenario.asked.Behaviour`."""
        return first_words(self.phrases)

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        return None if asked.has(*self.phrases) else f"does not ask for the {self.which} question"

    def answer(self, asked: Asked) -> str:
        """The question in quotes (recorded form); where nothing was asked, whatever was said."""
        earlier = list(asked.earlier())
        said = [words for words in map(words_said, earlier) if words_of(words) != " " or len(words) > LINE]
        questions = [text for text in said if _asks(text)] or said
        if not questions:
            return _nothing_asked(earlier)
        text = questions[0] if self.which == "last" else questions[-1]
        return f'The {self.which} question you asked was: "{text.strip()}"'


class Summary:
    """The user wants the conversation in short."""

    phrases: tuple[str, ...] = ("summary", "summarize", "summarise", "sum up", "recap")
    cues = first_words(phrases)

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        return None if asked.has(*self.phrases) else "does not ask for a summary"

    def answer(self, asked: Asked) -> str:
        """One line for each entry: who, and the beginning of it."""
        history = asked.conversation.history
        first = max(0, len(history) - SUMMED_UP)
        if not history:
            return "There is nothing to sum up yet: our conversation has just begun."
        lines = ["Here is our conversation in short:"]
        if first:
            lines = [f"Here are the last {SUMMED_UP} of {len(history)} entries of our conversation:"]
        for index in range(first, len(history)):
            lines.append(f"* {_line(history[index])}")
        return "\n".join(lines)


class LongSummary(Summary):
    """The same, asked for in a long text: a prompt that says what a summary of the conversation has to hold."""

    phrases = ()
    cues = frozenset()

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        if len(asked.text) <= LONGEST_QUESTION:
            return "is no long text"
        begins = words_of(asked.text[:LONGEST_QUESTION])
        wanted = any(f" {phrase} " in begins for phrase in Summary.phrases)
        return None if wanted and " conversation " in begins else "does not ask for a summary of the conversation"


def _nothing_asked(earlier: Sequence[Said]) -> str:
    """That there is no question to quote: nothing was said, or only what nobody knows the words of."""
    unknown = next(filter(is_unknown, earlier), None)
    if unknown is None:
        return "You have not asked me anything yet."
    return f"You spoke for {length_of(unknown)}, but nobody told me what you said."


def _line(said: Said) -> str:
    """Who said what, in short."""
    if is_unknown(said):
        return f"You spoke for {length_of(said)}."
    if said.role == "tool":
        name, _, _ = said.text.partition(": ")
        return f"The function {name} returned: {_shortened(Returned.of(said).told)}"
    return f"{'You' if said.role == 'user' else 'I'} said: {_shortened(said.text)}"


def _asks(text: str) -> bool:
    """Whether a text is a question."""
    if text[-LINE:].rstrip().endswith("?"):
        return True
    words = words_of(text)
    return any(words.startswith(f" {word} ") for word in _ASKING)


def _shortened(text: str) -> str:
    """The first line of a text, cut between words, with a full stop so that it can be spoken."""
    line = next((line for line in text[: 4 * LINE].splitlines() if line.strip()), "nothing").strip()
    if len(line) > LINE:
        line = line[:LINE].rsplit(" ", 1)[0] + " …"
    line = line.rstrip(":,; ")
    return line if line.rstrip("\"'*").endswith((".", "!", "?", "…")) else line + "."
