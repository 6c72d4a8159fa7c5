"""Speech in a stream of sound: how it is to be found, and what was found. No numpy here: the core reads this.

Positions are samples from the start of the stream, so that a decision is the same number however the stream was cut.
"""

from typing import Literal, NamedTuple, Protocol

from gemlive_emulator.records import dataclass

Sensitivity = Literal["HIGH", "LOW"]


@dataclass(frozen=True, slots=True)
class Sensing:
    """The settings of a detector, in the API's own terms (``automaticActivityDetection``).

    Attributes:
        start: how easily a start of speech is detected.
        end: how easily an end of speech is detected.
        prefix_ms: speech that is needed before a start is committed; as much sound is part of the turn.
        silence_ms: silence that is needed before an end is committed.
        threshold_dbfs: a fixed level (dB below full scale, RMS of 20 ms) above which all sound is speech, in place of
            the adaptive detector: predictable for tests that send tones. ``None`` adapts.
    """

    start: Sensitivity = "HIGH"
    end: Sensitivity = "HIGH"
    prefix_ms: int = 100
    silence_ms: int = 800
    threshold_dbfs: float | None = None


class Edge(NamedTuple):
    """A decision.

    Attributes:
        kind: speech has started, or ended.
        at: the sample at which it was decided; an end is decided ``silence_ms`` after the speech.
        since: the sample at which the speech began, or ended.
    """

    kind: Literal["start", "end"]
    at: int
    since: int


class Detector(Protocol):
    """Finds where speech starts and ends.

    The edges of a stream alternate, a start first, and depend on its samples alone: neither on how they were cut into
    portions nor on when they came.
    """

    @property
    def slack(self) -> int:
        """With how many more samples the next edge can come, at least one, whatever they are."""
        ...

    def feed(self, pcm: bytes) -> list[Edge]:
        """The next whole samples (s16le mono); gives what was decided in them, mostly nothing."""
        ...

    def finish(self) -> list[Edge]:
        """The stream pauses: speech that is under way ends here. What was learned of the noise is kept."""
        ...
