"""What the model is asked: the user's turn, what stands before it, and what may be looked at to answer it."""

from collections.abc import Sequence

from gemlive_emulator.records import dataclass
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.history import HistoryView
from gemlive_emulator.session.steps import Reply, UserTurn
from gemlive_emulator.session.toolbox import EMPTY_TOOLBOX, Toolbox
from gemlive_emulator.session.tools import ToolResult
from gemlive_emulator.wire.common import Content


@dataclass(frozen=True, slots=True)
class View:
    """What a responder may look at (see :class:`~gemlive_emulator.session.steps.Conversation`)."""

    history: HistoryView
    model: str
    voice: str
    modality: str
    system_instruction: str
    resumed: bool
    proactive: bool
    tools: Toolbox = EMPTY_TOOLBOX
    connection: int = 1

    @classmethod
    def of(cls, admission: Admission, history: HistoryView, instruction: str, resumed: bool, tools: Toolbox) -> "View":
        """What a session shows of itself."""
        return cls(
            history,
            admission.model,
            admission.voice,
            admission.modality,
            instruction,
            resumed,
            admission.proactive,
            tools,
            admission.connection,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A user turn that is to be answered, and what was sent before it and belongs to the history.

    Attributes:
        turn: the user's turn.
        before: entries that stand before it.
        audio_tokens: of its speech.
    """

    turn: UserTurn
    before: tuple[Content, ...] = ()
    audio_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Continuation:
    """A turn that no user turn begins: a reply that goes on with results.

    Attributes:
        reply: parked, or new.
        turn: that it answers.
        results: with which a parked reply goes on; ``None`` for a new one, and for one that takes them itself.
        urgent: whether it goes before those that wait.
        patient: whether it waits for the user to be silent.
    """

    reply: Reply
    turn: UserTurn
    results: tuple[ToolResult, ...] | None = None
    urgent: bool = False
    patient: bool = False


def role_of(entry: Content) -> str:
    """Whose entry it is; a missing role means the user."""
    return entry.role or "user"


def split(entries: Sequence[Content]) -> tuple[Sequence[Content], Sequence[Content]]:
    """What stands before the user's entries at the end, and those."""
    start = len(entries)
    while start and role_of(entries[start - 1]) == "user":
        start -= 1
    return entries[:start], entries[start:]


def text_of(entry: Content) -> str:
    """The texts of an entry, joined with a blank."""
    return " ".join([part.text for part in entry.parts if part.text])


def joined(*texts: str) -> str:
    """Those that are not empty, joined with a blank."""
    return " ".join(filter(None, texts))
