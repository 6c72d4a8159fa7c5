"""What a session wants done: the vocabulary that goes out.

The first group says what happens in the conversation; the dialect of the model family makes messages of it
(``Admission.render``). The second group asks the outside for something; the driver answers with an event.

Plain slotted dataclasses, not frozen ones: a text turn makes five of them, and freezing doubles their cost.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from gemlive_emulator.audio.speech import Chunk
from gemlive_emulator.records import dataclass
from gemlive_emulator.session.google_tools import GoogleHappening
from gemlive_emulator.session.hearing import Source
from gemlive_emulator.session.tools import ToolCall, ToolResult
from gemlive_emulator.session.usage import Usage


@dataclass(slots=True)
class SetupAccepted:
    """The setup holds; always the first message. ``session_id`` goes out where the back-end sends it."""

    session_id: str


@dataclass(slots=True)
class TurnOpened:
    """The model begins a turn."""


@dataclass(slots=True)
class Thought:
    """The model thinks, and the family shows it."""

    text: str


@dataclass(slots=True)
class TextPart:
    """A piece of a text answer."""

    text: str


@dataclass(slots=True)
class UtteranceBegins:
    """A spoken step begins; ``text`` is all of it (families that transcribe ahead of the audio need it whole)."""

    text: str


@dataclass(slots=True)
class SpeechPart:
    """A part of speech, with the words of the transcription that go with it (``""`` if none).

    The white space between two words goes with the second in ``words``, and with the first in ``closed_words``. Either
    way the parts of an utterance, joined, give what is said.
    """

    chunk: Chunk
    words: str
    closed_words: str


@dataclass(slots=True)
class GenerationComplete:
    """Everything of this turn has been sent; the client is still playing it."""


@dataclass(slots=True)
class WordsOnly:
    """Words of a spoken answer that come without any audio (recorded on 3.1: transcription, then the end)."""

    text: str


@dataclass(slots=True)
class ToolCalls:
    """The model wants functions called, all in one message, and waits for what they return."""

    calls: tuple[ToolCall, ...]


@dataclass(slots=True)
class ToolCallsCancelled:
    """The results of these calls are no longer wanted."""

    ids: tuple[str, ...]


@dataclass(slots=True)
class ToolResultsTaken:
    """The results of these calls are in, and the model goes on with them; ``within`` the turn that made the calls."""

    results: tuple[ToolResult, ...]
    within: bool


@dataclass(slots=True)
class GoingAway:
    """The connection will be closed after so many seconds."""

    time_left: float


@dataclass(slots=True)
class Raw:
    """A message exactly as it is to go out, for what no real server sends."""

    payload: bytes


@dataclass(slots=True)
class Interrupted:
    """The turn is cut. ``heard`` is how much of its audio the client can have played, in seconds."""

    heard: float = 0.0


@dataclass(slots=True)
class TurnComplete:
    """The turn is over, as far as the client can have heard it; ``reason`` is a ``TurnCompleteReason`` or ``""``.

    ``pending`` says that calls are still open, so that the model will go on by itself.
    """

    usage: Usage
    reason: str = ""
    pending: bool = False


@dataclass(slots=True)
class HandleIssued:
    """The session can be resumed with this handle.

    ``consumed`` is how many messages of the client, the setup aside, are part of what it stands for; ``None`` if the
    client did not ask for that.
    """

    handle: str
    consumed: int | None = None


@dataclass(slots=True)
class NotResumable:
    """The session cannot be resumed just now."""


@dataclass(slots=True)
class ActivityStarted:
    """The user has begun to speak. ``offset`` is where in the audio stream that was decided, in seconds."""

    offset: float


@dataclass(slots=True)
class ActivityEnded:
    """The user has ended. ``offset`` as in :class:`ActivityStarted`."""

    offset: float


@dataclass(slots=True)
class InputHeard:
    """What the user is taken to have said (3.1 echoes typed realtime text this way).

    ``by`` says how the words of speech are known, ``""`` for typed ones; ``detail`` and ``seconds`` (of the speech)
    are for the journal.
    """

    text: str
    by: Source | Literal[""] = ""
    detail: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class Close:
    """Close the connection; nothing follows. ``hint`` is for the log; ``refused`` says that the client is to blame."""

    code: int
    words: str
    hint: str = ""
    how: Literal["frame", "eof", "reset"] = "frame"
    refused: bool = False


@dataclass(slots=True)
class Synthesize:
    """Make speech of one sentence and answer with ``SpeechReady(id, ...)``.

    ``first`` is true if the model's turn begins to sound with it: its first part is then shorter.
    """

    id: int
    text: str
    voice: str
    language: str
    first: bool


@dataclass(slots=True)
class Transcribe:
    """Find out what was said and answer with ``Transcribed(id, ...)``.

    Attributes:
        id: of the request.
        pcm: the utterance, s16le mono, with the prefix before it and the silence after it.
        rate: Hz.
        phrases: what the user may have said, if something is known of that.
    """

    id: int
    pcm: bytes
    rate: int
    phrases: tuple[str, ...] = ()


@dataclass(slots=True)
class Recall:
    """Look the snapshot of this handle up and answer with ``Recalled``."""

    handle: str


@dataclass(slots=True)
class Remember:
    """Keep this snapshot under this handle."""

    handle: str
    snapshot: Any


@dataclass(slots=True)
class Forget:
    """Nobody may resume with this handle any more."""

    handle: str


@dataclass(slots=True)
class Ask:
    """Await what ``ask`` makes and answer with ``Answered(id, ...)``."""

    id: int
    ask: Callable[[], Awaitable[Any]]


@dataclass(slots=True)
class AskCancelled:
    """Nobody waits for this any more: cancel it."""

    id: int


@dataclass(slots=True)
class Warn:
    """A word for the log: the client did something that the emulator forgives."""

    text: str


@dataclass(slots=True)
class Misbehave:
    """From here on the line has these faults as well; the session knows nothing of them."""

    faults: tuple[Any, ...]


Happening = (
    SetupAccepted
    | TurnOpened
    | Thought
    | TextPart
    | UtteranceBegins
    | SpeechPart
    | WordsOnly
    | ToolCalls
    | ToolCallsCancelled
    | ToolResultsTaken
    | GoingAway
    | Raw
    | GenerationComplete
    | Interrupted
    | TurnComplete
    | HandleIssued
    | NotResumable
    | ActivityStarted
    | ActivityEnded
    | InputHeard
    | GoogleHappening
)
Request = Close | Synthesize | Transcribe | Recall | Remember | Forget | Ask | AskCancelled | Misbehave | Warn
Command = Happening | Request
