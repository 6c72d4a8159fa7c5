"""How far sound rises above the floor while nobody speaks: steady noise hardly, a crowd now and then. No numpy."""

_AT_FIRST, _UP, _DOWN = 6.0, 0.07, 0.02
"""The level before it is known, and what is learned from a frame that rises more, or less."""
_SPREAD_AT_FIRST, _SPREAD_LEARNED = 2.0, 0.03
"""The same of how far frames lie from that level."""
_OF_STEADY, _SPREAD_OF_STEADY = 2.0, 1.0
"""What both are at most when the floor has just been put where steady noise lies."""
_THRESHOLD = 1.5
"""Times the level that a frame of speech rises to before a turn."""
_SPREADS, _TIMES = 2.8, 2.6
"""What a start reaches somewhere: so many spreads above the level, or so many times the level if that is less."""


class Unrest:
    """Learns from the frames that are no speech.

    Attributes:
        level: decibels above the floor, nearer to the loud frames than to the soft ones.
    """

    __slots__ = ("_spread", "level")

    def __init__(self) -> None:
        self.level = _AT_FIRST
        self._spread = _SPREAD_AT_FIRST

    def hear(self, rise: float) -> None:
        """Take a frame that rose so many decibels above the floor and is no speech."""
        more = rise - self.level
        self.level += more * (_UP if more > 0.0 else _DOWN)
        self._spread += (abs(more) - self._spread) * _SPREAD_LEARNED

    def settle(self) -> None:
        """The floor is where steady noise lies from now on, so what was learned above another floor is too much."""
        self.level = min(self.level, _OF_STEADY)
        self._spread = min(self._spread, _SPREAD_OF_STEADY)

    @property
    def threshold(self) -> float:
        """What a frame of speech rises to before a turn, in decibels."""
        return _THRESHOLD * self.level

    @property
    def reach(self) -> float:
        """What the loudest frame before a start rises to, in decibels.

        The loudest syllables of a crowd pass the threshold too, but not by much; those of a user do.
        """
        return min(self.level + _SPREADS * self._spread, _TIMES * self.level)
