"""Replies that wait for functions, in the form in which they outlive the connection on which the calls were made."""

from dataclasses import replace
from typing import Self

from gemlive_emulator.records import dataclass
from gemlive_emulator.session.steps import UserTurn
from gemlive_emulator.session.tools import ToolCall, ToolResult


@dataclass(frozen=True, slots=True)
class PendingCall:
    """One call of a reply that waits for this or for another one.

    Attributes:
        call: name, arguments and id.
        blocks: whether the conversation waits for its result.
        timeout: seconds after which the reply gives it up; ``None`` for never.
        is_open: whether a result is still taken.
        result: what came of it; ``None`` if nothing has.
    """

    call: ToolCall
    blocks: bool = True
    timeout: float | None = None
    is_open: bool = True
    result: ToolResult | None = None


@dataclass(frozen=True, slots=True)
class PendingReply:
    """A reply with a call that is open. Where it stands cannot be written down, but what brought it there can.

    Attributes:
        turn: of the user, that it answers.
        known: how many entries of the history stood before that turn.
        resumed: whether the session was resumed by then.
        connection: number of the connection on which it was asked.
        over: whether it has ended without waiting: nobody speaks of the results, but the model will know them.
        calls: that it made and that still stand, in order.
    """

    turn: UserTurn
    known: int
    resumed: bool
    connection: int
    over: bool
    calls: tuple[PendingCall, ...]

    def without(self, entries: int) -> Self:
        """The same in a history that lacks so many entries at its beginning."""
        return replace(self, known=max(0, self.known - entries))
