"""Which sessions have a connection open at this emulator, and how their last one ended."""

from collections import OrderedDict
from math import inf

from gemlive_emulator.records import dataclass

MOST_ENDED = 10_000
"""Sessions without a connection that are known; one more drops the one that ended longest ago."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with the connections of a session; the attributes are those of ``Recalled``."""

    held: bool = False
    ago: float = inf
    dropped: bool = False


class Presence:
    """Sessions by their name. There is no clock inside: the caller says what time it is."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}
        self._ended: OrderedDict[str, tuple[float, bool]] = OrderedDict()

    def begin(self, session: str) -> None:
        """A connection of this session is open."""
        self._open[session] = self._open.get(session, 0) + 1

    def end(self, session: str, now: float, dropped: bool) -> None:
        """One of its connections was lost, or closed."""
        left = self._open.pop(session) - 1
        if left:
            self._open[session] = left
        self._ended[session] = (now, dropped)
        self._ended.move_to_end(session)
        if len(self._ended) > MOST_ENDED:
            self._ended.popitem(last=False)

    def of(self, session: str, now: float) -> Standing:
        """How it stands with this session."""
        ended = self._ended.get(session)
        ago, dropped = (inf, False) if ended is None else (now - ended[0], ended[1])
        return Standing(session in self._open, ago, dropped)
