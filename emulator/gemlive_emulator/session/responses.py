"""What a client's function responses are taken for, each as the model family takes it."""

from collections.abc import Callable

from gemlive_emulator.session.call import Call
from gemlive_emulator.session.calls import Calls
from gemlive_emulator.session.commands import Command, Warn
from gemlive_emulator.session.tools import Scheduling, ToolResult, scheduling_named
from gemlive_emulator.wire.closes import ENTITY_NOT_FOUND, NO_SCHEDULING, fault
from gemlive_emulator.wire.common import FunctionResponse


class Responses:
    """Takes function responses.

    Args:
        calls: of the session.
        resumed: whether calls may have got lost with an earlier connection.
        emit: takes words for the log.
    """

    def __init__(self, calls: Calls, resumed: bool, emit: Callable[[Command], None]) -> None:
        self._calls = calls
        self._calling = calls.calling
        self._resumed = resumed
        self._emit = emit

    def take(self, response: FunctionResponse) -> tuple[Call, ToolResult] | None:
        """Note what a function returned.

        Returns:
            The call and its result, if it comes when nobody waits for it any more; ``None`` in the usual case.

        Raises:
            ClientFault: the family refuses it.
        """
        asked = _scheduling_of(response)
        if asked is not None and self._calling.scheduling == "refused":
            raise fault(NO_SCHEDULING, f"scheduling {asked} in the response of {response.name or response.id}")
        call = self._calls.find(response.id or "", response.name or "")
        if call is None:
            self._unknown(response)
            return None
        result = self._result(response, call, asked)
        if call.state != "open":
            late = call.state != "answered"
            expected = late and call.step.late is not None
            self._warn(call, f"was {call.state} before; this response is {'late' if expected else 'ignored'}")
            call.state = "answered"
            return (call, result) if late else None
        self._answer(call, result)
        return None

    def gives_empty_turn(self, response: FunctionResponse) -> bool:
        """Whether the response is to a call that got lost with an earlier connection, and is answered with nothing."""
        if not self._resumed or self._calling.unsolicited == "ignored":
            return False
        return self._calls.find(response.id or "", response.name or "") is None

    def _answer(self, call: Call, result: ToolResult) -> None:
        if result.continues:
            if call.blocks:
                self._warn(call, "blocks; willContinue is ignored")
                result = ToolResult(result.id, result.name, result.response, result.end, result.scheduling)
            elif self._calling.interim == "abandoned":
                call.state = "answered"
                self._warn(call, "announced a further result; this model family abandons such calls")
                return
        if not result.continues:
            call.state = "answered"
        call.result = call.returned = result
        if call.twin is not None:
            self._answer(call.twin, result)

    def _result(self, response: FunctionResponse, call: Call, asked: Scheduling | None) -> ToolResult:
        name = response.name or ""
        said = call.call.name
        given = dict(response.response or {})
        if _scheduling_of(FunctionResponse(response=given)) is not None:
            # It is for the server; the function did not return it.
            del given["scheduling"]
        if not name and self._calling.nameless == "failed":
            given = {"error": f"the response to {said} has no name"}
        elif name not in ("", said):
            self._warn(call, f"was answered under the name {name!r}")
        honoured = asked if self._calling.scheduling == "honoured" else None
        scheduling = honoured or self._calling.default_scheduling
        return ToolResult(call.call.id, said, given, "returned", scheduling, bool(response.will_continue))

    def _unknown(self, response: FunctionResponse) -> None:
        shown = (response.id or response.name or "")[:80]
        if self._resumed or self._calling.unknown == "ignored":
            self._emit(Warn(f"no tool call {shown!r} is known; the response is ignored"))
            return
        raise fault(
            ENTITY_NOT_FOUND, f"no tool call {shown!r} was made in this session; answer with the id of the call"
        )

    def _warn(self, call: Call, what: str) -> None:
        self._emit(Warn(f"tool call {call.call.id} of {call.call.name!r} {what}"))


def _scheduling_of(response: FunctionResponse) -> Scheduling | None:
    """What the client asks for, beside ``response`` or inside it (documentation and Google's notebooks do both)."""
    return scheduling_named(response.scheduling or (response.response or {}).get("scheduling"))
