"""Whole frames, as the SDKs and hand-written clients are known to send them."""

import base64
import contextlib
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wire_messages import assert_types, json_values, live_frames, mutated, names

from gemlive_emulator.wire.client import ClientMessage
from gemlive_emulator.wire.codec import Decoded, decode, encode_json
from gemlive_emulator.wire.errors import ClientFault

PYTHON_SETUP = {
    "setup": {
        "model": "models/gemini-2.5-flash-native-audio-latest",
        "generationConfig": {
            "responseModalities": ["AUDIO"],
            "temperature": 0.25,
            "topK": 32.0,
            "maxOutputTokens": 64,
            "mediaResolution": "MEDIA_RESOLUTION_HIGH",
            "seed": 7,
            "speechConfig": {
                "voice_config": {"prebuilt_voice_config": {"voice_name": "Leda"}},
                "language_code": "de-DE",
            },
            "thinkingConfig": {"include_thoughts": True, "thinking_budget": -1},
            "enableAffectiveDialog": True,
            "translationConfig": {"echoTargetLanguage": False, "targetLanguageCode": "fr"},
        },
        "systemInstruction": {"parts": [{"text": "Answer in rhyme."}], "role": "user"},
        "tools": [
            {"googleSearch": {}},
            {"codeExecution": {}},
            {"urlContext": {}},
            {
                "functionDeclarations": [
                    {
                        "name": "open_door",
                        "description": "Opens a door",
                        "parameters": {
                            "properties": {"door_name": {"type": "STRING"}},
                            "type": "OBJECT",
                            "property_ordering": ["door_name"],
                        },
                        "behavior": "NON_BLOCKING",
                    }
                ]
            },
        ],
        "sessionResumption": {"handle": "handle-1"},
        "inputAudioTranscription": {"language_codes": ["de-DE"]},
        "outputAudioTranscription": {},
        "realtimeInputConfig": {
            "automatic_activity_detection": {
                "disabled": False,
                "start_of_speech_sensitivity": "START_SENSITIVITY_LOW",
                "end_of_speech_sensitivity": "END_SENSITIVITY_HIGH",
                "prefix_padding_ms": 40,
                "silence_duration_ms": 250,
            },
            "activity_handling": "NO_INTERRUPTION",
            "turn_coverage": "TURN_INCLUDES_ALL_INPUT",
        },
        "contextWindowCompression": {"trigger_tokens": 20000, "sliding_window": {"target_tokens": 8000}},
        "proactivity": {"proactive_audio": True},
        "historyConfig": {"initial_history_in_client_content": True},
        "safetySettings": [{"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "BLOCK_ONLY_HIGH"}],
    }
}


def plain(frame: str) -> ClientMessage:
    """The message of a frame that every reading takes without a word."""
    decoded = decode(frame, strict=True)
    assert decoded.warnings == ()
    return decoded.message


def test_the_full_setup_of_the_python_sdk():
    setup = plain(json.dumps(PYTHON_SETUP)).setup
    config = setup.generation_config
    assert setup.model == "models/gemini-2.5-flash-native-audio-latest"
    assert config.response_modalities == ["AUDIO"]
    assert (config.temperature, config.top_k, config.max_output_tokens, config.seed) == (0.25, 32.0, 64, 7)
    assert config.media_resolution == "MEDIA_RESOLUTION_HIGH"
    assert config.speech_config.voice_config.prebuilt_voice_config.voice_name == "Leda"
    assert config.speech_config.language_code == "de-DE"
    assert (config.thinking_config.include_thoughts, config.thinking_config.thinking_budget) == (True, -1)
    assert config.enable_affective_dialog is True
    assert config.translation_config.target_language_code == "fr"
    assert setup.system_instruction.role == "user"
    assert [sorted(tool.fields_given) for tool in setup.tools] == [
        ["google_search"],
        ["code_execution"],
        ["url_context"],
        ["function_declarations"],
    ]
    function = setup.tools[3].function_declarations[0]
    assert (function.name, function.behavior) == ("open_door", "NON_BLOCKING")
    assert function.parameters.properties["door_name"].type == "STRING"
    assert setup.session_resumption.handle == "handle-1"
    assert setup.input_audio_transcription.language_codes == ["de-DE"]
    assert setup.output_audio_transcription is not None
    detection = setup.realtime_input_config.automatic_activity_detection
    assert (detection.disabled, detection.prefix_padding_ms, detection.silence_duration_ms) == (False, 40, 250)
    assert detection.end_of_speech_sensitivity == "END_SENSITIVITY_HIGH"
    assert setup.realtime_input_config.turn_coverage == "TURN_INCLUDES_ALL_INPUT"
    assert setup.context_window_compression.trigger_tokens == 20000
    assert setup.context_window_compression.sliding_window.target_tokens == 8000
    assert setup.proactivity.proactive_audio is True
    assert setup.history_config.initial_history_in_client_content is True
    assert setup.safety_settings[0].threshold == "BLOCK_ONLY_HIGH"


SOUND = b"\xfb\xff\xfe\x00\x01\xfa\xfb\xff"
STANDARD = base64.b64encode(SOUND).decode()
URL_SAFE = base64.urlsafe_b64encode(SOUND).decode()


def with_sound(frame: str, encoded: str) -> str:
    return frame.replace("<sound>", encoded)


@pytest.mark.parametrize(
    "frame",
    [
        with_sound(
            '{"realtime_input": {"mediaChunks": [{"data": "<sound>", "mime_type": "audio/pcm;rate=16000"}]}}', URL_SAFE
        ),
        with_sound(
            '{"realtime_input": {"media_chunks": [{"data": "<sound>", "mime_type": "audio/pcm;rate=16000"}]}}', URL_SAFE
        ),
        with_sound(
            '{"realtimeInput":{"mediaChunks":[{"data":"<sound>","mimeType":"audio/pcm;rate=16000"}]}}', STANDARD
        ),
        with_sound(
            '{"realtime_input": {"media_chunks": {"data": "<sound>", "mimeType": "audio/pcm;rate=16000"}}}', STANDARD
        ),
    ],
)
def test_media_chunks_of_every_client(frame):
    (blob,) = plain(frame).realtime_input.media_chunks
    assert (blob.data, blob.mime_type) == (SOUND, "audio/pcm;rate=16000")


@pytest.mark.parametrize(
    "frame",
    [
        with_sound('{"realtime_input": {"audio": {"data": "<sound>", "mime_type": "audio/pcm;rate=16000"}}}', URL_SAFE),
        with_sound('{"realtimeInput":{"audio":{"data":"<sound>","mimeType":"audio/pcm;rate=16000"}}}', STANDARD),
        with_sound(
            '{"realtime_input": {"audio": {"mimeType": "audio/pcm;rate=16000", "data": "<sound>"}}}',
            STANDARD.rstrip("="),
        ),
    ],
)
def test_audio_of_every_client(frame):
    blob = plain(frame).realtime_input.audio
    assert (blob.data, blob.mime_type) == (SOUND, "audio/pcm;rate=16000")


def test_the_other_realtime_inputs():
    assert plain('{"realtime_input": {"text": "hi"}}').realtime_input.text == "hi"
    assert plain('{"realtime_input": {"text": ""}}').realtime_input.text == ""
    assert plain('{"realtime_input": {"audioStreamEnd": true}}').realtime_input.audio_stream_end is True
    assert plain('{"realtime_input": {"activityStart": {}}}').realtime_input.activity_start is not None
    assert plain('{"realtimeInput":{"activityEnd":{}}}').realtime_input.activity_end is not None
    video = plain('{"realtime_input":{"video":{"mime_type":"image/jpeg","data":"/9j/"}}}').realtime_input.video
    assert (video.mime_type, video.data) == ("image/jpeg", b"\xff\xd8\xff")


@pytest.mark.parametrize(
    "frame",
    [
        '{"client_content": {"turns": [{"parts": [{"text": "a"}], "role": "user"}], "turnComplete": true}}',
        '{"client_content": {"turns": [{"parts": [{"text": "a"}], "role": "user"}], "turn_complete": true}}',
        '{"clientContent":{"turns":[{"parts":[{"text":"a"}],"role":"user"}],"turnComplete":true}}',
    ],
)
def test_typed_turns_of_every_client(frame):
    content = plain(frame).client_content
    assert content.turn_complete is True
    assert (content.turns[0].role, content.turns[0].parts[0].text) == ("user", "a")


def test_client_content_without_turns_and_with_images():
    content = plain('{"client_content": {"turnComplete": true}}').client_content
    assert (content.turns, content.turn_complete) == (None, True)
    image = {"inline_data": {"data": URL_SAFE, "mime_type": "image/png"}}
    turns = [{"parts": [image], "role": "user"}]
    content = plain(json.dumps({"client_content": {"turns": turns, "turnComplete": False}})).client_content
    assert content.turn_complete is False
    assert content.turns[0].parts[0].inline_data.data == SOUND
    assert plain('{"client_content":{"turns":[{"parts":[{"text":"a"}]}]}}').client_content.turn_complete is False


def test_tool_responses_of_every_client():
    response = {"result": "ok", "snake_key": 1}
    answer = {"will_continue": False, "scheduling": "INTERRUPT", "id": "1", "name": "f", "response": response}
    found = plain(json.dumps({"tool_response": {"functionResponses": [answer]}})).tool_response.function_responses[0]
    assert (found.id, found.name, found.scheduling, found.will_continue) == ("1", "f", "INTERRUPT", False)
    assert found.response == response
    old = '{"tool_response": {"function_responses": [{"id": "1", "name": "f", "response": {"a": 1}}]}}'
    assert plain(old).tool_response.function_responses[0].response == {"a": 1}
    nameless = '{"toolResponse":{"functionResponses":[{"response":{"output":{}},"id":"call_1"}]}}'
    assert plain(nameless).tool_response.function_responses[0].name is None
    media = {"parts": [{"inlineData": {"mimeType": "image/png", "data": "", "displayName": "p"}}], "response": {}}
    found = plain(json.dumps({"toolResponse": {"functionResponses": [media]}})).tool_response.function_responses[0]
    assert found.parts[0].inline_data.display_name == "p"


def test_context_updates():
    frame = (
        '{"contextUpdate": {"systemInstruction": {"parts": [{"text": "n"}], "role": "user"}, "tools": {"tools": []}}}'
    )
    update = plain(frame).context_update
    assert update.system_instruction.parts[0].text == "n"
    assert update.tools.tools == []
    assert plain('{"context_update":{}}').context_update.tools is None


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda frame: frame.decode()], ids="0123")
def test_text_and_binary_frames_with_or_without_a_newline(kind):
    for frame in (b'{"realtimeInput":{"text":"x"}}\n', b' {\n  "realtimeInput": {"text": "x"}\n}\n'):
        assert decode(kind(frame)).message.realtime_input.text == "x"


