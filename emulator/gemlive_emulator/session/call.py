"""One call and what became of it, the reply that made it, and what that waits for."""

import json
from dataclasses import field
from math import inf
from typing import Literal

from gemlive_emulator.records import dataclass
from gemlive_emulator.session.pending import PendingCall, PendingReply
from gemlive_emulator.session.steps import Reply, UserTurn
from gemlive_emulator.session.tokens import count_tokens
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolCall, ToolResult


@dataclass(slots=True)
class Call:
    """One call and what became of it.

    Attributes:
        call: name, arguments and id.
        blocks: whether the conversation waits for its result.
        step: that made it.
        state: whether a result is still taken; ``made`` until it has gone out.
        result: the latest one that no reply has taken.
        wanted: whether the reply that made it is still there.
        twin: an open call that was given the same id, on purpose.
        returned: the latest result, taken or not, for as long as its reply is not over.
    """

    call: ToolCall
    blocks: bool
    step: CallTools
    state: Literal["made", "open", "answered", "given up", "cancelled"] = "made"
    result: ToolResult | None = None
    wanted: bool = True
    twin: "Call | None" = None
    returned: ToolResult | None = None

    @property
    def tokens(self) -> int:
        """What the call costs of the answer."""
        return count_tokens(f"{self.call.name} {json.dumps(dict(self.call.args))}")


@dataclass(slots=True, eq=False)
class Origin:
    """A reply that makes calls, by what brought it to that.

    Attributes:
        turn: of the user, that it answers.
        known: how many entries of the history stood before that turn.
        resumed: whether the session was resumed by then.
        connection: number of the connection on which it was asked.
        made: the calls that it made.
        over: whether it is.
    """

    turn: UserTurn
    known: int
    resumed: bool
    connection: int
    made: list[Call] = field(default_factory=list)
    over: bool = False

    @property
    def is_open(self) -> bool:
        """Whether one of its calls is."""
        return any(call.state == "open" for call in self.made)

    @property
    def pending(self) -> PendingReply:
        """What is kept of it for a session that is resumed."""
        calls = tuple(
            PendingCall(call.call, call.blocks, call.step.timeout, call.state == "open", call.returned)
            for call in self.made
            if call.state != "cancelled"
        )
        return PendingReply(self.turn, self.known, self.resumed, self.connection, self.over, calls)


@dataclass(slots=True)
class Wait:
    """Calls whose results one reply waits for.

    Attributes:
        calls: in the order in which the reply wants the results.
        deadline: when what is open is given up; ``inf`` for never.
        reply: what goes on with the results, while it is parked.
        turn: that the reply answers.
        unsent: whether the calls go out only when the turn that makes them is over.
        cut: whether the reply was interrupted while it spoke: it goes on where it was, and takes the results itself.
    """

    calls: tuple[Call, ...]
    deadline: float = inf
    reply: Reply | None = None
    turn: UserTurn | None = None
    unsent: bool = False
    cut: bool = False

    @property
    def ready(self) -> bool:
        """Whether every call has a result, or will have none."""
        return all(call.result is not None or call.state not in ("made", "open") for call in self.calls)

    @property
    def blocks(self) -> bool:
        """Whether the conversation waits with it."""
        return any(call.blocks and call.state == "open" for call in self.calls)

    @property
    def blocked(self) -> bool:
        """Whether the conversation waited with it, answered or not."""
        return any(call.blocks for call in self.calls)

    @property
    def open_ids(self) -> tuple[str, ...]:
        """The ids of the calls that have no last result yet."""
        return tuple(call.call.id for call in self.calls if call.state == "open")

    def give_up(self) -> None:
        """Wait no longer for what is open."""
        for call in self.calls:
            if call.state == "open":
                call.state = "given up"

    @property
    def results(self) -> tuple[ToolResult, ...]:
        """The results, in order."""
        return tuple(call.result or no_result(call) for call in self.calls)

    def take(self) -> tuple[ToolResult, ...]:
        """The results, in order; each is taken once."""
        results = self.results
        for call in self.calls:
            call.result = None
        return results


def deadline_of(step: CallTools | AwaitResults, now: float) -> float:
    """When what a step waits for is given up; ``inf`` for never."""
    return inf if step.timeout is None else now + step.timeout


def waits_for(step: CallTools, calls: tuple[Call, ...]) -> bool:
    """Whether the reply that takes this step goes on only with the results."""
    return any(call.blocks for call in calls) if step.wait == "blocking" else step.wait


def no_result(call: Call) -> ToolResult:
    """What a reply is given for a call without a result."""
    return ToolResult(call.call.id, call.call.name, end="cancelled" if call.state == "cancelled" else "given up")


def outcome(call: Call) -> ToolResult:
    """The latest result of a call, taken or not."""
    return call.returned or no_result(call)
