"""Every leniency that real clients rely on, and every refusal with its path."""

import base64
import json
from typing import Any

import pytest

from gemlive_emulator.wire.client import ClientMessage
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.errors import ClientFault

SOUND = bytes(range(256)) + b"\xfb\xff\xfe"


def read(message: Any) -> ClientMessage:
    """The message, which is to need no forgiving."""
    decoded = decode(json.dumps(message))
    assert decoded.warnings == ()
    return decoded.message


def forgiven(message: Any) -> tuple[ClientMessage, str]:
    """The message, and the one warning about it."""
    decoded = decode(json.dumps(message))
    (warning,) = decoded.warnings
    return decoded.message, warning


def refused(message: Any) -> ClientFault:
    with pytest.raises(ClientFault) as caught:
        decode(json.dumps(message))
    assert caught.value.code == 1007
    return caught.value


# --- names -----------------------------------------------------------------------------------------------------------


def test_both_casings_may_be_mixed_at_every_level():
    message = read(
        {
            "setup": {
                "model": "models/x",
                "generationConfig": {
                    "response_modalities": ["AUDIO"],
                    "maxOutputTokens": 5,
                    "speech_config": {"voiceConfig": {"prebuilt_voice_config": {"voiceName": "Kore"}}},
                },
                "system_instruction": {"parts": [{"inline_data": {"mimeType": "image/png", "data": ""}}]},
                "realtimeInputConfig": {"automatic_activity_detection": {"prefixPaddingMs": 20}},
            }
        }
    )
    assert message.setup is not None
    config = message.setup.generation_config
    assert config.response_modalities == ["AUDIO"]
    assert config.max_output_tokens == 5
    assert config.speech_config.voice_config.prebuilt_voice_config.voice_name == "Kore"
    assert message.setup.system_instruction.parts[0].inline_data.mime_type == "image/png"
    assert message.setup.realtime_input_config.automatic_activity_detection.prefix_padding_ms == 20


@pytest.mark.parametrize("key", ["clientContent", "client_content"])
def test_top_level_names_come_in_both_casings(key):
    assert read({key: {"turnComplete": True}}).client_content.turn_complete is True


def test_of_two_spellings_of_one_field_the_last_counts():
    message, warning = forgiven({"clientContent": {"turnComplete": True, "turn_complete": False}})
    assert message.client_content.turn_complete is False
    assert warning == "both spellings of 'turn_complete' at 'client_content': the last one counts"


def test_null_means_absent_also_beside_another_spelling():
    message = read(
        {
            "setup": {"model": "m", "tools": None, "sessionResumption": {"handle": None}, "generationConfig": None},
            "clientContent": None,
        }
    )
    assert message.setup.tools is None
    assert message.setup.session_resumption is not None
    assert message.setup.session_resumption.handle is None
    assert message.setup.fields_given == {"model", "session_resumption"}
    both = read({"clientContent": {"turnComplete": None, "turn_complete": True}})
    assert both.client_content.turn_complete is True


def test_unknown_names_are_warned_of_with_their_path():
    message, warning = forgiven({"setup": {"model": "m", "tools": [{"googleSearch": {}}, {"no\nsuch": 1}]}})
    assert warning == r"""unknown name "no\nsuch" at 'setup.tools[1]' was ignored"""
    assert len(message.setup.tools) == 2
    beside, warning = forgiven({"realtimeInput": {"text": "x"}, "trace": 1})
    assert beside.realtime_input.text == "x"
    assert warning == "unknown name \"trace\" at '' was ignored"


def test_safety_settings_in_the_generation_config_are_ignored():
    message, warning = forgiven({"setup": {"generation_config": {"safetySettings": [{"category": "X"}]}}})
    assert "\"safetySettings\" at 'setup.generation_config'" in warning
    assert message.setup.safety_settings is None


