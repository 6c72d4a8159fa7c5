"""How a model family behaves in time: the fields of a profile that the core reads."""

from math import inf
from typing import Literal

from gemlive_emulator.audio.activity import Sensitivity
from gemlive_emulator.records import dataclass
from gemlive_emulator.session.lifespan import UNLIMITED, Limits
from gemlive_emulator.session.tools import Scheduling
from gemlive_emulator.wire.closes import INTERNAL_ERROR, INTERNAL_OCCURRED, SESSION_NOT_FOUND


def _require(holds: bool, name: str, told: object, right: str) -> None:
    if not holds:
        raise ValueError(f"{name} is {told!r}; it has to be {right}")


SHORTEST_CHUNK = 0.02
"""Seconds of audio in a part; shorter ones would make more messages than anybody takes."""


@dataclass(frozen=True, slots=True)
class Pace:
    """When the answer goes out.

    Attributes:
        first_text: seconds from the user's turn to the first text piece.
        next_text: seconds between text pieces.
        first_audio: seconds from the user's turn to the first audio part.
        speed: how many times faster than real time audio goes out; ``inf`` for all at once.
        hold_end: whether ``turnComplete`` waits until the client would have heard everything.
        empty_first: whether an audio part without a sample comes first (reported; the first part may be very short).
        trailing_silence: seconds of zeros after the speech of a turn.
        jitter: seconds by which each audio part is late at most; drawn from the session's seed.
        gap: seconds of nothing after each ``gap_every`` seconds of audio (reported: slower than real time, with gaps).
        gap_every: see ``gap``.
        chunk: seconds of audio in a part; ``None`` for parts as they were recorded.
    """

    first_text: float
    next_text: float
    first_audio: float
    speed: float
    hold_end: bool = True
    empty_first: bool = False
    trailing_silence: float = 0.0
    jitter: float = 0.0
    gap: float = 0.0
    gap_every: float = 1.0
    chunk: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ValueError: saying which field, and what would be right.
        """
        for name in ("first_text", "next_text", "first_audio", "trailing_silence", "jitter", "gap"):
            _require(0 <= getattr(self, name) < inf, name, getattr(self, name), "0 or more seconds")
        _require(self.speed > 0, "speed", self.speed, "more than 0; 1 is real time")
        _require(0 < self.gap_every < inf, "gap_every", self.gap_every, "more than 0 seconds")
        _require(self.chunk is None or SHORTEST_CHUNK <= self.chunk < inf, "chunk", self.chunk, "0.02 seconds or more")


AT_ONCE = Pace(first_text=0, next_text=0, first_audio=0, speed=float("inf"), hold_end=False)
REAL_TIME = Pace(first_text=0.4, next_text=0.1, first_audio=0.6, speed=1.0)


Thoughts = Literal["shown", "counted", "none"]
"""Shown as parts, only counted, or not there."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """How a family listens. The setup overrides the first six.

    Attributes:
        start: sensitivity to starts of speech.
        end: sensitivity to ends of speech.
        prefix_ms: speech that is needed before a start is committed; as much sound is part of the turn.
        silence_ms: silence that is needed before an end is committed.
        manual: the client signals activity itself (``disabled: true``).
        interrupts: whether a start of activity interrupts (``activityHandling``).
        coverage: what a spoken turn includes beside the speech: nothing, all video frames since the last turn, or all
            sound and frames.
        most_silence_ms: a longer ``silenceDurationMs`` is cut to this (reported: 6,000 asked for, ended at 2,000).
        threshold_dbfs: a fixed level in place of the adaptive detector.
        low_never_ends: with end sensitivity LOW a turn never ends by silence (measured once, in noise).
        stream_end: whether ``audioStreamEnd`` ends the turn.
        idle_end: seconds without audio after which speech that is under way ends; 0 for never.
        audio_tokens: prompt tokens of speech: by its seconds, or one each turn.
        sees_frames_in_content: a ``clientContent`` turn includes the video frames sent before it.
    """

    start: Sensitivity = "HIGH"
    end: Sensitivity = "HIGH"
    prefix_ms: int = 100
    silence_ms: int = 800
    manual: bool = False
    interrupts: bool = True
    coverage: Literal["activity", "activity_and_video", "all"] = "activity"
    most_silence_ms: int | None = None
    threshold_dbfs: float | None = None
    low_never_ends: bool = False
    stream_end: Literal["ends", "ignored"] = "ends"
    idle_end: float = 1.0
    audio_tokens: Literal["seconds", "one"] = "seconds"
    sees_frames_in_content: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ValueError: saying which field, and what would be right.
        """
        for name in ("prefix_ms", "silence_ms", "most_silence_ms"):
            told = getattr(self, name)
            _require(told is None or told >= 0, name, told, "0 or more milliseconds")
        _require(0 <= self.idle_end < inf, "idle_end", self.idle_end, "seconds, 0 for never")
        level = self.threshold_dbfs
        _require(level is None or -inf < level < inf, "threshold_dbfs", level, "decibels below full scale, such as -30")


