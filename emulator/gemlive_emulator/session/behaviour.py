"""How a model family behaves in time: the fields of a profile that the core reads."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Pace:
    """When the answer goes out.

    Attributes:
        first_text: seconds from the user's turn to the first text piece.
        next_text: seconds between text pieces.
        first_audio: seconds from the user's turn to the first audio part.
        speed: how many times faster than real time audio goes out; ``inf`` for all at once.
        hold_end: whether ``turnComplete`` waits until the client would have heard everything.
    """

    first_text: float
    next_text: float
    first_audio: float
    speed: float
    hold_end: bool = True


AT_ONCE = Pace(first_text=0, next_text=0, first_audio=0, speed=float("inf"), hold_end=False)
REAL_TIME = Pace(first_text=0.4, next_text=0.1, first_audio=0.6, speed=1.0)


Thoughts = Literal["shown", "counted", "none"]
"""Shown as parts, only counted, or not there."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the core needs to know of a family. Sources stand where the values are set (``profiles/families.py``).

    Attributes:
        pace: see :class:`Pace`.
        second_setup: close code and words for a second ``setup``.
        typed_during_reply: whether typed input cuts a running reply or waits for its end.
        handle: when a resumption handle is issued: if asked, after each turn; unasked at turn start, as soon as there
            is something to resume; unasked once, right after setup.
        marks_turn_start: whether an empty resumption update (not resumable) opens each turn when resumption is on.
        thoughts: thoughts are shown as parts, only counted, or do not exist.
        seeds_history: whether ``historyConfig`` makes the first content history that is not answered.
        echoes_realtime_text: whether typed realtime text comes back as input transcription.
        base_tokens: prompt tokens of an empty session.
        content_tokens: prompt tokens that each entry costs beside its text.
        image_tokens: prompt tokens of one image or file.
        unlisted_tokens: prompt tokens that are counted but not listed by modality.
        spoken_text_counts: whether a spoken answer counts its text as well as its audio.
    """

    pace: Pace
    second_setup: tuple[int, str]
    typed_during_reply: Literal["interrupt", "queue"]
    handle: Literal["after_turn", "turn_start", "after_setup"]
    marks_turn_start: bool
    thoughts: Thoughts
    seeds_history: bool
    echoes_realtime_text: bool
    base_tokens: int
    content_tokens: int
    image_tokens: int
    unlisted_tokens: int
    spoken_text_counts: bool
