"""What waits for the end of a turn: what the user said meanwhile, and replies that go on with results."""

from gemlive_emulator.session.asked import Asked, Continuation


class Waiting:
    """Keeps what is to be answered, in the order in which it will be."""

    def __init__(self) -> None:
        # A list, though it is taken from the front: it is short, and an empty deque is twelve times as large.
        self._waiting: list[Asked | Continuation] = []

    def ask(self, asked: Asked) -> None:
        """The user's turn comes behind everything that waits."""
        self._waiting.append(asked)

    def go_on(self, going_on: Continuation) -> None:
        """A reply comes behind those that got their results before it, and before the user's turns."""
        place = 0
        for waiting in self._waiting:
            if not isinstance(waiting, Continuation) or (going_on.urgent and not waiting.urgent):
                break
            place += 1
        self._waiting.insert(place, going_on)

    def follow(self, continuation: Continuation) -> None:
        """A reply that nobody is in a hurry for comes behind everything that waits."""
        self._waiting.append(continuation)

    def take(self, call_blocks: bool, user_speaks: bool) -> Asked | Continuation | None:
        """What comes next; ``None`` if nothing waits, or the first of it has to wait on.

        Args:
            call_blocks: whether a call keeps the user's turns waiting.
            user_speaks: whether the user is speaking, which patient replies wait for.
        """
        if not self._waiting:
            return None
        first = self._waiting[0]
        held = first.patient and user_speaks if isinstance(first, Continuation) else call_blocks
        return None if held else self._waiting.pop(0)

    def take_asked(self) -> list[Asked]:
        """The user's turns, which will not be answered on their own; the replies stay."""
        asked = [waiting for waiting in self._waiting if isinstance(waiting, Asked)]
        self._waiting = [waiting for waiting in self._waiting if isinstance(waiting, Continuation)]
        return asked

    def clear(self) -> None:
        """Nothing will be answered any more."""
        self._waiting.clear()
