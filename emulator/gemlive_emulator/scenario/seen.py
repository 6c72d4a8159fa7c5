"""A user's turn as conditions and the built-in responder look at it: its words, as far as anybody knows them."""

from functools import cached_property
from typing import Literal

from gemlive_emulator.session.hearing import is_placeholder, words_alone
from gemlive_emulator.session.steps import UserTurn

Place = Literal["text", "heard"]
"""Where words are looked for: in all that was said, typed or aloud; or only in what was said aloud."""

_CLOSING_SIGNS = " .!?,;:…。！？"  # noqa: RUF001 - the full-width signs are meant
_UNKNOWN = "nobody knows the words that were said aloud"


def words_unknown(turn: UserTurn) -> bool:
    """Whether nobody knows a word of the turn: all of it was said aloud, and only its length is known."""
    return turn.heard is not None and is_placeholder(turn.text)


def known_words(turn: UserTurn) -> str:
    """What was said, typed or aloud, without the placeholders for words that nobody knows."""
    return turn.text if turn.heard is None else words_alone(turn.text)


def folded(text: str) -> str:
    """A text in one case, with single blanks."""
    return " ".join(text.casefold().split())


def unsigned(text: str) -> str:
    """A folded text without the signs at its end."""
    return folded(text).rstrip(_CLOSING_SIGNS)


class Wording:
    """Words in the forms in which conditions compare them; what several of them need is made once."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def folded(self) -> str:
        """The text in one case, blanks made single."""
        return folded(self.text)

    @cached_property
    def unsigned(self) -> str:
        """The folded text without the signs at its end."""
        return unsigned(self.text)


class Seen:
    """A user's turn as the conditions look at it."""

    def __init__(self, turn: UserTurn) -> None:
        self.turn = turn
        self.text = Wording(known_words(turn))

    @cached_property
    def heard(self) -> Wording:
        """What was said aloud, as far as it is known."""
        return Wording(words_alone(self.turn.heard.text) if self.turn.heard else "")

    def wording(self, place: Place) -> Wording:
        """The words that are looked at there."""
        return self.text if place == "text" else self.heard

    def why_no_words(self, place: Place) -> str | None:
        """Why there are no words that a pattern could fit there; ``None`` if there are, or an empty typed text."""
        heard = self.turn.heard
        if place == "text":
            return _UNKNOWN if words_unknown(self.turn) else None
        if heard is None:
            return "nothing was said aloud"
        return _UNKNOWN if is_placeholder(heard.text) else None
