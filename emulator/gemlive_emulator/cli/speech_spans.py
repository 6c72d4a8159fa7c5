"""What a detector decided in a sound: speech from here to there, and when that was known. Pure."""

from collections.abc import Iterable

from gemlive_emulator.audio.activity import Edge
from gemlive_emulator.records import dataclass


@dataclass(frozen=True, slots=True)
class SpeechSpan:
    """Speech, all times in seconds from the beginning of the sound.

    Attributes:
        began: when it began.
        start_at: when its start was decided.
        ended: when it ended; where the sound ends, if it does so first.
        end_at: when its end was decided; ``None`` if the sound ended first.
    """

    began: float
    start_at: float
    ended: float
    end_at: float | None


def spans(edges: Iterable[Edge], rate: int, samples: int) -> list[SpeechSpan]:
    """The spans between starts and ends of speech in so many samples."""
    found: list[SpeechSpan] = []
    length = samples / rate
    for edge in edges:
        since, at = edge.since / rate, edge.at / rate
        if edge.kind == "start":
            found.append(SpeechSpan(since, at, length, None))
        else:
            begun = found.pop()
            found.append(SpeechSpan(begun.began, begun.start_at, since, at))
    return found
