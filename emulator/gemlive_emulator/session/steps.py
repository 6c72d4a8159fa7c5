"""What a model turn is made of, and who decides it.

A *responder* gets the user's turn and returns a *reply*: a generator of *steps*. The session pulls a step when the one
before is done; an interruption is ``reply.close()``. Nothing here knows a socket, a clock or a model family.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

from gemlive_emulator.session.hearing import Words


@dataclass(frozen=True, slots=True)
class Say:
    """Say this: text in a text session, speech with its transcription in an audio session.

    Attributes:
        text: what is said.
        sound: of a spoken answer: the voice; ``silent`` for parts as long as the speech that hold only zeros; ``none``
            for its transcription without any audio (both are failures of the real server).
    """

    text: str
    sound: Literal["voice", "silent", "none"] = "voice"


@dataclass(frozen=True, slots=True)
class Think:
    """A thought of the model. Families show it as a part, hide it (it only counts), or have none.

    An empty text means: no thought in this turn, not even the family's own.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing for this long (seconds), in the middle of generating."""

    seconds: float


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """The server closes the connection with this code and these words (cut at 123 bytes)."""

    code: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer. As the first step: nothing at all goes out, not even an end of the turn (proactive audio). After
    other steps the reply just ends."""


@dataclass(frozen=True, slots=True)
class EndTurn:
    """The reply ends here, and ``turnComplete`` carries this ``turnCompleteReason``.

    Reported: ``RESPONSE_REJECTED`` on empty turns (live-api-examples#40).
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The turn is interrupted by nobody, as by an echo of its own voice, and begins again.

    A first step: what follows is cut ``after`` seconds of its audio were sent.

    Attributes:
        after: seconds from the first audio part; 0 cuts before it.
        times: how often in a row; then the reply goes on to its end.
    """

    after: float = 0.0
    times: int = 1


@dataclass(frozen=True, slots=True)
class InterruptAfterEnd:
    """Once this turn is complete, ``interrupted`` comes without a cause (reported: python-genai#2333)."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """The transcription of what the user said goes out once more; ``None`` repeats the turn's own words."""

    text: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model wants called. The session gives it its ``id``."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True, slots=True)
class CallTools:
    """Call these functions, all in one message, and wait: ``results = yield CallTools(...)``.

    The results are one mapping per call, in order: what the client sent as ``response``.
    """

    calls: tuple[ToolCall, ...]


Step = (
    Say | Think | Pause | CloseConnection | Silence | EndTurn | Interrupt | InterruptAfterEnd | Transcript | CallTools
)
STEP_NAMES = tuple(step.__name__ for step in get_args(Step))
Reply = Generator[Step, Any, None]


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of the conversation: who said what. ``modality`` is ``TEXT`` or ``AUDIO``."""

    role: Literal["user", "model"]
    text: str
    modality: str = "TEXT"


@dataclass(frozen=True, slots=True)
class UserTurn:
    """What the user did before the model is to answer.

    Attributes:
        text: all that was said, typed or aloud, parts joined with a blank; ``""`` if there was nothing.
        number: of this turn in the session, from 1; goes on counting after a resumption.
        source: ``content`` for clientContent, ``realtime`` for realtimeInput.text, ``speech`` for what was said aloud.
        other_parts: how many parts that are not text came along (images, video frames, files).
        heard: what was said aloud, and how that is known; ``None`` in a typed turn.
        speech_seconds: how long the speech was.
    """

    text: str
    number: int
    source: Literal["content", "realtime", "speech"] = "content"
    other_parts: int = 0
    heard: Words | None = None
    speech_seconds: float = 0.0


class Conversation(Protocol):
    """What a responder may look at. Read only."""

    @property
    def history(self) -> Sequence[Said]:
        """Everything said so far, without the turn that is to be answered; the model's part only as far as sent."""
        ...

    @property
    def model(self) -> str:
        """The bare model id, for example ``gemini-3.8-live``."""
        ...

    @property
    def voice(self) -> str:
        """The prebuilt voice's name, ``""`` in a text session."""
        ...

    @property
    def modality(self) -> str:
        """``TEXT`` or ``AUDIO``."""
        ...

    @property
    def system_instruction(self) -> str:
        """Its text, parts joined with a line break; ``""`` if none."""
        ...

    @property
    def resumed(self) -> bool:
        """Whether this session goes on from an earlier connection."""
        ...

    @property
    def proactive(self) -> bool:
        """Whether the model may choose not to answer (``proactiveAudio``)."""
        ...


Responder = Callable[[UserTurn, Conversation], Reply]
