"""Keeps the messages of one session while it goes on, so that they can be looked at, asserted on and recorded."""

import threading
from collections import deque
from collections.abc import Sequence
from itertools import takewhile
from typing import Literal

from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.tape import Side, Taped, without_sound

Kept = Literal["nothing", "words", "all"]
"""What is kept of messages: nothing; all but their sound and pictures; or everything."""

MOST_OCTETS = {"nothing": 0, "words": 256 * 1024, "all": 32 * 1024 * 1024}
"""That are kept of one session; past it the oldest messages are dropped. 200 sessions of words take 50 MiB at most."""

MOST_IN_ALL = 1024 * 1024 * 1024
"""Octets of all sessions together, beyond which the oldest lose their messages when a new one begins."""

SHORT = 300
"""Octets of a message in which no sound is looked for."""

EACH = 100
"""Octets that a message counts beside its own: floods of empty ones have their price too."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A message and its place among all that happened in the emulator; messages that went out together share one."""

    number: int
    taped: Taped


class Roll:
    """The tape of one session while it is written. Written on the event loop, read from any thread.

    Args:
        kept: what of each message.
        opened: when the session began, on the emulator's clock.

    Attributes:
        whole: whether the sound that a client streams is kept.
    """

    __slots__ = ("_dropped", "_kept", "_lock", "_most", "_octets", "_opened", "_taped", "whole")

    def __init__(self, kept: Kept, opened: float) -> None:
        self.whole = kept == "all"
        self._kept = kept != "nothing"
        self._most = MOST_OCTETS[kept]
        self._opened = opened
        self._lock = threading.Lock()
        self._taped: deque[tuple[int, float, Side, bytes]] = deque()
        self._octets = 0
        self._dropped = 0

    def keep(self, number: int, now: float, side: Side, payloads: Sequence[bytes]) -> None:
        """Keep what one side has sent."""
        if not self._kept:
            return
        time = now - self._opened
        for payload in payloads:
            if len(payload) > SHORT and not self.whole:
                payload = without_sound(payload)
            with self._lock:
                self._taped.append((number, time, side, payload))
                self._octets = octets = self._octets + len(payload) + EACH
                if octets > self._most:
                    self._make_room()

    def _make_room(self) -> None:
        while self._octets > self._most:
            self._octets -= len(self._taped.popleft()[3]) + EACH
            self._dropped += 1

    @property
    def octets(self) -> int:
        """How much is kept."""
        return self._octets

    def forget(self) -> None:
        """Drop all messages that are kept; they count as dropped."""
        with self._lock:
            self._dropped += len(self._taped)
            self._taped.clear()
            self._octets = 0

    def since(self, number: int, side: Side) -> list[tuple[int, float, bytes]]:
        """What this side sent behind that number, the newest first: number, seconds since the beginning, payload."""
        with self._lock:
            behind = takewhile(lambda one: one[0] > number, reversed(self._taped))
            return [(place, time, payload) for place, time, by, payload in behind if by == side]

    def read(self) -> tuple[tuple[Numbered, ...], int]:
        """What is kept, the oldest first, and how many messages before it were dropped."""
        with self._lock:
            kept, dropped = tuple(self._taped), self._dropped
        return tuple(Numbered(number, Taped(time, side, payload)) for number, time, side, payload in kept), dropped
