"""Calls that survived a resumption: what came of them goes to the reply that made them, which is asked for once more.

A reply is a program, and where it stood is gone with its connection. So the responder is asked for it again, with the
turn and the history of then, and what it did before is passed over: its client has had that. What it asks outside for
is asked again.
"""

import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from gemlive_emulator.session.asked import View
from gemlive_emulator.session.call import Call, Wait, deadline_of, outcome, waits_for
from gemlive_emulator.session.calls import Calls, going_on
from gemlive_emulator.session.history import History
from gemlive_emulator.session.pending import PendingReply
from gemlive_emulator.session.steps import Consult, Reply, Responder, Step
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolCall, ToolResult


def recover(history: History, calls: Calls, responder: Responder, view: Callable[[], View], now: float) -> None:
    """Let a resumed session wait for what the session waited for before. Time-outs count from now.

    Args:
        history: with what was pending.
        calls: of the resumed session, which has none yet.
        responder: is asked when the results are in.
        view: gives what the session shows it.
        now: seconds.
    """

    def ask(pending: PendingReply) -> Reply:
        then = replace(
            view(),
            history=history.view_until(pending.known),
            resumed=pending.resumed,
            connection=pending.connection,
        )
        return responder(pending.turn, then)

    for one in history.pending:
        made = calls.restore(one)
        waiting = tuple(call for call in made if call.state == "open" and call.wanted)
        if waiting:
            reply = _replayed(partial(ask, one), made, waiting)
            next(reply)
            deadline = min(deadline_of(call.step, now) for call in waiting)
            calls.parked.append(Wait(waiting, deadline, reply, one.turn))


def _replayed(ask: Callable[[], Reply], made: Sequence[Call], waiting: Sequence[Call]) -> Reply:
    """A reply that stands where it waits for these calls."""
    results: Sequence[ToolResult] = yield AwaitResults(tuple(call.call.id for call in waiting))
    returned = {call.call.id: outcome(call) for call in made}
    returned |= {call.call.id: result for call, result in zip(waiting, results, strict=True)}
    reply = ask()
    try:
        given = yield from _Replay(made, {call.call.id for call in waiting}, returned).up_to_results(reply)
        if given is not None:
            yield from going_on(reply, given)
    finally:
        reply.close()


class _Replay:
    """The part of a reply that was played before.

    Args:
        made: the calls that it made.
        awaited: the ids of those that it has not had the results of.
        returned: the results of all, by id.
    """

    def __init__(self, made: Sequence[Call], awaited: set[str], returned: dict[str, ToolResult]) -> None:
        self._calls = made
        self._left = list(made)
        self._awaited = awaited
        self._returned = returned

    def up_to_results(self, reply: Reply) -> Generator[Step, Any, tuple[ToolResult, ...] | None]:
        """Pass over what was played, up to where it is to be given a result that it has not had.

        Returns:
            What it is to be given there; ``None`` where it has become another reply, which has nothing to say to that.
        """
        go_on: Callable[[], Step] = partial(next, reply)
        while True:
            try:
                step = go_on()
            except StopIteration:
                return None
            given: Any = None
            if isinstance(step, Consult):
                try:
                    given = yield step
                except Exception as error:
                    go_on = partial(reply.throw, error)
                    continue
            elif isinstance(step, CallTools | AwaitResults):
                ids = self._ids_of(step)
                if ids is None:
                    return None
                given = ids if isinstance(step, CallTools) and not self._waits(step, ids) else self._results(ids)
                if given is not ids and self._awaited.intersection(ids):
                    return tuple(given)
            go_on = partial(reply.send, given)

    def _ids_of(self, step: CallTools | AwaitResults) -> tuple[str, ...] | None:
        """The calls that a step is about; ``None`` if one of them was not made before."""
        if isinstance(step, AwaitResults):
            return step.ids if all(id in self._returned for id in step.ids) else None
        found: list[Call] = []
        for call in step.calls:
            same = next((one for one in self._left if _is_same(one.call, call)), None)
            if same is None:
                return None
            self._left.remove(same)
            found.append(same)
        self._made = tuple(found)
        return tuple(one.call.id for one in found)

    def _waits(self, step: CallTools, ids: tuple[str, ...]) -> bool:
        return not ids or waits_for(step, self._made)

    def _results(self, ids: tuple[str, ...]) -> tuple[ToolResult, ...]:
        for call in self._calls:
            if call.call.id in ids:
                call.result = None
        return tuple(self._returned[id] for id in ids)


def _is_same(made: ToolCall, call: ToolCall) -> bool:
    return made.name == call.name and _written(made) == _written(call)


def _written(call: ToolCall) -> str:
    return json.dumps(dict(call.args), sort_keys=True)