def test_a_lone_surrogate_in_a_text_frame_is_mended():
    decoded = decode('{"realtimeInput":{"text":"a\ud800b"}}')
    assert decoded.message.realtime_input.text == "a\ufffdb"
    assert len(decoded.warnings) == 1


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        ("{}", "none"),
        ('{"setup":null}', "none"),
        ('{"musicGenerationConfig":{}}', "none; unknown name \"musicGenerationConfig\" at '' was ignored"),
        ('{"setup":{},"clientContent":{}}', "client_content and setup"),
        ('{"realtimeInput":{"text":"a"},"clientContent":{}}', "client_content and realtime_input"),
    ],
)
def test_a_message_holds_exactly_one_payload(frame, told):
    with pytest.raises(ClientFault) as caught:
        decode(frame)
    assert (caught.value.code, caught.value.words) == (1007, "Request contains an invalid argument.")
    assert caught.value.hint.startswith("a message holds exactly one of setup, client_content, ")
    assert caught.value.hint.endswith(f"found {told}")


@pytest.mark.parametrize("frame", ["[]", "5", "null", '"setup"', '[{"setup":{}}]'])
def test_a_message_is_an_object(frame):
    with pytest.raises(ClientFault, match=r"Root element must be a message\."):
        decode(frame)


def nested_schema(levels: int) -> bytes:
    head = b'{"setup":{"tools":[{"functionDeclarations":[{"parameters":'
    return head + b'{"items":' * levels + b"{}" + b"}" * levels + b"}]}]}}"


