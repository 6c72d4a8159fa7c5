"""The table of timers: one deadline per reason, no tasks."""

from enum import Enum, auto
from math import inf


class Timer(Enum):
    """Why a session wakes up."""

    FIRST_MESSAGE = auto()
    DELIVERY = auto()
    TURN_END = auto()
    AUDIO_IDLE = auto()
    ECHO = auto()
    CALL_TURN_END = auto()
    CALL_TIMEOUT = auto()
    GO_AWAY = auto()
    CONNECTION_END = auto()
    SESSION_END = auto()
    CLIENT_IDLE = auto()
    TOKEN_END = auto()

    # An enum's own hash is that of the name, computed in Python; here members are asked for with every part of speech.
    __hash__ = object.__hash__


class Timers:
    """Deadlines by reason. At most a handful; the earliest is known, for it is asked after with every message."""

    def __init__(self) -> None:
        self._deadlines: dict[Timer, float] = {}
        self._earliest = inf

    def set(self, timer: Timer, deadline: float) -> None:
        """Arm a timer; an earlier deadline of the same timer is forgotten."""
        self._deadlines[timer] = deadline
        self._earliest = min(self._deadlines.values())

    def cancel(self, timer: Timer) -> None:
        """Disarm a timer; nothing happens if it is not armed."""
        if self._deadlines.pop(timer, None) is not None:
            self._earliest = min(self._deadlines.values(), default=inf)

    def is_set(self, timer: Timer) -> bool:
        """Whether a timer is armed."""
        return timer in self._deadlines

    def clear(self) -> None:
        """Disarm all."""
        self._deadlines.clear()
        self._earliest = inf

    @property
    def deadline(self) -> float | None:
        """The earliest deadline, ``None`` if no timer is armed."""
        return None if self._earliest == inf else self._earliest

    def earliest_but(self, left_out: frozenset[Timer]) -> float | None:
        """The earliest deadline of all other timers, ``None`` if no other is armed."""
        return min((deadline for timer, deadline in self._deadlines.items() if timer not in left_out), default=None)

    def pop_due(self, now: float) -> tuple[Timer, float] | None:
        """Take the earliest timer that is due by ``now`` off the table."""
        if self._earliest > now:
            return None
        timer = min(self._deadlines, key=self._deadlines.__getitem__)
        deadline = self._deadlines[timer]
        self.cancel(timer)
        return timer, deadline
