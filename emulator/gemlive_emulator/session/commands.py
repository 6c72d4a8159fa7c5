"""What a session wants done: the vocabulary that goes out.

The first group says what happens in the conversation; the dialect of the model family makes messages of it
(``Admission.render``). The second group asks the outside for something; the driver answers with an event.

Plain slotted dataclasses, not frozen ones: a text turn makes five of them, and freezing doubles their cost.
"""

from dataclasses import dataclass
from typing import Any

from gemlive_emulator.audio.speech import Chunk
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
class Interrupted:
    """The turn is cut."""


@dataclass(slots=True)
class TurnComplete:
    """The turn is over, as far as the client can have heard it."""

    usage: Usage


@dataclass(slots=True)
class HandleIssued:
    """The session can be resumed with this handle."""

    handle: str


@dataclass(slots=True)
class NotResumable:
    """The session cannot be resumed just now."""


@dataclass(slots=True)
class InputHeard:
    """What the user is taken to have said (3.1 echoes typed realtime text this way)."""

    text: str


@dataclass(slots=True)
class Close:
    """Close the connection; nothing follows. ``hint`` is for the log."""

    code: int
    words: str
    hint: str = ""


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
class Recall:
    """Look the snapshot of this handle up and answer with ``Recalled``."""

    handle: str


@dataclass(slots=True)
class Remember:
    """Keep this snapshot under this handle."""

    handle: str
    snapshot: Any


@dataclass(slots=True)
class Warn:
    """A word for the log: the client did something that the emulator forgives."""

    text: str


Happening = (
    SetupAccepted
    | TurnOpened
    | Thought
    | TextPart
    | UtteranceBegins
    | SpeechPart
    | GenerationComplete
    | Interrupted
    | TurnComplete
    | HandleIssued
    | NotResumable
    | InputHeard
)
Request = Close | Synthesize | Recall | Remember | Warn
Command = Happening | Request
