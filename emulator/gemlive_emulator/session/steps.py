"""What a model turn is made of, and who decides it.

A *responder* gets the user's turn and returns a *reply*: a generator of *steps*. The session pulls a step when the one
before is done; an interruption is ``reply.close()``. Nothing here knows a socket, a clock or a model family.
"""

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

from gemlive_emulator.records import dataclass
from gemlive_emulator.session.hearing import Words
from gemlive_emulator.session.toolbox import Toolbox
from gemlive_emulator.session.tools import AwaitResults, CallTools

if TYPE_CHECKING:
    from gemlive_emulator.session.commands import Happening, Misbehave


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
    """The server closes the connection with this code and these words (cut at 123 bytes).

    ``how`` says whether with a close frame, by the end of TCP alone, or by a reset; without a frame the client sees
    1006.
    """

    code: int
    words: str = ""
    how: Literal["frame", "eof", "reset"] = "frame"


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
class Play:
    """This sound is the answer; in a text session only its text is said.

    Attributes:
        pcm: s16le mono.
        rate: Hz, 4,000 to 192,000; it goes out at the API's 24,000.
        text: its transcription, ``""`` for none.
    """

    pcm: bytes
    rate: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Tell:
    """These happenings go out as they are, behind what was said before: grounding, code, goAway, raw messages."""

    happenings: "tuple[Happening | Misbehave, ...]"


@dataclass(frozen=True, slots=True)
class Handle:
    """What becomes of resumption: a handle is given now, none is given for this turn, or all given ones are dead."""

    what: Literal["give", "withhold", "kill"]


@dataclass(frozen=True, slots=True)
class Count:
    """The usage of this turn says this, whatever was counted.

    Attributes:
        prompt: tokens by modality; ``None`` leaves what was counted.
        response: the same of the answer.
        thoughts: of thoughts.
    """

    prompt: Mapping[str, int] | None = None
    response: Mapping[str, int] | None = None
    thoughts: int | None = None


@dataclass(frozen=True, slots=True)
class Consult:
    """Wait for something outside: ``value = yield Consult(ask)``; what it raises is raised in the reply.

    Attributes:
        ask: makes the awaitable; called and awaited by the driver, never here. If the turn is cut, it is cancelled.
    """

    ask: Callable[[], Awaitable[Any]]


Step = (
    Say
    | Play
    | Think
    | Pause
    | CloseConnection
    | Silence
    | EndTurn
    | Interrupt
    | InterruptAfterEnd
    | Transcript
    | CallTools
    | AwaitResults
    | Consult
    | Tell
    | Handle
    | Count
)
STEP_NAMES = tuple(step.__name__ for step in get_args(Step))
Reply = Generator[Step, Any, None]


def nothing() -> Reply:
    """A reply without a step: an empty turn."""
    yield from ()


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of the conversation: who said what. ``modality`` is ``TEXT`` or ``AUDIO``.

    What a ``tool`` said is the result of a call: the function's name and its response.
    """

    role: Literal["user", "model", "tool"]
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
        signalled: whether the client signalled its activity itself (``activityStart`` and ``activityEnd``).
        frames: how many of the other parts are frames of the realtime video stream.
    """

    text: str
    number: int
    source: Literal["content", "realtime", "speech"] = "content"
    other_parts: int = 0
    heard: Words | None = None
    speech_seconds: float = 0.0
    signalled: bool = False
    frames: int = 0


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
    def tools(self) -> Toolbox:
        """What the model may call just now."""
        ...

    @property
    def connection(self) -> int:
        """The number of this connection at the emulator, from 1."""
        ...

    @property
    def proactive(self) -> bool:
        """Whether the model may choose not to answer (``proactiveAudio``)."""
        ...


Responder = Callable[[UserTurn, Conversation], Reply]
