"""Server messages: what is left out, and that what goes out comes back."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_messages import texts

from gemlive_emulator.wire.codec import encode, read_server
from gemlive_emulator.wire.common import Blob, Content, FunctionCall, Part
from gemlive_emulator.wire.server import (
    GoAway,
    GroundingMetadata,
    GroundingSupport,
    ModalityTokenCount,
    Segment,
    ServerContent,
    ServerMessage,
    SessionResumptionUpdate,
    SetupComplete,
    ToolCall,
    ToolCallCancellation,
    Transcription,
    UsageMetadata,
    VoiceActivity,
    Word,
)
from gemlive_emulator.wire.tools import FunctionDeclaration, Schema
from gemlive_emulator.wire.writer import to_wire


@pytest.mark.parametrize(
    ("message", "frame"),
    [
        (ServerMessage(), b"{}"),
        (ServerMessage(setup_complete=SetupComplete()), b'{"setupComplete":{}}'),
        (ServerMessage(server_content=ServerContent(turn_complete=False)), b'{"serverContent":{}}'),
        (
            ServerMessage(
                server_content=ServerContent(turn_complete=True, grounding_metadata=GroundingMetadata()),
                usage_metadata=UsageMetadata(
                    prompt_token_count=0,
                    response_token_count=3,
                    response_tokens_details=[ModalityTokenCount(modality="AUDIO", token_count=0)],
                    prompt_tokens_details=[],
                ),
            ),
            b'{"serverContent":{"turnComplete":true,"groundingMetadata":{}},"usageMetadata":{"responseTokenCount":3,'
            b'"responseTokensDetails":[{"modality":"AUDIO"}]}}',
        ),
        (
            ServerMessage(usage_metadata=UsageMetadata(candidates_token_count=3, traffic_type="ON_DEMAND")),
            b'{"usageMetadata":{"candidatesTokenCount":3,"trafficType":"ON_DEMAND"}}',
        ),
        (
            ServerMessage(session_resumption_update=SessionResumptionUpdate(new_handle="", resumable=False)),
            b'{"sessionResumptionUpdate":{}}',
        ),
        (
            ServerMessage(session_resumption_update=SessionResumptionUpdate(last_consumed_client_message_index=12)),
            b'{"sessionResumptionUpdate":{"lastConsumedClientMessageIndex":"12"}}',
        ),
        (
            ServerMessage(
                server_content=ServerContent(
                    model_turn=Content(parts=[Part(inline_data=Blob(data=b"\xfb\xff", mime_type="audio/pcm"))])
                )
            ),
            b'{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"data":"+/8=","mimeType":"audio/pcm"}}]}}}',
        ),
        (
            ServerMessage(
                tool_call=ToolCall(function_calls=[FunctionCall(id="1", name="f", args={"a_b": 0, "c": ""})])
            ),
            b'{"toolCall":{"functionCalls":[{"id":"1","name":"f","args":{"a_b":0,"c":""}}]}}',
        ),
        (
            ServerMessage(tool_call_cancellation=ToolCallCancellation(ids=["1"])),
            b'{"toolCallCancellation":{"ids":["1"]}}',
        ),
        (ServerMessage(go_away=GoAway(time_left="50s")), b'{"goAway":{"timeLeft":"50s"}}'),
        (
            ServerMessage(
                server_content=ServerContent(),
                voice_activity=VoiceActivity(type="ACTIVITY_START", audio_offset="0.200s"),
            ),
            b'{"serverContent":{},"voiceActivity":{"type":"ACTIVITY_START","audioOffset":"0.200s"}}',
        ),
        (
            ServerMessage(server_content=ServerContent(output_transcription=Transcription(text="é", words=[Word()]))),
            b'{"serverContent":{"outputTranscription":{"text":"\\u00e9","words":[{}]}}}',
        ),
        (
            ServerMessage(
                server_content=ServerContent(
                    grounding_metadata=GroundingMetadata(
                        grounding_supports=[GroundingSupport(segment=Segment(), confidence_scores=[0.0, 0.5])]
                    )
                )
            ),
            b'{"serverContent":{"groundingMetadata":{"groundingSupports":[{"segment":{},"confidenceScores":[0.0,0.5]}]}}}',
        ),
    ],
)
def test_defaults_are_left_out_and_empty_messages_are_not(message, frame):
    assert encode(message) == frame
    assert encode(read_server(frame)) == frame


parts = st.builds(Part, text=texts.filter(bool)) | st.builds(
    Part, inline_data=st.builds(Blob, data=st.binary(min_size=1, max_size=9), mime_type=st.just("audio/pcm;rate=24000"))
)
messages = st.builds(
    ServerMessage,
    server_content=st.none()
    | st.builds(
        ServerContent,
        model_turn=st.none() | st.builds(Content, parts=st.lists(parts, min_size=1, max_size=3)),
        turn_complete=st.none() | st.just(True),
        output_transcription=st.none() | st.builds(Transcription, text=texts.filter(bool)),
    ),
    tool_call=st.none()
    | st.builds(
        ToolCall,
        function_calls=st.lists(
            st.builds(FunctionCall, id=st.just("1"), args=st.dictionaries(texts, st.booleans() | texts | st.none())),
            min_size=1,
            max_size=2,
        ),
    ),
    session_resumption_update=st.none()
    | st.builds(
        SessionResumptionUpdate,
        last_consumed_client_message_index=st.none() | st.integers(1, 2**63 - 1),
        resumable=st.none() | st.just(True),
    ),
)


@settings(max_examples=150, deadline=None)
@given(messages)
def test_what_goes_out_comes_back(message):
    frame = encode(message)
    assert frame.isascii()
    assert read_server(frame) == message
    assert_nothing_empty(json.loads(frame))


def assert_nothing_empty(value: Any, key: str = "") -> None:
    """No false, 0, "", null or empty list anywhere but in free-form maps."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name != "args":
                assert item == {} or item, f"{key}.{name}"
                assert_nothing_empty(item, name)
    elif isinstance(value, list):
        for item in value:
            assert_nothing_empty(item, key)


def test_the_schemas_that_a_map_names_are_written_too():
    sky = Schema(type="STRING", any_of=[Schema(type="INTEGER")])
    declared = FunctionDeclaration(name="look", parameters=Schema(properties={"the_sky": sky}))
    written = {"type": "STRING", "anyOf": [{"type": "INTEGER"}]}
    assert to_wire(declared) == {"name": "look", "parameters": {"properties": {"the_sky": written}}}
