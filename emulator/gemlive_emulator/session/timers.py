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
    """Deadlines by reason. At most a handful, so the earliest is found by looking at all."""

    def __init__(self) -> None:
        self._deadlines: dict[Timer, float] = {}

    def set(self, timer: Timer, deadline: float) -> None:
        """Arm a timer; an earlier deadline of the same timer is forgotten."""
        self._deadlines[timer] = deadline

    def cancel(self, timer: Timer) -> None:
        """Disarm a timer; nothing happens if it is not armed."""
        self._deadlines.pop(timer, None)

    def clear(self) -> None:
        """Disarm all."""
        self._deadlines.clear()

    @property
    def deadline(self) -> float | None:
        """The earliest deadline, ``None`` if no timer is armed."""
        return min(self._deadlines.values()) if self._deadlines else None

    def pop_due(self, now: float) -> tuple[Timer, float] | None:
        """Take the earliest timer that is due by ``now`` off the table."""
        if not self._deadlines:
            return None
        timer = min(self._deadlines, key=self._deadlines.__getitem__)
        deadline = self._deadlines[timer]
        if deadline > now:
            return None
        del self._deadlines[timer]
        return timer, deadline
