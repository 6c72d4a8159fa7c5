"""Client to server: everything a client may say.

Source: public proto ``BidiGenerateContentClientMessage`` (v1beta); ``context_update`` from google-genai 3.x.
"""

from collections.abc import Sequence

from gemlive_emulator.wire.common import Blob, Content, FunctionResponse, WireModel
from gemlive_emulator.wire.setup import Setup
from gemlive_emulator.wire.tools import Tool


class ClientContent(WireModel):
    """Turns for the history, in order; any client content interrupts the model.

    ``turn_complete`` starts the answer with all that has come so far; on the wire its default is false. ``turns`` may
    be missing: then it only ends the turn.
    """

    turns: list[Content] | None = None
    turn_complete: bool = False


class ActivityStart(WireModel):
    """The user begins to speak or act; only with automatic detection disabled."""


class ActivityEnd(WireModel):
    """The user has ended; only with automatic detection disabled."""


class RealtimeInput(WireModel):
    """Live input, answered when the user is taken to have ended.

    ``media_chunks`` is the old way; only its first blob counts. ``text`` may be empty and still ends the turn (a
    notebook of Google's relies on it). ``audio_stream_end`` says that the microphone is off.
    """

    media_chunks: list[Blob] | None = None
    audio: Blob | None = None
    video: Blob | None = None
    text: str | None = None
    audio_stream_end: bool | None = None
    activity_start: ActivityStart | None = None
    activity_end: ActivityEnd | None = None


class ToolResponse(WireModel):
    """What the functions returned that the model had asked for."""

    function_responses: Sequence[FunctionResponse] = ()


class ToolsUpdate(WireModel):
    """The tools from now on; an empty list takes all away."""

    tools: Sequence[Tool] = ()


class ContextUpdate(WireModel):
    """Replaces parts of the setup in the middle of a session; what is unset stays. Starts no answer by itself."""

    system_instruction: Content | None = None
    tools: ToolsUpdate | None = None


class ClientMessage(WireModel):
    """One message of a client: exactly one of the fields is set."""

    setup: Setup | None = None
    client_content: ClientContent | None = None
    realtime_input: RealtimeInput | None = None
    tool_response: ToolResponse | None = None
    context_update: ContextUpdate | None = None
