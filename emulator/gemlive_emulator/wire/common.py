"""What both directions share: the base model, and content made of parts.

Source: public proto ``google/ai/generativelanguage/v1beta/content.proto``, and the converters of google-genai 3.4 for
what only Vertex or newer API versions know.
"""

from collections.abc import Sequence
from functools import cache
from inspect import get_annotations
from typing import Annotated, Any, TypeVar, dataclass_transform

from pybase64 import b64decode

from gemlive_emulator.records import dataclass
from gemlive_emulator.wire import enums


@dataclass(frozen=True, slots=True)
class Bits:
    """The width of a proto integer; one of 64 bits goes out as a JSON string."""

    count: int


Int32 = Annotated[int, Bits(32)]
Int64 = Annotated[int, Bits(64)]

FreeForm = dict[str, Any]
"""A map of the user's own: neither its keys nor its values are ever touched."""


@cache
def to_camel(name: str) -> str:
    """The wire name of a field: ``mimeType`` of ``mime_type``."""
    head, *tail = name.split("_")
    return head + "".join(map(str.capitalize, tail))


@dataclass_transform(kw_only_default=True, eq_default=False)
class WireModel:
    """A message of the protocol.

    Fields carry the names of the proto (snake_case) and are annotated in the class; on the wire they are camelCase. A
    field that is absent has the class's default: ``None``, but for the few whose proto default means the same
    (``False``, an empty sequence). Instances hold what was given and nothing else. Nothing is checked here: what comes
    from a client is checked, and what real clients write is forgiven, by the reader, which goes by the annotations.

    A base of our own and not pydantic's, because importing pydantic alone was a third of the time to the first
    ``setupComplete`` of a process, and one validator, ours, judges every frame anyway.

    Args:
        given: values of fields.

    Raises:
        TypeError: a name that is no field.
    """

    def __init__(self, **given: Any) -> None:
        for name in given:
            if name not in field_hints(type(self)):
                raise TypeError(f"{type(self).__name__} has no field {name!r}")
        self.__dict__.update(given)

    @property
    def fields_given(self) -> set[str]:
        """The names of the fields that were given, whatever their value."""
        return set(self.__dict__)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(_alike(getattr(self, name), getattr(other, name)) for name in field_hints(type(self)))

    def __repr__(self) -> str:
        given = ", ".join(
            f"{name}={self.__dict__[name]!r}" for name in field_hints(type(self)) if name in self.__dict__
        )
        return f"{type(self).__name__}({given})"


def _alike(one: Any, other: Any) -> bool:
    """Equal; the empty default of a sequence is like an empty list."""
    return bool(one == other) or (one in ([], ()) and other in ([], ()))


Model = TypeVar("Model", bound=WireModel)


def holding(model: type[Model], fields: dict[str, Any]) -> Model:
    """A message with these fields, whose names and values were checked before; the dict becomes its own."""
    # Past the constructor, which would look at every name again.
    message = model.__new__(model)
    message.__dict__ = fields
    return message


def from_base64(text: str) -> bytes:
    """Either alphabet, padded or not: google-genai sends the URL-safe one, JavaScript the standard one.

    Raises:
        ValueError: it is neither.
    """
    # Two searches that mostly find nothing: str.translate takes longer than all the rest of it.
    bare = text.replace("-", "+").replace("_", "/").rstrip("=")
    return b64decode(bare + "=" * (-len(bare) % 4), validate=True)


_HINTS: dict[type[WireModel], dict[str, Any]] = {}


def field_hints(model: type[WireModel]) -> dict[str, Any]:
    """The fields of a model in their order, with their annotations."""
    # No functools.cache: to type checkers the classes look unhashable, because their instances are.
    if model not in _HINTS:
        _HINTS[model] = get_annotations(model, eval_str=True)
    return _HINTS[model]


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
    parts: Sequence[Part] = ()
