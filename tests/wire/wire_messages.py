"""Hypothesis strategies: JSON of any kind, messages that are right, and messages that are nearly right."""

import base64
import json
from collections.abc import Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import TypeAdapter

from gemlive_emulator.wire.common import Bits, WireModel, field_hints

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(width=32) | texts
names = st.sampled_from(
    [
        "setup",
        "clientContent",
        "client_content",
        "realtimeInput",
        "realtime_input",
        "toolResponse",
        "contextUpdate",
        "turns",
        "parts",
        "text",
        "turnComplete",
        "turn_complete",
        "role",
        "audio",
        "video",
        "mediaChunks",
        "data",
        "mimeType",
        "mime_type",
        "inlineData",
        "tools",
        "model",
        "enum",
        "generationConfig",
        "responseModalities",
        "functionDeclarations",
        "parameters",
        "properties",
        "type",
        "items",
        "response",
    ]
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | texts, inner, max_size=4),
    max_leaves=12,
)


def either(*spellings: str) -> st.SearchStrategy[str]:
    return st.sampled_from(spellings)


@st.composite
def objects(draw: st.DrawFn, **fields: st.SearchStrategy[Any]) -> dict[str, Any]:
    """An object with some of the fields, each under one of its spellings, in any order."""
    chosen = draw(st.lists(st.sampled_from(sorted(fields)), unique=True))
    return {draw(either(name, camel(name))): draw(fields[name]) for name in chosen}


def camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)


@st.composite
def base64_texts(draw: st.DrawFn) -> str:
    encode = draw(st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]))
    text = encode(draw(st.binary(max_size=9))).decode()
    return text.rstrip("=") if draw(st.booleans()) else text


blobs = objects(data=base64_texts(), mime_type=st.just("audio/pcm;rate=16000"), display_name=st.none() | texts)
parts = objects(text=st.none() | texts, inline_data=blobs, thought=st.booleans())
contents = objects(role=st.sampled_from(["user", "model", None]), parts=st.lists(parts, max_size=2))
client_contents = objects(turns=st.none() | st.lists(contents, max_size=2), turn_complete=st.booleans())
realtime_inputs = objects(
    audio=blobs,
    video=blobs,
    media_chunks=st.lists(blobs, max_size=2),
    text=st.none() | texts,
    audio_stream_end=st.booleans(),
    activity_start=st.just({}),
    activity_end=st.just({}),
)
live_messages = st.dictionaries(either("client_content", "clientContent"), client_contents, min_size=1) | (
    st.dictionaries(either("realtime_input", "realtimeInput"), realtime_inputs, min_size=1)
)


@st.composite
def live_frames(draw: st.DrawFn) -> bytes:
    """A live message as JSON, compact or not, ASCII or not."""
    separators = draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    return json.dumps(draw(live_messages), separators=separators, ensure_ascii=draw(st.booleans())).encode()


@st.composite
def mutated(draw: st.DrawFn, frames: st.SearchStrategy[bytes]) -> bytes:
    """A frame with a few bytes replaced, taken out or put in, often by pieces that matter to JSON."""
    frame = bytearray(draw(frames))
    pieces = [b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"true", b"1e9", b'"text":', b'"role":null,']
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(frame)))
        length = draw(st.integers(0, 3))
        frame[start : start + length] = draw(st.sampled_from(pieces) | st.binary(max_size=2))
    return bytes(frame)


def assert_types(message: WireModel) -> None:
    """Judge a message by its annotations with another validator than ours."""
    for name, value in vars(message).items():
        assert_fits(value, field_hints(type(message))[name])


def assert_fits(value: Any, hint: Any) -> None:
    """A value fits an annotation of a model."""
    origin, arguments = get_origin(hint), get_args(hint)
    if isinstance(value, WireModel):
        assert type(value) in (hint, *arguments)
        assert_types(value)
    elif origin in (list, Sequence):
        assert type(value) is list
        for item in value:
            assert_fits(item, arguments[0])
    elif origin is dict:
        assert type(value) is dict
        for item in value.values():
            assert_fits(item, arguments[1])
    elif origin in (Union, UnionType):
        assert_fits(value, arguments[0])
    else:
        TypeAdapter(hint).validate_python(value, strict=True)
        if Bits in map(type, arguments):
            assert -(2 ** (arguments[-1].count - 1)) <= value < 2 ** (arguments[-1].count - 1)
