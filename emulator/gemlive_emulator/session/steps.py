"""What a model turn is made of, and who decides it.

A *responder* gets the user's turn and returns a *reply*: a generator of *steps*. The session pulls a step when the one
before is done; an interruption is ``reply.close()``. Nothing here knows a socket, a clock or a model family.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args


@dataclass(frozen=True, slots=True)
class Say:
    """Say this: text in a text session, speech with its transcription in an audio session."""

    text: str


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


Step = Say | Think | Pause | CloseConnection
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
        text: all text of the turn, parts joined with a blank; ``""`` if there was none.
        number: of this turn in the session, from 1; goes on counting after a resumption.
        source: ``content`` for clientContent, ``realtime`` for realtimeInput.text.
        other_parts: how many parts that are not text came along (images, files).
    """

    text: str
    number: int
    source: Literal["content", "realtime"] = "content"
    other_parts: int = 0


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


Responder = Callable[[UserTurn, Conversation], Reply]
