"""What both detectors have in common: a stream becomes frames, frames become edges."""

from abc import ABC, abstractmethod
from typing import Generic, NamedTuple, TypeVar

from gemlive_emulator.audio.activity import Edge, Sensing
from gemlive_emulator.audio.turns import Turns

Sight = TypeVar("Sight")
"""What a detector knows of a frame before it judges it."""


class Seen(NamedTuple):
    """What a detector made of its last frame; the words are those of ``trace.Frame``."""

    level_dbfs: float
    floor_dbfs: float
    score: float
    threshold: float
    speech: bool


class FramedDetector(ABC, Generic[Sight]):
    """Cuts the stream into frames and counts samples.

    Attributes:
        frame: samples that are judged together.
    """

    def __init__(
        self, sensing: Sensing, rate: int, frame: int, *, blip: int = 1, lag: int = 0, patience: int = 1
    ) -> None:
        self.frame = frame
        self._size = 2 * frame
        self._turns = Turns(sensing, rate, frame, blip=blip, lag=lag, patience=patience)
        self._rest = b""
        self._at = 0

    def feed(self, pcm: bytes) -> list[Edge]:
        """The next whole samples; see ``activity.Detector``."""
        if self._rest or len(pcm) % self._size:
            pcm = self._rest + pcm
            whole = len(pcm) - len(pcm) % self._size
            pcm, self._rest = pcm[:whole], pcm[whole:]
        edges = []
        for sight in self._look(pcm):
            self._at += self.frame
            edge = self._judge(sight)
            if edge:
                edges.append(edge)
        return edges

    @property
    def slack(self) -> int:
        """With how many more samples the next edge can come; see ``activity.Detector``."""
        return self._frames_of_slack() * self.frame - len(self._rest) // 2

    def finish(self) -> list[Edge]:
        """The stream pauses; see ``activity.Detector``. Less than a frame that waits is counted, but not judged."""
        self._at += len(self._rest) // 2
        self._rest = b""
        self._pause()
        if self._turns.talking:
            return [self._turns.end(self._at)]
        self._turns.reset()
        return []

    @abstractmethod
    def seen(self) -> Seen:
        """How the last whole frame was judged; there has to have been one."""

    @abstractmethod
    def _look(self, pcm: bytes) -> list[Sight]:
        """What is known of each of these whole frames."""

    @abstractmethod
    def _judge(self, sight: Sight, /) -> Edge | None:
        """Take a frame, which ends at sample ``_at``."""

    def _frames_of_slack(self) -> int:
        """How many frames come at least until the next edge."""
        return self._turns.slack()

    @abstractmethod
    def _pause(self) -> None:
        """Forget the sound just heard: what comes next does not follow it."""
