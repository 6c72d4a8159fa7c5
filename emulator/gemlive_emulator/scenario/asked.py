"""A turn as the built-in responder looks at it, and the form of what it answers."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Protocol

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.seen import known_words, words_unknown
from gemlive_emulator.session.hearing import is_placeholder, seconds_of, words_alone
from gemlive_emulator.session.steps import Conversation, Said, UserTurn

LONGEST_QUESTION = 300
"""Characters; a longer text is not looked through for phrases, it is only echoed."""

LOOK_BACK = 2_000
"""So many entries of the history are looked through, latest first, when something is to be remembered."""

LONGEST_INSTRUCTION = 10_000
"""Characters of a system instruction that are looked through."""

LONGEST_ECHO = 50_000
"""Characters of a client's text that are said again."""

_WORD = re.compile(r"\w+(?:['’]\w+)?")  # noqa: RUF001 - both apostrophes are typed
_NO_WORDS = " \t\r\n.,;:!?…-"
_NOT_SPOKEN = re.compile(r"[*_`#~|<>\[\]{}\\\x00-\x1f\x7f]+")


@cache
def _between_blanks(phrases: tuple[str, ...]) -> tuple[str, ...]:
    """The phrases as they stand in :attr:`Asked.words`; there are as many sets of them as places that ask."""
    return tuple(f" {phrase} " for phrase in phrases)


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn, with its words.

    Attributes:
        turn: as it came.
        conversation: what was before it.
        text: what was said, without the placeholders for words that nobody knows.
        words: its words in small letters with single blanks, and a blank at either end, so that a phrase is found by
            ``" phrase " in words``; one blank for a text without words or longer than :data:`LONGEST_QUESTION`.
    """

    turn: UserTurn
    conversation: Conversation
    text: str
    words: str

    @classmethod
    def of(cls, turn: UserTurn, conversation: Conversation) -> "Asked":
        """Look at a turn."""
        text = known_words(turn)
        return cls(turn, conversation, text, words_of(text))

    @property
    def is_unknown(self) -> bool:
        """Whether the user spoke, and nobody knows a word of it."""
        return words_unknown(self.turn)

    @property
    def is_nudge(self) -> bool:
        """Whether the text has no word in it: frameworks send ``"."`` or ``" "`` to make the model speak."""
        return not self.text.strip(_NO_WORDS) and not self.is_unknown

    def has(self, *phrases: str) -> bool:
        """Whether one of the phrases occurs, word by word."""
        words = self.words
        for phrase in _between_blanks(phrases):  # noqa: SIM110 - a generator costs more than the search
            if phrase in words:
                return True
        return False

    def begins(self, *phrases: str) -> bool:
        """Whether the turn begins with one of the phrases, word by word."""
        return self.words.startswith(_between_blanks(phrases))

    def earlier(self) -> Iterator[Said]:
        """What the user said before, see :func:`said_by_user`."""
        return said_by_user(self.conversation.history)


def said_by_user(history: Sequence[Said]) -> Iterator[Said]:
    """What the user said, latest first, as far back as :data:`LOOK_BACK` entries."""
    for index in range(len(history) - 1, max(-1, len(history) - 1 - LOOK_BACK), -1):
        if history[index].role == "user":
            yield history[index]


def is_unknown(said: Said) -> bool:
    """Whether an entry of the history stands for speech of which nobody knows a word."""
    return said.modality == "AUDIO" and is_placeholder(said.text)


def words_said(said: Said) -> str:
    """The words of an entry of the history, without the placeholders for words that nobody knows."""
    return words_alone(said.text) if said.modality == "AUDIO" else said.text


def spoken_for(seconds: float) -> str:
    """How long somebody spoke, in words."""
    return f"{seconds:.1f} seconds"


def length_of(said: Said) -> str:
    """How long the speech was of which nobody knows a word, in words."""
    return spoken_for(seconds_of(said.text))


def counted(turn: UserTurn) -> str:
    """How many parts that are not text came along, in words: beside the realtime stream they can only be images."""
    one, many = ("image or file", "images or files") if turn.source == "content" else ("image", "images")
    return f"1 {one}" if turn.other_parts == 1 else f"{turn.other_parts} {many}"


def first_words(phrases: tuple[str, ...]) -> frozenset[str]:
    """The cues of phrases."""
    return frozenset(phrase.split()[0] for phrase in phrases)


class Behaviour(Protocol):
    """One thing that the built-in responder can do."""

    @property
    def cues(self) -> frozenset[str]:
        """Words of which it needs one in the turn; none, if it has to be asked about every turn."""
        ...

    def why_not(self, asked: Asked) -> str | None:
        """Why it has nothing to say to this turn; ``None`` if it has."""
        ...

    def answer(self, asked: Asked) -> str:
        """What it says, with the marks of a text session; only for a turn that it has something to say to."""
        ...


def words_of(text: str) -> str:
    """The words of a short text, see :class:`Asked`."""
    if len(text) > LONGEST_QUESTION:
        return " "
    return "".join(f" {word}" for word in _WORD.findall(text.casefold().replace("’", "'"))) + " "  # noqa: RUF001


def formed(answer: str, modality: str) -> str:
    """An answer in the form of its session.

    Text ends with a line break, as recorded. Speech has no marks that nobody can say, and no line breaks.
    """
    whole = answer if answer.isascii() else answer.encode("utf-8", "replace").decode("utf-8")
    if modality != "AUDIO":
        return whole + "\n"
    return " ".join(_NOT_SPOKEN.sub(" ", whole.replace("**", "")).split()) or "I have no words for that."