def test_schemas_may_nest_up_to_the_depth_limit():
    found = decode(nested_schema(90)).message.setup.tools[0].function_declarations[0].parameters
    for _ in range(90):
        found = found.items
    assert found.items is None
    with pytest.raises(ClientFault, match="Message too deep"):
        decode(nested_schema(10_000))


frames = (
    live_frames()
    | st.dictionaries(names, json_values, max_size=3).map(lambda value: json.dumps(value).encode())
    | json_values.map(lambda value: json.dumps(value, ensure_ascii=False).encode())
    | st.just(json.dumps(PYTHON_SETUP).encode())
)


@settings(max_examples=500, deadline=None)
@given(frames | mutated(frames) | st.binary(max_size=40) | st.text(max_size=20), st.booleans())
@example(b'{"setup":{"generationConfig":{"temperature":' + b"9" * 4_000 + b"}}}", False)
@example(b'{"setup":{"generationConfig":{"seed":' + b"9" * 5_000 + b"}}}", False)
def test_any_frame_is_a_message_or_a_fault(frame, strict):
    decoded: Decoded | None = None
    with contextlib.suppress(ClientFault):
        decoded = decode(frame, strict=strict)
    if decoded is None:
        with pytest.raises(ClientFault) as caught:
            decode(frame, strict=strict)
        assert caught.value.code == 1007
        assert len(caught.value.words.encode("utf-8")) <= 123
        assert caught.value.hint.encode("utf-8")
        return
    assert len(decoded.message.fields_given) == 1
    assert_types(decoded.message)
    repr(decoded.message).encode("utf-8")
    "".join(decoded.warnings).encode("utf-8")


def test_ready_made_messages_are_encoded_as_compact_ascii():
    assert encode_json({"serverContent": {"outputTranscription": {"text": 'é"\n😀'}}}) == (
        rb'{"serverContent":{"outputTranscription":{"text":"\u00e9\"\n\ud83d\ude00"}}}'
    )
    assert encode_json({"a": "\ud800"}) == rb'{"a":"\ud800"}'
    assert encode_json({}) == b"{}"
