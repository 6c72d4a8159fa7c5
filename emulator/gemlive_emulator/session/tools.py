"""Functions that the model wants called, and what they returned: the steps and their results."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import field
from typing import Any, Literal, get_args

from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.enums import SCHEDULING

Scheduling = Literal["INTERRUPT", "WHEN_IDLE", "SILENT"]
"""When the model speaks of the result of a call that did not block: at once, when it is idle, or never."""


def scheduling_named(told: object) -> Scheduling | None:
    """The scheduling of this name, in any of the spellings that Google's pages use; ``None`` if it is none."""
    name = SCHEDULING.full(told) if isinstance(told, str) else None
    return next((known for known in get_args(Scheduling) if known == name), None)


CallEnd = Literal["returned", "given up", "cancelled"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model wants called. The session gives it its ``id``."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What became of a call.

    Attributes:
        id: of the call.
        name: of the function.
        response: what the client sent, keys and all; empty if it sent nothing.
        end: whether the client answered, the reply stopped waiting (``CallTools.timeout``), or the call was cancelled.
        scheduling: what the client asked for, or the family's own way; of calls that do not block.
        continues: an interim result: more will come (``willContinue``).
    """

    id: str
    name: str
    response: Mapping[str, Any] = field(default_factory=dict)
    end: CallEnd = "returned"
    scheduling: Scheduling = "WHEN_IDLE"
    continues: bool = False

    @property
    def error(self) -> Any:
        """What stands under ``error`` in the response (documented: ``output`` or ``error``); ``None`` if nothing."""
        return self.response.get("error")


@dataclass(frozen=True, slots=True)
class CallTools:
    """Call these functions, all in one message: ``results = yield CallTools(...)``.

    The results are one :class:`ToolResult` per call, in order. A call that blocks is waited for within the turn. One
    that does not (``NON_BLOCKING``, by its declaration or by the family) ends the turn, and what follows is a turn of
    its own once the result is there, when its ``scheduling`` says.

    Attributes:
        calls: at least one; without any the reply goes on at once.
        wait: false goes on at once, with the ids of the calls: ``ids = yield CallTools(..., wait=False)``; then
            :class:`AwaitResults` waits.
            ``"blocking"`` waits if one of the calls blocks, and else goes on: it gives results or ids.
        timeout: seconds after which what has not been answered is given up; ``None`` waits for ever, as the real
            server does.
        checked: whether functions that the setup does not declare, and arguments that do not fit, are an error.
        late: makes the reply to a result that comes after it was given up or cancelled, as a turn of its own.
        blocks: whether the conversation waits; ``None`` for what the declaration and the family say.
        cancelled: told when an interruption cancels the calls, with their ids.
    """

    calls: tuple[ToolCall, ...]
    wait: bool | Literal["blocking"] = True
    timeout: float | None = None
    checked: bool = True
    late: "Callable[[ToolResult], Generator[Any, Any, None]] | None" = None
    blocks: bool | None = None
    cancelled: Callable[[tuple[str, ...]], None] | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ValueError: the time-out is no number of seconds.
        """
        _check_timeout(self.timeout)


@dataclass(frozen=True, slots=True)
class AwaitResults:
    """Wait for calls made with ``wait=False``: ``results = yield AwaitResults(ids)``, as :class:`CallTools` does.

    May be repeated with the same ids after an interim result (``ToolResult.continues``).
    """

    ids: tuple[str, ...]
    timeout: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ValueError: the time-out is no number of seconds.
        """
        _check_timeout(self.timeout)


def _check_timeout(timeout: float | None) -> None:
    if timeout is not None and not timeout >= 0:
        raise ValueError(f"timeout is {timeout!r}; it has to be 0 or more seconds, or None for ever")
