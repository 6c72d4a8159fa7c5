"""From frames that are speech or not to turns that start and end. No numpy."""

from gemlive_emulator.audio.activity import Edge, Sensing


class Turns:
    """Counts frames of speech and of silence.

    A start is due when the frames of speech, less one for every ``patience`` frames between them that are none, make
    ``prefix_ms``; an end when ``silence_ms`` have passed without speech. Fewer than ``blip`` frames of speech in a row
    do not put off an end that draws near. ``lag`` frames of speech have passed when the first is told.

    Attributes:
        talking: a start was told and no end yet.
        credit: frames of speech towards a start, at most one more than it takes: what is held back is not saved up.
        needed: frames of speech that a start takes.
    """

    __slots__ = (
        "_blip",
        "_frame",
        "_lag",
        "_last",
        "_patience",
        "_quiet",
        "_run",
        "_silent",
        "_since",
        "credit",
        "needed",
        "talking",
    )

    def __init__(
        self, sensing: Sensing, rate: int, frame: int, *, blip: int = 1, lag: int = 0, patience: int = 1
    ) -> None:
        self.needed = _frames(sensing.prefix_ms, rate, frame)
        self._silent = _frames(sensing.silence_ms, rate, frame)
        self._frame = frame
        self._blip, self._lag, self._patience = blip, lag, patience
        self.reset()

    def reset(self) -> None:
        """Forget all speech; silence from here."""
        self.talking = False
        self.credit = self._run = self._quiet = self._since = self._last = 0

    @property
    def due(self) -> bool:
        """A start is due."""
        return self.credit >= self.needed

    def before(self, speech: bool, at: int, earlier: int = 0) -> None:
        """Take a frame that ends at sample ``at``, while there is no turn.

        If it is the first of speech, so many frames ``earlier`` were speech as well, as is now known.
        """
        if speech:
            if not self.credit:
                before = self._lag + earlier
                self._since = at - (1 + before) * self._frame
                self.credit, self._quiet = min(before, self.needed), 0
            if self.credit <= self.needed:
                self.credit += 1
        elif self.credit:
            self._quiet += 1
            if self._quiet % self._patience == 0:
                self.credit -= 1

    def slack(self, wait: int = 0, earlier: int = 0, most_earlier: int = 0) -> int:
        """How many frames come at least until the next edge, its own counted, whatever they sound like.

        Args:
            wait: frames that cannot be speech, before any that can.
            earlier: what :meth:`before` will be told of the first that can be speech, if it is.
            most_earlier: what it can be told of any later one.
        """
        if self.talking:
            return self._silent - self._quiet
        anew = self.needed - self._lag
        if not self.credit:
            return wait + max(1, anew - earlier)
        # Speech that begins anew, once the credit is used up, may be due sooner than that which goes on.
        used_up = self.credit * self._patience - self._quiet % self._patience
        return min(wait + max(1, self.needed - self.credit), used_up + max(1, anew - most_earlier))

    def start(self, at: int) -> Edge:
        """The start that is due."""
        self.talking = True
        # The frames that made it due were speech in a row long enough for the first silence to begin here.
        self._quiet, self._run, self._last = 0, self._blip, at
        return Edge("start", at, self._since)

    def during(self, speech: bool, at: int) -> Edge | None:
        """Take a frame that ends at sample ``at``, while there is a turn."""
        self._quiet += 1
        if not speech:
            self._run = 0
        else:
            self._run += 1
            if self._run >= self._blip:
                self._quiet, self._last = 0, at
        return self.end(at) if self._quiet >= self._silent else None

    def end(self, at: int) -> Edge:
        """End the turn now."""
        last = self._last
        self.reset()
        return Edge("end", at, last)


def _frames(milliseconds: int, rate: int, frame: int) -> int:
    """Whole frames that last so long, at least one."""
    return max(1, -(-milliseconds * rate // (1_000 * frame)))
