"""What both directions share: the base model, and content made of parts.

Source: public proto ``google/ai/generativelanguage/v1beta/content.proto``, and the converters of google-genai 3.4 for
what only Vertex or newer API versions know.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from pydantic import AliasChoices, AliasGenerator, BaseModel, ConfigDict, Field

from gemlive_emulator.wire import enums


@dataclass(frozen=True, slots=True)
class Bits:
    """The width of a proto integer; one of 64 bits goes out as a JSON string."""

    count: int


Int32 = Annotated[int, Field(ge=-(2**31), lt=2**31), Bits(32)]
# Proto-JSON writes an int64 as a string, so the strict validation of one has to take a string.
Int64 = Annotated[int, Field(ge=-(2**63), lt=2**63, strict=False), Bits(64)]

FreeForm = dict[str, Any]
"""A map of the user's own: neither its keys nor its values are ever touched."""


@cache
def to_camel(name: str) -> str:
    """The wire name of a field: ``mimeType`` of ``mime_type``."""
    head, *tail = name.split("_")
    return head + "".join(map(str.capitalize, tail))


def _both_casings(name: str) -> str | AliasChoices:
    return AliasChoices(to_camel(name), name) if "_" in name else name


class WireModel(BaseModel):
    """A message of the protocol.

    Fields carry the names of the proto (snake_case); on the wire they are camelCase. An absent field is ``None``, but
    for the few whose proto default means the same (``False``, an empty list). ``bytes`` are base64 in JSON. Validation
    is strict; what real clients write instead is forgiven by the reader alone. Validators are built at first use, since
    building all of them would cost every start a third of its time.
    """

    model_config = ConfigDict(
        alias_generator=AliasGenerator(validation_alias=_both_casings, serialization_alias=to_camel),
        allow_inf_nan=False,
        defer_build=True,
        extra="forbid",
        protected_namespaces=(),
        ser_json_bytes="base64",
        strict=True,
        val_json_bytes="base64",
    )


class Blob(WireModel):
    """Inline media, decoded.

    Audio in is mono s16le; the rate in Hz is told by the type (``audio/pcm;rate=16000``), 16 kHz if it is not.
    """

    data: bytes = b""
    mime_type: str | None = None
    display_name: str | None = None


class FileData(WireModel):
    """Media by reference. The emulator never fetches it."""

    file_uri: str | None = None
    mime_type: str | None = None
    display_name: str | None = None


class PartialArg(WireModel):
    """A piece of a function argument that is streamed (Vertex only)."""

    json_path: str | None = None
    string_value: str | None = None
    number_value: float | None = None
    bool_value: bool | None = None
    null_value: str | None = None
    will_continue: bool | None = None


class FunctionCall(WireModel):
    """The model's wish to have a function called. ``args`` is the function's own."""

    id: str | None = None
    name: str | None = None
    args: FreeForm | None = None
    partial_args: list[PartialArg] | None = None
    will_continue: bool | None = None


class FunctionResponsePart(WireModel):
    """Media that a function returned."""

    inline_data: Blob | None = None
    file_data: FileData | None = None


class FunctionResponse(WireModel):
    """What a function returned.

    ``response`` is the function's own: by custom ``output`` or ``error`` inside, else the whole map is the output.
    ``scheduling`` and ``will_continue`` are for NON_BLOCKING functions. ``name`` may be missing (docs of 3.8).
    """

    id: str | None = None
    name: str | None = None
    response: FreeForm | None = None
    scheduling: Annotated[str, enums.SCHEDULING] | None = None
    will_continue: bool | None = None
    parts: list[FunctionResponsePart] | None = None


class ExecutableCode(WireModel):
    """Code that the model wrote to be run by the server."""

    id: str | None = None
    language: Annotated[str, enums.CODE_LANGUAGE] | None = None
    code: str | None = None


class CodeExecutionResult(WireModel):
    """What came of the model's code."""

    id: str | None = None
    outcome: Annotated[str, enums.CODE_OUTCOME] | None = None
    output: str | None = None


class VideoMetadata(WireModel):
    """Which piece of a video is meant; offsets are Durations such as ``"1.5s"``, ``fps`` frames per second."""

    start_offset: str | None = None
    end_offset: str | None = None
    fps: float | None = None


class PartMediaResolution(WireModel):
    """How finely one part's media is looked at."""

    level: Annotated[str, enums.MEDIA_RESOLUTION] | None = None
    num_tokens: Int32 | None = None


class Part(WireModel):
    """One piece of content: exactly one of text, media, call, response or code; the rest tells about it.

    ``thought`` marks a summary of the model's thinking. ``tool_call``, ``tool_response`` and ``part_metadata`` are
    known to the Gemini API only.
    """

    text: str | None = None
    inline_data: Blob | None = None
    file_data: FileData | None = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None
    executable_code: ExecutableCode | None = None
    code_execution_result: CodeExecutionResult | None = None
    thought: bool | None = None
    thought_signature: bytes | None = None
    video_metadata: VideoMetadata | None = None
    media_resolution: PartMediaResolution | None = None
    part_metadata: FreeForm | None = None
    tool_call: FreeForm | None = None
    tool_response: FreeForm | None = None
    media_processing: FreeForm | None = None


class Content(WireModel):
    """What one side said: ``role`` is ``"user"`` or ``"model"``; a missing role means the user."""

    role: str | None = None
    parts: list[Part] = Field(default_factory=list)