def test_generation_fields_in_the_setup_itself_are_moved():
    decoded = decode(
        json.dumps(
            {
                "setup": {
                    "model": "m",
                    "response_modalities": ["text"],
                    "temperature": 1,
                    "speechConfig": {"languageCode": "de-DE"},
                    "generation_config": {"temperature": 0.5, "topP": 0.9},
                    "what": 1,
                }
            }
        )
    )
    config = decoded.message.setup.generation_config
    assert config.response_modalities == ["TEXT"]
    assert config.temperature == 0.5, "what stands in its place counts"
    assert config.top_p == 0.9
    assert config.speech_config.language_code == "de-DE"
    where = "at 'setup' was moved into 'setup.generation_config', where it belongs"
    assert decoded.warnings == (
        f"'response_modalities' {where}",
        f"'temperature' {where}",
        f"'speechConfig' {where}",
        "unknown name \"what\" at 'setup' was ignored",
    )
    assert decode('{"setup":{"temperature":0}}').message.setup.generation_config.temperature == 0
    assert "'setup.generation_config.seed'" in refused({"setup": {"seed": "x"}}).words


# --- shapes ----------------------------------------------------------------------------------------------------------


def test_a_single_object_stands_for_a_list():
    tools = read({"setup": {"tools": {"functionDeclarations": {"name": "f"}}}}).setup.tools
    assert [tool.function_declarations[0].name for tool in tools] == ["f"]
    content = read({"client_content": {"turns": {"role": "user", "parts": {"text": "hi"}}}}).client_content
    assert content.turns[0].parts[0].text == "hi"
    answer = read({"toolResponse": {"functionResponses": {"id": "1", "response": {}}}}).tool_response
    assert answer.function_responses[0].id == "1"
    media = read({"realtime_input": {"media_chunks": {"data": "AAAA", "mime_type": "audio/pcm"}}}).realtime_input
    assert media.media_chunks[0].data == bytes(3)
    config = read({"setup": {"generationConfig": {"responseModalities": "audio"}}}).setup.generation_config
    assert config.response_modalities == ["AUDIO"]
    update = read({"contextUpdate": {"tools": {"tools": {"googleSearch": {}}}}}).context_update
    assert update.tools.tools[0].google_search == {}


def test_a_string_stands_for_content_and_parts_with_a_warning():
    message, warning = forgiven({"setup": {"systemInstruction": "be kind"}})
    assert message.setup.system_instruction.parts[0].text == "be kind"
    assert warning == "a string at 'setup.system_instruction' was taken as Content: write an object"
    message, warning = forgiven({"clientContent": {"turns": "hi", "turnComplete": True}})
    assert message.client_content.turns[0].parts[0].text == "hi"
    assert "'client_content.turns[0]'" in warning
    message, warning = forgiven({"clientContent": {"turns": [{"parts": ["hi", {"text": "ho"}]}]}})
    assert [part.text for part in message.client_content.turns[0].parts] == ["hi", "ho"]
    assert warning == "a string at 'client_content.turns[0].parts[0]' was taken as Part: write an object"


def test_empty_messages_and_lists_are_present():
    message = read({"setup": {"outputAudioTranscription": {}, "tools": [], "sessionResumption": {}}})
    assert message.setup.output_audio_transcription is not None
    assert message.setup.input_audio_transcription is None
    assert message.setup.tools == []
    assert message.setup.session_resumption is not None
    assert read({"realtimeInput": {"activityStart": {}}}).realtime_input.activity_start is not None
    assert read({"clientContent": {}}).client_content.turns is None
    assert read({"clientContent": {"turns": []}}).client_content.turns == []
    assert read({"contextUpdate": {"tools": {"tools": []}}}).context_update.tools.tools == []


def test_absent_lists_are_empty_and_cannot_be_changed():
    assert read({"toolResponse": {}}).tool_response.function_responses == ()


def test_free_form_maps_are_not_looked_into():
    own: dict[str, Any] = {
        "snake_key": 1,
        "camelKey": None,
        "inline_data": {"mime_type": "x", "data": "-_"},
        "type": "string",
        "deep": [{"turnComplete": "true"}],
        "n": 12345678901234567890,
    }
    answer = read({"toolResponse": {"functionResponses": [{"response": own}]}}).tool_response.function_responses[0]
    assert answer.response == own
    assert list(answer.response) == list(own)
    part = {"functionCall": {"name": "f", "args": own}, "partMetadata": own}
    turn = read({"clientContent": {"turns": [{"parts": [part]}]}}).client_content.turns[0]
    assert turn.parts[0].function_call.args == own
    assert turn.parts[0].part_metadata == own
    schema = {"type": "object", "properties": {"snake_name": {"type": "string"}, "camelName": {"anyOf": []}}}
    declared = {"name": "f", "parameters": schema, "parametersJsonSchema": own, "responseJsonSchema": [own]}
    message = read({"setup": {"labels": {"some_label": "A", "otherLabel": "b"}, "tools": [declared_in(declared)]}})
    function = message.setup.tools[0].function_declarations[0]
    assert list(function.parameters.properties) == ["snake_name", "camelName"]
    assert function.parameters.properties["snake_name"].type == "STRING"
    assert function.parameters_json_schema == own
    assert function.response_json_schema == [own]
    assert message.setup.labels == {"some_label": "A", "otherLabel": "b"}


