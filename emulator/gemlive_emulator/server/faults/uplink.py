"""What the client sends, while it takes its time on the way. Pure: time is an argument."""

from collections import deque
from math import inf

from gemlive_emulator.scenario.faults.parcel import Parcel
from gemlive_emulator.server.faults.pace import Pace


class Uplink:
    """The messages that a client has sent and the server has not heard yet, in order.

    Args:
        opened: when the line was opened, in seconds.
    """

    def __init__(self, opened: float) -> None:
        self._pace = Pace(opened)
        self._coming: deque[tuple[float, bytes]] = deque()
        self.size = 0
        """Bytes that are on their way."""

    def hold(self, seconds: float, now: float) -> None:
        """Let nothing arrive for so long; ``inf`` for never again."""
        self._pace.hold(seconds, now)

    def take(self, parcel: Parcel, now: float) -> None:
        """The client has sent this."""
        due = self._pace.due(now, len(parcel.payload), parcel)
        if due < inf:
            self._coming.append((due, parcel.payload))
            self.size += len(parcel.payload)

    @property
    def deadline(self) -> float:
        """When the next message arrives; ``inf`` if none is on its way."""
        return self._coming[0][0] if self._coming else inf

    def arrived(self, now: float) -> bytes | None:
        """The next message that has arrived by now; ``None`` if none has."""
        if self.deadline > now:
            return None
        payload = self._coming.popleft()[1]
        self.size -= len(payload)
        return payload

    def hurry(self) -> None:
        """All that is on its way arrives now."""
        self._coming = deque((-inf, payload) for _, payload in self._coming)

    def clear(self) -> None:
        """Nobody waits for it any more."""
        self._coming.clear()
        self.size = 0
