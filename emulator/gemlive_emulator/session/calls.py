"""The calls of a session: which are open, what came back, and which replies wait for that.

A reply waits within its turn for calls that block. It is *parked*, and its turn ends, where a call does not block or
where the family gives the call a turn of its own; the results begin another turn then.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from functools import partial
from math import inf
from typing import Any, Literal

from gemlive_emulator.records import dataclass
from gemlive_emulator.session.arguments import why_not_args
from gemlive_emulator.session.asked import View
from gemlive_emulator.session.behaviour import Calling
from gemlive_emulator.session.call import Call, Origin, Wait
from gemlive_emulator.session.pending import PendingReply
from gemlive_emulator.session.steps import Reply, UserTurn
from gemlive_emulator.session.toolbox import Toolbox
from gemlive_emulator.session.tools import CallTools, Scheduling, ToolCall, ToolResult
from gemlive_emulator.wire.errors import EmulatorError
from gemlive_emulator.wire.tools import Tool

MOST_REMEMBERED = 1_000
"""Calls that are known by their ids; of a session with more, the oldest that are over are forgotten."""

_URGENCY: Mapping[Scheduling, int] = {"SILENT": 0, "WHEN_IDLE": 1, "INTERRUPT": 2}


def most_urgent(results: Iterable[ToolResult]) -> Scheduling:
    """The scheduling that counts where several results came together."""
    return max((result.scheduling for result in results), key=_URGENCY.__getitem__)


@dataclass(slots=True)
class Calls:
    """All calls of a session.

    Attributes:
        calling: how the family calls.
        toolbox: what may be called.
        tool_id: makes an id.
        parked: replies that wait outside of a turn.
    """

    calling: Calling
    toolbox: Toolbox
    tool_id: Callable[[], str]
    parked: list[Wait] = field(default_factory=list)
    _known: dict[str, Call] = field(default_factory=dict)
    _asked: Origin | None = None
    _origins: list[Origin] = field(default_factory=list)

    def use(self, tools: Iterable[Tool]) -> None:
        """These are the tools from now on; calls that were made go on."""
        self.toolbox = Toolbox.of(tools, self.calling.json_schema)

    def begin(self, turn: UserTurn, view: View) -> None:
        """A reply to this turn may make calls from now on."""
        self._asked = Origin(turn, view.history.end, view.resumed, view.connection)
        self._origins = [origin for origin in self._origins if not origin.over or origin.is_open]

    @property
    def pending(self) -> tuple[PendingReply, ...]:
        """The replies whose calls are open, as they outlive the connection."""
        # Asked with all that happens, and mostly there is none.
        return tuple(origin.pending for origin in self._origins if origin.is_open) if self._origins else ()

    def restore(self, pending: PendingReply) -> tuple[Call, ...]:
        """Know the calls of a reply that was pending on an earlier connection."""
        origin = Origin(pending.turn, pending.known, pending.resumed, pending.connection, over=pending.over)
        for one in pending.calls:
            ended: Literal["answered", "given up"] = "given up" if one.result is None else "answered"
            step = CallTools((one.call,), timeout=one.timeout)
            call = Call(one.call, one.blocks, step, "open" if one.is_open else ended, wanted=not pending.over)
            call.result = call.returned = one.result
            origin.made.append(call)
            self._known[one.call.id] = call
        self._origins.append(origin)
        return tuple(origin.made)

    def over(self, made: Iterable[Call], turn: UserTurn | None) -> None:
        """The reply to a turn is over; ``made`` are the calls that it made at last."""
        origin = self._origin_of(turn)
        for call in (*made, *(() if origin is None else origin.made)):
            call.wanted, call.returned = False, None
        if origin is not None:
            origin.over = True

    def make(self, step: CallTools) -> tuple[Call, ...]:
        """The calls of a step, with their ids; :meth:`sent` opens them.

        Raises:
            EmulatorError: a function that the setup does not declare, arguments that it does not take or that are no
                JSON, or an id that is taken.
        """
        for call in step.calls:
            self._check(call, step.checked)
        made = tuple(self._make(call, step) for call in step.calls)
        ids = [one.call.id for one in made]
        taken = [id for at, id in enumerate(ids) if id in ids[:at] or self._is_open(id)]
        if step.checked and taken:
            raise EmulatorError(f"the reply gives two calls the id {taken[0]!r}; leave it out, or say checked: false")
        return made

    def sent(self, calls: Sequence[Call], turn: UserTurn | None) -> None:
        """These calls of the reply to a turn have gone out."""
        if (origin := self._origin_of(turn)) is not None:
            origin.made.extend(calls)
            if origin not in self._origins:
                self._origins.append(origin)
        for call in calls:
            id = call.call.id
            if self._is_open(id):
                call.twin = self._known[id]
            elif len(self._known) >= MOST_REMEMBERED:
                self._forget()
            call.state = "open"
            self._known[id] = call

    def find(self, id: str, name: str) -> Call | None:
        """The call that a response is about: by its id, or without one the first open call of that name."""
        if id:
            return self._known.get(id)
        return next((call for call in self._known.values() if call.state == "open" and call.call.name == name), None)

    def waiting_for(self, ids: Iterable[str], deadline: float) -> Wait:
        """A wait for calls that were made before.

        Raises:
            EmulatorError: there is no such call.
        """
        unknown = [id for id in ids if id not in self._known]
        if unknown:
            raise EmulatorError(f"the reply awaits {unknown[0]!r}, which is the id of no call that it made")
        return Wait(tuple(self._known[id] for id in ids), deadline)

    @property
    def blocks(self) -> bool:
        """Whether a parked reply keeps the conversation waiting."""
        return bool(self.parked) and any(wait.blocks for wait in self.parked)

    @property
    def deadline(self) -> float:
        """When the first of the parked waits gives up; ``inf`` for never."""
        return min(wait.deadline for wait in self.parked) if self.parked else inf

    def take_unwanted(self) -> tuple[ToolResult, ...]:
        """Results of calls whose reply is over: nobody speaks of them, but the model knows them."""
        calls = [call for call in self._known.values() if call.result is not None and not call.wanted]
        results = tuple(call.result for call in calls if call.result is not None)
        for call in calls:
            call.result = None
        return results

    def drop_unsent(self) -> None:
        """The turn whose end calls wait for was cut: they are never made."""
        for wait in [wait for wait in self.parked if wait.unsent]:
            self.parked.remove(wait)
            self.close(wait)

    def take_ready(self) -> list[Wait]:
        """The parked waits whose results are all in; they are parked no longer."""
        ready = [wait for wait in self.parked if wait.ready and not wait.unsent]
        self.parked = [wait for wait in self.parked if wait not in ready]
        return ready

    @staticmethod
    def cancel(wait: Wait, made_again: bool) -> tuple[str, ...]:
        """Nobody wants these results any more; gives the ids of those that were open.

        The reply hears of it, unless the calls are made again and it goes on with those.
        """
        ids = wait.open_ids
        for call in wait.calls:
            if call.state == "open":
                call.state = "cancelled"
        told = wait.calls[0].step.cancelled
        if told is not None and ids and not made_again:
            told(ids)
        return ids

    def take_blocking(self) -> list[Wait]:
        """The parked waits that keep the conversation waiting; they are parked no longer."""
        blocking = [wait for wait in self.parked if wait.blocks]
        self.parked = [wait for wait in self.parked if not wait.blocks]
        return blocking

    def abandon(self) -> None:
        """Nobody waits for anything any more."""
        parked, self.parked = self.parked, []
        for wait in parked:
            self.close(wait)

    def close(self, wait: Wait) -> None:
        """End the parked reply: it hears of it (``GeneratorExit``)."""
        assert wait.reply is not None
        wait.reply.close()
        self.over(wait.calls, wait.turn)

    def _origin_of(self, turn: UserTurn | None) -> Origin | None:
        """The reply to a turn, if it can be asked for once more: not one that no turn of the user's began."""
        if self._asked is not None and self._asked.turn is turn:
            return self._asked
        return next((origin for origin in self._origins if origin.turn is turn), None)

    def _check(self, call: ToolCall, fits: bool) -> None:
        if fits:
            declared = self.toolbox.functions
            function = declared.get(call.name)
            if function is None:
                known = ", ".join(declared) or "none"
                raise EmulatorError(
                    f"the reply calls {call.name!r}, which the setup does not declare; declared: {known}"
                )
            if (wrong := why_not_args(function, call.args)) is not None:
                raise EmulatorError(f"the reply calls {call.name!r} with arguments that do not fit: {wrong}")
        try:
            json.dumps(dict(call.args), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise EmulatorError(f"the reply calls {call.name!r} with arguments that are no JSON: {error}") from None

    def _make(self, call: ToolCall, step: CallTools) -> Call:
        named = ToolCall(call.name, dict(call.args), call.id or self.tool_id())
        return Call(named, self._blocks(call.name) if step.blocks is None else step.blocks, step)

    def _is_open(self, id: str) -> bool:
        known = self._known.get(id)
        return known is not None and known.state == "open"

    def _blocks(self, name: str) -> bool:
        rule = self.calling.non_blocking
        function = self.toolbox.functions.get(name)
        behavior = function.behavior if function is not None else None
        if rule in ("never", "only"):
            return rule == "never"
        if behavior in ("BLOCKING", "NON_BLOCKING"):
            return behavior == "BLOCKING"
        return rule == "asked"

    def _forget(self) -> None:
        over = next((id for id, call in self._known.items() if call.state != "open"), None)
        if over is not None:
            del self._known[over]


def going_on(reply: Reply, given: Any) -> Reply:
    """What is left of a reply, which is given this first."""
    go_on: Callable[[], Any] = partial(reply.send, given)
    while True:
        try:
            step = go_on()
        except StopIteration:
            return
        try:
            go_on = partial(reply.send, (yield step))
        except Exception as error:
            go_on = partial(reply.throw, error)


def again(wait: Wait) -> Reply:
    """A reply that makes the calls of a wait once more, under new ids, and goes on with the parked one."""
    assert wait.reply is not None
    step = wait.calls[0].step
    calls = tuple(ToolCall(call.call.name, call.call.args) for call in wait.calls)
    try:
        given = yield CallTools(calls, True, step.timeout, False, step.late, True, step.cancelled)
        yield from going_on(wait.reply, given)
    finally:
        wait.reply.close()