def declared_in(function: dict[str, Any]) -> dict[str, Any]:
    return {"function_declarations": [function]}


def test_schema_defaults_examples_and_enums_stay_as_they_came():
    schema = {
        "type": "integer",
        "default": {"a_b": 1},
        "example": ["x", None],
        "enum": [1, "two", None],
        "minItems": "3",
    }
    function = {"parameters": {"properties": {"p": schema}}}
    found = read({"setup": {"tools": [declared_in(function)]}}).setup.tools[0].function_declarations[0]
    read_back = found.parameters.properties["p"]
    assert (read_back.type, read_back.default, read_back.example) == ("INTEGER", {"a_b": 1}, ["x", None])
    assert read_back.enum == [1, "two", None]
    assert read_back.min_items == 3


# --- scalars ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("length", range(len(SOUND) - 4, len(SOUND) + 1))
@pytest.mark.parametrize("padded", [True, False])
def test_both_base64_alphabets_padded_or_not(encoding, length, padded):
    text = encoding(SOUND[-length:]).decode()
    text = text if padded else text.rstrip("=")
    for name in ("audio", "video"):
        blob = getattr(read({"realtimeInput": {name: {"data": text, "mimeType": "m"}}}).realtime_input, name)
        assert blob.data == SOUND[-length:]
    turn = read({"clientContent": {"turns": [{"parts": [{"thoughtSignature": text}]}]}}).client_content.turns[0]
    assert turn.parts[0].thought_signature == SOUND[-length:]


def test_a_mixed_base64_alphabet_is_read_too():
    assert read({"realtimeInput": {"audio": {"data": "-/_+"}}}).realtime_input.audio.data == base64.b64decode("+//+")


@pytest.mark.parametrize("text", ["AAAAA", "AA AA", "AAA\n", "äöü", "AA=A", "A", "!"])
def test_what_is_no_base64_is_refused(text):
    fault = refused({"realtimeInput": {"audio": {"data": text}}})
    told = f"Invalid value at 'realtime_input.audio.data' (TYPE_BYTES), Base64 decoding failed for {json.dumps(text)}"
    assert fault.words == told
    assert "URL-safe" in fault.hint


@pytest.mark.parametrize(("spelled", "value"), [(40, 40), (40.0, 40), ("40", 40), ("-1", -1), (0, 0)], ids=repr)
def test_whole_numbers_in_every_spelling(spelled, value):
    setup = read({"setup": {"generationConfig": {"seed": spelled, "topK": spelled}}}).setup
    assert setup.generation_config.seed == value
    assert type(setup.generation_config.seed) is int
    assert setup.generation_config.top_k == value
    window = read({"setup": {"contextWindowCompression": {"triggerTokens": spelled}}}).setup
    assert window.context_window_compression.trigger_tokens == value


