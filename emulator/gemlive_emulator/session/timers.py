"""The table of timers: one deadline per reason, no tasks."""

from enum import Enum, auto


class Timer(Enum):
    """Why a session wakes up."""

    FIRST_MESSAGE = auto()
    DELIVERY = auto()
    TURN_END = auto()
    AUDIO_IDLE = auto()
    ECHO = auto()


class Timers:
    """Deadlines by reason. The earliest is kept: it is looked at with every message, and seldom changes.

    Attributes:
        deadline: the earliest, ``None`` if no timer is armed.
    """

    def __init__(self) -> None:
        self.deadline: float | None = None
        self._deadlines: dict[Timer, float] = {}

    def set(self, timer: Timer, deadline: float) -> None:
        """Arm a timer; an earlier deadline of the same timer is forgotten."""
        before = self._deadlines.get(timer)
        self._deadlines[timer] = deadline
        if self.deadline is None or deadline < self.deadline:
            self.deadline = deadline
        elif before == self.deadline:
            self._look()

    def cancel(self, timer: Timer) -> None:
        """Disarm a timer; nothing happens if it is not armed."""
        if self._deadlines.pop(timer, None) == self.deadline:
            self._look()

    def clear(self) -> None:
        """Disarm all."""
        self._deadlines.clear()
        self.deadline = None

    def pop_due(self, now: float) -> tuple[Timer, float] | None:
        """Take the earliest timer that is due by ``now`` off the table."""
        if self.deadline is None or self.deadline > now:
            return None
        timer = min(self._deadlines, key=self._deadlines.__getitem__)
        deadline = self._deadlines.pop(timer)
        self._look()
        return timer, deadline

    def _look(self) -> None:
        self.deadline = min(self._deadlines.values()) if self._deadlines else None
