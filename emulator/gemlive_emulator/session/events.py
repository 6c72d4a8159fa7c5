"""What can happen to a session: the vocabulary that comes in."""

from math import inf
from typing import Any

from gemlive_emulator.audio.speech import Speech
from gemlive_emulator.records import dataclass
from gemlive_emulator.session.commands import Close, GoingAway, Raw
from gemlive_emulator.session.hearing import Words
from gemlive_emulator.wire.client import ClientMessage, RealtimeInput
from gemlive_emulator.wire.common import Blob
from gemlive_emulator.wire.errors import ClientFault


@dataclass(frozen=True, slots=True)
class Connected:
    """The WebSocket is open. Comes first, once."""


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A message of the client, decoded."""

    message: ClientMessage


@dataclass(slots=True)
class AudioReceived:
    """A ``realtimeInput`` message with ``audio`` and nothing else: the same as its ``MessageReceived``, made cheaply.

    ``audio`` is decoded, that of several ``messages`` in one, of which ``latest`` bytes came last, at one moment
    (``None`` for all); ``mime_type`` as the client wrote it. Not frozen, for there are many of it.
    """

    audio: bytes
    mime_type: str
    messages: int = 1
    latest: int | None = None

    def as_message(self) -> ClientMessage:
        """The message that it stands for."""
        return ClientMessage(realtime_input=RealtimeInput(audio=Blob(data=self.audio, mime_type=self.mime_type)))


@dataclass(frozen=True, slots=True)
class MessageRefused:
    """A message that the codec refused; the session closes with its code and words."""

    fault: ClientFault


@dataclass(frozen=True, slots=True)
class SpeechReady:
    """The answer to :class:`~gemlive_emulator.session.commands.Synthesize`; late ones of a cut turn are ignored."""

    id: int
    speech: Speech


@dataclass(frozen=True, slots=True)
class Transcribed:
    """The answer to :class:`~gemlive_emulator.session.commands.Transcribe`; ``None`` if nobody knows the words."""

    id: int
    words: Words | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to :class:`~gemlive_emulator.session.commands.Ask`: a value, or what was raised."""

    id: int
    value: Any = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Recalled:
    """The answer to :class:`~gemlive_emulator.session.commands.Recall`.

    Attributes:
        snapshot: what the handle stands for; ``None`` for a dead one.
        model: that the session was opened with; ``""`` if nobody knows.
        owned: whether the handle was given to the key that comes with it.
        held: whether an earlier connection of the session is still open.
        ago: seconds since the last one ended.
        dropped: whether that one was lost, rather than closed by its client.
    """

    snapshot: Any | None
    model: str = ""
    owned: bool = True
    held: bool = False
    ago: float = inf
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class ClientClosed:
    """The client closed the connection, or it was lost."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """Somebody outside has this done now, whatever the model is about to say.

    Before the setup is accepted only a close is; nothing else could be told.
    """

    command: Raw | GoingAway | Close


@dataclass(frozen=True, slots=True)
class UserInterrupted:
    """Somebody outside lets the user break in, as by speech: what that cuts is the family's affair."""


@dataclass(frozen=True, slots=True)
class UserSaid:
    """Somebody outside lets the user say this: aloud and all at once, or ``typed`` as ``realtimeInput.text``.

    While the user is speaking, the words are part of what is being said.
    """

    text: str
    typed: bool = False


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing but time: fires what is due."""


Event = (
    Connected
    | MessageReceived
    | AudioReceived
    | MessageRefused
    | SpeechReady
    | Transcribed
    | Answered
    | Recalled
    | ClientClosed
    | Ordered
    | UserInterrupted
    | UserSaid
    | TimePassed
)
