"""Tool calls in the messages of a family: the call, what came back, what was cancelled.

Recorded: half-cascade and 2.0 on the Gemini API write a call as code first, and its result as the result of that code
(tools notebook of Google's cookbook, cell 33); on Vertex the transcription of the turn opens before the call and is
finished at its end.
"""

from typing import Any

from gemlive_emulator.profiles.json_ascii import message
from gemlive_emulator.profiles.manner import Manner
from gemlive_emulator.session.commands import ToolCalls, ToolCallsCancelled, ToolResultsTaken
from gemlive_emulator.session.tools import ToolCall

TRANSCRIPTION_OPENS = b'{"serverContent":{"outputTranscription":{}}}'
TRANSCRIPTION_ENDS = b'{"serverContent":{"outputTranscription":{"finished":true}}}'


class CallDialect:
    """Renders calls and their results, for one session.

    Args:
        manner: of the family on this back-end.
        transcribes: whether the client asked for the transcription of what the model says.
    """

    def __init__(self, manner: Manner, transcribes: bool) -> None:
        self._manner = manner
        self._marks = transcribes and manner.marks_transcription
        self._role = {"role": "model"} if manner.role else {}
        self._said = False
        self._opened = False

    def render(self, happening: ToolCalls | ToolCallsCancelled | ToolResultsTaken) -> list[bytes]:
        """The messages for this happening, in order; none if the family says nothing about it."""
        if isinstance(happening, ToolCalls):
            return self._calls(happening.calls)
        if isinstance(happening, ToolCallsCancelled):
            return [message({"toolCallCancellation": {"ids": list(happening.ids)}})]
        return self._results(happening)

    def turn_opens(self) -> None:
        """A turn begins, in which nothing was said so far."""
        self._said = self._opened = False

    def utterance_begins(self) -> None:
        """Something is said, and its transcription is finished with it."""
        self._said, self._opened = True, False

    def before_end(self) -> list[bytes]:
        """What has to be told before the end of generation."""
        opened, self._opened = self._opened, False
        return [TRANSCRIPTION_ENDS] if opened else []

    def _calls(self, calls: tuple[ToolCall, ...]) -> list[bytes]:
        messages: list[bytes] = []
        if self._marks and not self._said and not self._opened:
            self._opened = True
            messages.append(TRANSCRIPTION_OPENS)
        if self._manner.calls_as_code:
            code = "\n".join(f"print(default_api.{call.name}({_written(call)}))" for call in calls)
            messages.append(self._part("executableCode", language="PYTHON", code=code))
        status = {"interactionStatus": "IN_PROGRESS"} if self._manner.interaction_status else {}
        messages.append(message({"toolCall": {"functionCalls": [self._call(call) for call in calls]}, **status}))
        return messages

    def _results(self, taken: ToolResultsTaken) -> list[bytes]:
        messages = list(self._manner.opening) if self._manner.reopens and taken.within else []
        if self._manner.calls_as_code:
            outputs = (f"{dict(result.response)}" for result in taken.results)
            messages += (self._part("codeExecutionResult", outcome="OUTCOME_OK", output=output) for output in outputs)
        return messages

    def _call(self, call: ToolCall) -> dict[str, Any]:
        # Printed by Google's notebooks: a call without arguments has an empty map of them.
        return {"name": call.name, "args": dict(call.args)} | ({"id": call.id} if self._manner.call_ids else {})

    def _part(self, kind: str, **fields: str) -> bytes:
        return message({"serverContent": {"modelTurn": {**self._role, "parts": [{kind: fields}]}}})


def _written(call: ToolCall) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in call.args.items())
