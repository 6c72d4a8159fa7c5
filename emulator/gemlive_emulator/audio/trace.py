"""What a detector sees, frame by frame, for a person to look at."""

from gemlive_emulator.audio.activity import Sensing
from gemlive_emulator.audio.detector import make_detector
from gemlive_emulator.records import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, some 20 ms of sound.

    Attributes:
        at: the sample at which it ends.
        level_dbfs: how loud it is (RMS); for the adaptive detector without what lies below some 125 Hz.
        floor_dbfs: how loud the detector takes the noise to be; the fixed level, where one is set.
        score: how many decibels the sound rises above that: in the bands of the spectrum, median of three frames;
            where a level is set, the level above it.
        threshold: what the score has to be above to be speech.
        speech: the frame counts as speech. Starts and ends follow once there is enough of it, or of its lack.
    """

    at: int
    level_dbfs: float
    floor_dbfs: float
    score: float
    threshold: float
    speech: bool


def trace(pcm: bytes, rate: int, sensing: Sensing) -> list[Frame]:
    """Every whole frame of s16le mono at ``rate`` Hz. The very detector that a session uses is fed, and looked at.

    Raises:
        ValueError: the rate is not within 4,000 and 192,000 Hz.
    """
    detector = make_detector(sensing, rate)
    size = 2 * detector.frame
    frames = []
    for start in range(0, len(pcm) - size + 1, size):
        detector.feed(pcm[start : start + size])
        seen = detector.seen()
        frames.append(Frame(start // 2 + detector.frame, *seen))
    return frames
