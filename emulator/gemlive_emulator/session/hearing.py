"""What the user said aloud: the words, and how they are known."""

import re
from collections.abc import Callable
from typing import Literal

from gemlive_emulator.records import dataclass

Source = Literal["script", "metadata", "recording", "recogniser", "placeholder"]
"""What decided: a test or scenario said it beforehand; the WAV file in the stream tells it; a known recording was found
in the stream; a speech recogniser heard it; or nobody knows, and a placeholder tells how long the speech was."""

_PLACEHOLDER = re.compile(r"\(speech ([0-9]{1,9}\.[0-9][0-9]) s\)")


@dataclass(frozen=True, slots=True)
class Words:
    """What was said.

    Attributes:
        text: the words.
        by: which link of the chain decided.
        detail: for the journal, for example the name of the recording and the score.
    """

    text: str
    by: Source
    detail: str = ""


def placeholder(seconds: float) -> Words:
    """An honest stand-in for words that nobody knows."""
    return Words(f"(speech {seconds:.2f} s)", "placeholder")


def is_placeholder(text: str) -> bool:
    """Whether what was said aloud is placeholders and nothing else: nobody knows a word of it."""
    return bool(_PLACEHOLDER.search(text)) and not words_alone(text)


def words_alone(text: str) -> str:
    """What was said aloud, without the placeholders in it."""
    found = _PLACEHOLDER.split(text)[::2]
    return text if len(found) == 1 else " ".join(filter(None, map(str.strip, found)))


def seconds_of(text: str) -> float:
    """How much speech the placeholders in a text stand for."""
    return sum(map(float, _PLACEHOLDER.findall(text)))


def nothing() -> str | None:
    """What is known beforehand where nobody says anything."""
    return None


def ignored(heard: float) -> None:
    """Where nobody cares for interruptions."""


@dataclass(frozen=True, slots=True)
class Foreknown:
    """What whoever answers knows of the user's side beforehand, and what it is told of it.

    Attributes:
        says: called once per utterance, in order, when its end was decided: what the user has now said, ``None`` if
            that is not known.
        phrases: what the user may say, for a recogniser that chooses among phrases.
        interrupted: called when the user interrupts an answer, with the seconds of it that can have been heard;
            before the turn that comes with it.
    """

    says: Callable[[], str | None] = nothing
    phrases: tuple[str, ...] = ()
    interrupted: Callable[[float], None] = ignored


NOTHING_FOREKNOWN = Foreknown()
