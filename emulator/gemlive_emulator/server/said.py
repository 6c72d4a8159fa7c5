"""What the user says aloud, as a test has fixed it for all sessions."""

from collections import deque
from dataclasses import replace

from gemlive_emulator.session.hearing import Foreknown


class Said:
    """Words of utterances that are still to come, in their order. Safe from any thread."""

    def __init__(self) -> None:
        self._words: deque[str] = deque()

    def add(self, text: str) -> None:
        """Fix the words of one more.

        Raises:
            ValueError: there are none.
        """
        words = " ".join(text.split())
        if not words:
            raise ValueError(f"user_says({text!r}): give the words that the user says next")
        self._words.append(words)

    def clear(self) -> None:
        """Forget them."""
        self._words.clear()

    def before(self, foreknown: Foreknown) -> Foreknown:
        """What is known of a session beforehand, with these before its own words."""

        def says() -> str | None:
            try:
                return self._words.popleft()
            except IndexError:
                return foreknown.says()

        return replace(foreknown, says=says)