def test_floats_and_booleans_may_be_strings():
    config = read({"setup": {"generationConfig": {"temperature": "0.5", "topP": 1}}}).setup.generation_config
    assert (config.temperature, config.top_p) == (0.5, 1.0)
    assert read({"clientContent": {"turnComplete": "true"}}).client_content.turn_complete is True
    assert read({"clientContent": {"turnComplete": "false"}}).client_content.turn_complete is False


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("seed", "x", "TYPE_INT32"),
        ("seed", 1.5, "TYPE_INT32"),
        ("seed", True, "TYPE_INT32"),
        ("seed", 2**31, "TYPE_INT32"),
        ("seed", -(2**31) - 1, "TYPE_INT32"),
        ("seed", "9" * 30, "TYPE_INT32"),
        ("seed", "٣", "TYPE_INT32"),
        ("temperature", "warm", "TYPE_FLOAT"),
        ("temperature", "NaN", "TYPE_FLOAT"),
        ("temperature", False, "TYPE_FLOAT"),
        ("temperature", 10**400, "TYPE_FLOAT"),
        ("enableAffectiveDialog", 1, "TYPE_BOOL"),
        ("enableAffectiveDialog", "yes", "TYPE_BOOL"),
        ("responseMimeType", 5, "TYPE_STRING"),
        ("mediaResolution", 1.5, "TYPE_ENUM"),
        ("mediaResolution", True, "TYPE_ENUM"),
        ("speechConfig", 5, "type.googleapis.com/google.ai.generativelanguage.v1beta.SpeechConfig"),
        ("speechConfig", "Kore", "type.googleapis.com/google.ai.generativelanguage.v1beta.SpeechConfig"),
        ("routingConfig", "x", "map"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_its_path(name, value, kind):
    fault = refused({"setup": {"generationConfig": {name: value}}})
    assert fault.words.startswith(f"Invalid value at 'setup.generation_config.{snake(name)}' ({kind}"[:123])
    assert fault.hint.startswith(f"'setup.generation_config.{snake(name)}' is to be ")


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"setup": []}, 'Unknown name "setup": Proto field is not repeating, cannot start list.'),
        (
            {"setup": {"generationConfig": [{}]}},
            "Unknown name \"generation_config\" at 'setup': Proto field is not repeating, cannot start list.",
        ),
        (
            {"realtimeInput": {"text": {"a": 1}}},
            "Unknown name \"text\" at 'realtime_input': Starting an object on a scalar field.",
        ),
        (
            {"realtimeInput": {"audio": {"data": [1, 2]}}},
            "Unknown name \"data\" at 'realtime_input.audio': Proto field is not repeating, cannot start list.",
        ),
    ],
)
def test_a_value_of_the_wrong_shape_is_refused_in_the_parsers_words(message, words):
    assert refused(message).words == f"Invalid JSON payload received. {words}"[:123]


def test_bytes_and_null_items_of_the_wrong_type():
    assert refused({"realtimeInput": {"audio": {"data": 5}}}).words == (
        "Invalid value at 'realtime_input.audio.data' (TYPE_BYTES), 5"
    )
    assert refused({"clientContent": {"turns": [{}, None]}}).words.startswith(
        "Invalid value at 'client_content.turns[1]' (type.googleapis.com/"
    )
    assert "'setup.labels[0].value' (TYPE_STRING), null" in refused({"setup": {"labels": {"a": None}}}).words


# --- enums -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelled", ["AUDIO", "audio", "Audio", 3])
def test_enums_in_any_case_and_by_number(spelled):
    config = read({"setup": {"generationConfig": {"responseModalities": [spelled]}}}).setup.generation_config
    assert config.response_modalities == ["AUDIO"]


def test_short_enums_get_their_full_name_with_a_warning():
    detection = {"startOfSpeechSensitivity": "high"}
    message, warning = forgiven({"setup": {"realtimeInputConfig": {"automaticActivityDetection": detection}}})
    found = message.setup.realtime_input_config.automatic_activity_detection
    assert found.start_of_speech_sensitivity == "START_SENSITIVITY_HIGH"
    where = "setup.realtime_input_config.automatic_activity_detection.start_of_speech_sensitivity"
    assert warning == f"\"high\" at '{where}' was taken as START_SENSITIVITY_HIGH"
    answers = {"functionResponses": [{"scheduling": "INTERRUPTED"}]}
    message, _ = forgiven({"toolResponse": answers})
    assert message.tool_response.function_responses[0].scheduling == "INTERRUPT"


def test_documented_odd_names_need_no_forgiving():
    function = {"name": "f", "behavior": "UNSPECIFIED"}
    message = read({"setup": {"tools": [declared_in(function)]}})
    assert message.setup.tools[0].function_declarations[0].behavior == "UNSPECIFIED"
    level = read({"setup": {"generationConfig": {"thinkingConfig": {"thinkingLevel": "low"}}}})
    assert level.setup.generation_config.thinking_config.thinking_level == "LOW"


@pytest.mark.parametrize("spelled", ["Smell", 99, -1, ""])
def test_unknown_enum_values_are_kept_as_they_came(spelled):
    message, warning = forgiven({"setup": {"generationConfig": {"responseModalities": [spelled]}}})
    assert message.setup.generation_config.response_modalities == [str(spelled)]
    told = f"unknown value {json.dumps(spelled)} at 'setup.generation_config.response_modalities[0]': known are "
    assert warning.startswith(told)
    assert "AUDIO" in warning