@dataclass(frozen=True, slots=True)
class Calling:
    """How a family calls functions, and what it makes of their results.

    Attributes:
        non_blocking: which calls do not block: none, those declared ``NON_BLOCKING``, all but those declared
            ``BLOCKING``, or all.
        scheduling: whether a response may say when the model is to speak of it: that counts, is ignored, or closes.
        default_scheduling: what counts if it does not say.
        interim: whether results that announce more (``willContinue``) are spoken of, or abandon the call.
        own_turn: whether a call that blocks ends the turn it was made in: never, only if it is not answered within
            ``own_turn_after``, or always.
        own_turn_after: seconds.
        after_turn: whether calls go out only after the end of a turn in which something was said before them.
        interrupted: what an interruption does to calls that block: they are cancelled, made again, or nothing (the
            user's turn waits).
        typed: whether typed input during a call that blocks waits, or interrupts.
        realtime: whether realtime input during a call that blocks is taken, or closes 1008.
        unknown: what a response with an id that was never given out does: nothing, or close 1008.
        unsolicited: the same in a resumed session, where a call may have got lost: nothing, or an empty turn.
        nameless: whether a response without the function's name is taken, or makes the call fail.
        json_schema: whether ``parametersJsonSchema`` tells the model what a function takes.
        listed: whether usage lists the tokens of calls as text.
    """

    non_blocking: Literal["never", "asked", "default", "only"] = "asked"
    scheduling: Literal["honoured", "ignored", "refused"] = "honoured"
    default_scheduling: Scheduling = "WHEN_IDLE"
    interim: Literal["honoured", "abandoned"] = "honoured"
    own_turn: Literal["never", "unanswered", "always"] = "never"
    own_turn_after: float = 1.5
    after_turn: bool = False
    interrupted: Literal["cancel", "again", "wait"] = "cancel"
    typed: Literal["queue", "interrupt"] = "queue"
    realtime: Literal["taken", "refused"] = "taken"
    unknown: Literal["ignored", "refused"] = "refused"
    unsolicited: Literal["ignored", "empty_turn"] = "ignored"
    nameless: Literal["taken", "failed"] = "taken"
    json_schema: bool = False
    listed: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ValueError: saying which field, and what would be right.
        """
        _require(0 <= self.own_turn_after < inf, "own_turn_after", self.own_turn_after, "0 or more seconds")


@dataclass(frozen=True, slots=True)
class Resumption:
    """What a family makes of a handle that is alive.

    Attributes:
        other_model: close code and words, right after ``setupComplete``, if the session was opened with another model.
        other_key: the same in place of ``setupComplete``, if the handle was given to another key.
        while_open: whether a session can be resumed while its earlier connection is open, or closes with ``not_yet``.
        after_drop: seconds after the loss of a connection before which a resumption closes with ``not_yet``.
        after_close: the same after a connection that the client closed.
        not_yet: code and words.
        pending_calls: whether calls that had no result yet still take one, or are unknown to the resumed session.
        handle_seconds: how long a handle can be used after it was last written, on the Gemini API.
        vertex_handle_seconds: the same on Vertex.
    """

    other_model: tuple[int, str] = INTERNAL_OCCURRED
    other_key: tuple[int, str] = SESSION_NOT_FOUND
    while_open: Literal["taken", "refused"] = "taken"
    after_drop: float = 0.0
    after_close: float = 0.0
    not_yet: tuple[int, str] = INTERNAL_ERROR
    pending_calls: Literal["lost", "survive"] = "lost"
    handle_seconds: float = 2 * 3600.0
    vertex_handle_seconds: float = 24 * 3600.0

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ValueError: saying which field, and what would be right.
        """
        for name in ("after_drop", "after_close"):
            _require(0 <= getattr(self, name) < inf, name, getattr(self, name), "0 or more seconds")
        for name in ("handle_seconds", "vertex_handle_seconds"):
            _require(0 < getattr(self, name) < inf, name, getattr(self, name), "more than 0 seconds")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the core needs to know of a family. Sources stand where the values are set (``profiles/families.py``).

    Attributes:
        pace: see :class:`Pace`.
        hearing: see :class:`Hearing`.
        calling: see :class:`Calling`.
        resumption: see :class:`Resumption`.
        limits: see :class:`~gemlive_emulator.session.lifespan.Limits`.
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
        low_image_tokens: of one image or file at ``MEDIA_RESOLUTION_LOW``.
        spoken_text_counts: whether a spoken answer counts its text as well as its audio.
        tool_id: the form of tool call ids.
        answers_typed: whether typed turns are answered with anything.
    """

    pace: Pace
    hearing: Hearing
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
    low_image_tokens: int = 64
    tool_id: Literal["function-call", "uuid", "fc", "call"] = "function-call"
    calling: Calling = Calling()
    resumption: Resumption = Resumption()
    limits: Limits = UNLIMITED
    answers_typed: bool = True
