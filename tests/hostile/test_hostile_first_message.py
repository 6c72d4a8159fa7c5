"""The first message: JSON that wants to break the parser, and setups that ask for what nobody can have."""

import base64
import gzip
import json
from typing import Any

import pytest
from attacker_socket import (
    AUDIO_MODEL,
    BINARY,
    CANARY,
    FORGED,
    TEXT_MODEL,
    Attacker,
    frame,
    octets,
    setup_of,
    text,
    turn_of,
)
from emulator_process import EmulatorProcess
from ends import INVALID, POLICY, Case, Closes, End, SetsUp, case

AMISS = "Invalid JSON payload received. "
NO_JSON = Closes(INVALID, AMISS + "Unexpected token.")
TOO_DEEP = Closes(INVALID, AMISS + "Message too deep.")
OUT_OF_RANGE = Closes(INVALID, AMISS + "Number out of range.")
NO_UTF_8 = Closes(INVALID, AMISS + "The text is not UTF-8.")
TOO_MANY = Closes(INVALID, AMISS + "Too many values")
NO_MESSAGE = Closes(INVALID, AMISS + "Root element must be a message.")
NO_KIND = Closes(INVALID, "Request contains an invalid argument.")
FIRST = Closes(INVALID, "setup must be the first message and only the first")
NO_HANDLE = Closes(INVALID, "Invalid session handle")
GONE = Closes(POLICY, "BidiGenerateContent session not found")
NO_TEXT = Closes(INVALID, "The requested combination of response modalities (TEXT)")
"""What a model of an unknown name says, which is taken as one of the newest family."""
BAD_SETUP = Closes(INVALID, "Invalid value at 'setup")
DEEP = 50_000


def raw(name: str, end: End, frame_content: str | bytes) -> Case:
    """A first message that is no JSON, or a kind of its own."""
    return case(name, end, text(frame_content.encode() if isinstance(frame_content, str) else frame_content))


def wants(name: str, end: End, **more: Any) -> Case:
    """A setup that wants this."""
    return case(f"setup_{name}", end, setup_of(**more))


def json_of(written: str) -> str:
    """A right setup with one field more."""
    return json.dumps(setup_of(anything="HERE")).replace('"HERE"', written)


def schema_of(depth: int) -> dict[str, Any]:
    """The parameters of a function, so deep."""
    schema: dict[str, Any] = {"type": "STRING"}
    for _ in range(depth):
        schema = {"type": "OBJECT", "properties": {"a": schema}}
    return schema


def functions(count: int, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Tools with so many functions."""
    return [{"functionDeclarations": [{"name": f"f{n}", "parameters": parameters} for n in range(count)]}]


PARSER = [
    raw("json_empty", NO_JSON, ""),
    raw("json_blanks", NO_JSON, " \n\t " * 1000),
    raw("json_garbage", NO_JSON, "hello"),
    raw("json_cut_short", NO_JSON, json_of("1")[:-1]),
    raw("json_two_values", NO_JSON, json_of("1") + "{}"),
    raw("json_comment", NO_JSON, json_of("1 /* one */")),
    raw("json_single_quotes", NO_JSON, "{'setup': {}}"),
    raw("json_trailing_comma", NO_JSON, json_of("[1,]")),
    raw("json_control_character", NO_JSON, json_of('"a\x01b"')),
    raw("json_forged_line", NO_JSON, f'{{"setup": "a\n{FORGED}"}}'),
    raw("json_nan", NO_JSON, json_of("NaN")),
    raw("json_infinity", NO_JSON, json_of("-Infinity")),
    raw("json_exponent", OUT_OF_RANGE, json_of("1e999")),
    raw("json_integer_of_5000_digits", OUT_OF_RANGE, json_of("9" * 5000)),
    raw("json_integer_of_a_million_digits", OUT_OF_RANGE, json_of("9" * 1_000_000)),
    raw("json_name_twice", Closes(INVALID, AMISS + 'Duplicate name "setup".'), '{"setup": {}, "setup": {}}'),
    raw(
        "json_forged_name_twice", Closes(INVALID, AMISS + "Duplicate name"), f'{{"a\\n{FORGED}": 1, "a\\n{FORGED}": 1}}'
    ),
    raw("json_arrays_of_50000_levels", TOO_DEEP, "[" * DEEP + "]" * DEEP),
    raw("json_objects_of_50000_levels", TOO_DEEP, '{"a":' * DEEP + "1" + "}" * DEEP),
    raw("json_open_brackets", TOO_DEEP, "[" * 200_000),
    raw("json_of_101_levels", TOO_DEEP, json_of("[" * 99 + "]" * 99)),
    raw("json_of_100_levels", SetsUp(), json_of("[" * 98 + "]" * 98)),
    raw("json_array", NO_MESSAGE, json.dumps([setup_of()])),
    raw("json_null", NO_MESSAGE, "null"),
    raw("json_number", NO_MESSAGE, "42"),
    raw("json_string", NO_MESSAGE, json.dumps(json.dumps(setup_of()))),
    raw("json_a_million_nulls", TOO_MANY, "[" + "null," * 999_999 + "null]"),
    raw("json_lone_surrogate", SetsUp(), json_of('"\\ud800"')),
    raw("json_nul_escape", SetsUp(), json_of('"\\u0000"')),
    raw("bytes_utf_16", NO_UTF_8, json_of("1").encode("utf-16")),
    raw("bytes_with_a_mark", NO_JSON, b"\xef\xbb\xbf" + json_of("1").encode()),
    raw("bytes_latin_1", NO_UTF_8, json_of('"\xe9"').encode("latin-1")),
    case("bytes_gzip", NO_UTF_8, frame(BINARY, gzip.compress(octets(setup_of())))),
    case("bytes_gzip_bomb", NO_UTF_8, frame(BINARY, gzip.compress(bytes(64 << 20)))),
    case("bytes_protobuf", NO_JSON, frame(BINARY, b"\x0a\x0fmodels/gemini-2")),
    case("bytes_cbor", NO_UTF_8, frame(BINARY, b"\xa1\x65setup\xa0")),
    case("bytes_pickle", NO_UTF_8, frame(BINARY, b"\x80\x04cos\nsystem\n(S'id'\ntR.")),
    case("bytes_pcm", NO_UTF_8, frame(BINARY, b"\x00\xff" * 1600)),
]

KINDS = [
    case("kind_none", NO_KIND, {}),
    case("kind_unknown", NO_KIND, {"musicGenerationConfig": {}}),
    case("kind_forged", NO_KIND, {f"x\n{FORGED}\x1b[31m\u202e": 1}),
    case("kind_two", NO_KIND, setup_of() | turn_of("hello")),
    case("kind_turn", FIRST, turn_of("hello")),
    case("kind_audio", FIRST, {"realtimeInput": {"audio": {"data": "AAAA", "mimeType": "audio/pcm;rate=16000"}}}),
    case(
        "kind_tool_response", FIRST, {"toolResponse": {"functionResponses": [{"id": "1", "name": "f", "response": {}}]}}
    ),
    case("kind_context_update", FIRST, {"contextUpdate": {}}),
    case("kind_unknown_names_by_tens_of_thousands", NO_KIND, {f"n{n}": 0 for n in range(50_000)}),
    case("kind_a_million_unknown_names", TOO_MANY, {f"n{n}": 0 for n in range(1_000_000)}),
]

SETUPS = [
    case("setup_array", Closes(INVALID, AMISS + 'Unknown name "setup"'), {"setup": []}),
    case("setup_number", Closes(INVALID, "Invalid value at 'setup'"), {"setup": 1}),
    wants("model_number", BAD_SETUP, model=7),
    wants("model_object", Closes(INVALID, AMISS + "Unknown name"), model={"a": "b"}),
    wants("model_empty", Closes(POLICY, "models/ is not found for API version v1beta"), model=""),
    wants("model_climbs_out", NO_TEXT, model="models/../../../etc/passwd"),
    wants("model_forged", NO_TEXT, model=f"models/x\n{FORGED}\x1b]0;owned\x07"),
    wants("model_with_a_key", NO_TEXT, model=f"models/{CANARY}"),
    wants("model_of_a_million", NO_TEXT, model="models/" + "a" * 1_000_000),
    wants(
        "modality_unknown",
        Closes(INVALID, "The requested combination of response modalities (SMELL)"),
        modality="SMELL",
    ),
    wants("modality_text_of_a_voice", Closes(INVALID, "Cannot extract voices"), model=AUDIO_MODEL),
    wants(
        "modalities_ten_thousand",
        Closes(INVALID, "At most one response modality"),
        generationConfig={"responseModalities": ["TEXT", "AUDIO"] * 5000},
    ),
    wants(
        "temperature_text",
        Closes(INVALID, "Invalid value at 'setup.generation_config.temperature'"),
        generationConfig={"temperature": "hot"},
    ),
    wants("max_tokens_negative", NO_KIND, generationConfig={"responseModalities": ["TEXT"], "maxOutputTokens": -5}),
    wants(
        "max_tokens_of_64_bits",
        Closes(INVALID, "Invalid value at 'setup.generation_config.max_output_tokens'"),
        generationConfig={"maxOutputTokens": 1 << 40},
    ),
    wants(
        "voice_climbs_out",
        SetsUp(),
        generationConfig={
            "responseModalities": ["TEXT"],
            "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "../../../dev/zero"}}},
        },
    ),
    wants(
        "instruction_of_5_megabytes",
        Closes(INVALID, "the system instruction has"),
        systemInstruction={"parts": [{"text": "word " * 1_000_000}]},
    ),
    wants(
        "instruction_is_a_template",
        SetsUp(),
        systemInstruction={"parts": [{"text": "{turn.text.__class__} {{7*7}} ${jndi:ldap://x} %s%n"}]},
    ),
    wants("ten_thousand_functions", SetsUp(), tools=functions(10_000, {"type": "OBJECT"})),
    wants("schema_of_40_levels", SetsUp(), tools=functions(1, schema_of(40))),
    wants("schema_too_deep", TOO_DEEP, tools=functions(1, schema_of(60))),
    wants("schema_refers_to_itself", Closes(INVALID, AMISS + 'Unknown name "$ref"'), tools=functions(1, {"ref": "#"})),
    wants("function_names_forged", SetsUp(), tools=[{"functionDeclarations": [{"name": f"f\n{FORGED}"}]}]),
    wants("tools_number", Closes(INVALID, "Invalid value at 'setup.tools"), tools=5),
    wants("handle_of_nobody", GONE, sessionResumption={"handle": "a" * 36}),
    wants("handle_uuid_of_nobody", GONE, sessionResumption={"handle": "00000000-0000-0000-0000-000000000000"}),
    wants("handle_with_blanks", NO_HANDLE, sessionResumption={"handle": "' OR 1=1 --"}),
    wants("handle_climbs_out", NO_HANDLE, sessionResumption={"handle": "../../etc/passwd"}),
    wants("handle_of_a_million", NO_HANDLE, sessionResumption={"handle": "a" * 1_000_000}),
    wants(
        "handle_number",
        Closes(INVALID, "Invalid value at 'setup.session_resumption.handle'"),
        sessionResumption={"handle": 1},
    ),
    wants(
        "window_negative",
        SetsUp(),
        contextWindowCompression={"triggerTokens": -1, "slidingWindow": {"targetTokens": -1}},
    ),
    wants(
        "silence_of_years",
        SetsUp(),
        realtimeInputConfig={"automaticActivityDetection": {"silenceDurationMs": 2**31 - 1}},
    ),
    wants("silence_negative", NO_KIND, realtimeInputConfig={"automaticActivityDetection": {"silenceDurationMs": -1}}),
    wants(
        "padding_of_years", SetsUp(), realtimeInputConfig={"automaticActivityDetection": {"prefixPaddingMs": 2**31 - 1}}
    ),
    wants("unknown_fields_by_thousands", SetsUp(), **{f"field{n}\n{FORGED}": n for n in range(5000)}),
    case("setup_twice", FIRST, setup_of(), setup_of()),
    case(
        "setup_python_attribute",
        SetsUp(),
        {
            "setup": {
                "model": TEXT_MODEL,
                "__class__": "x",
                "fields_given": 1,
                "generationConfig": {"responseModalities": ["TEXT"], "__init__": {}},
            }
        },
    ),
    case("setup_in_base64", NO_JSON, text(base64.b64encode(octets(setup_of())))),
]

CASES = [*PARSER, *KINDS, *SETUPS]


@pytest.mark.parametrize("attack", CASES, ids=str)
def test_first_messages(emulator: EmulatorProcess, attack: Case) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.enter().send(*attack.sent)
        attack.end.see(attacker)
