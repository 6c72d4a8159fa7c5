"""The strict reading refuses names as the real server does, with the path in snake_case."""

import json
from typing import Any

import pytest

from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.errors import ClientFault


def refused(message: Any) -> ClientFault:
    with pytest.raises(ClientFault) as caught:
        decode(json.dumps(message), strict=True)
    assert caught.value.code == 1007
    return caught.value


@pytest.mark.parametrize(
    ("message", "name", "where"),
    [
        ({"setup": {"model": "m", "initial_content": []}}, "initial_content", " at 'setup'"),
        ({"setup": {"responseModalities": ["AUDIO"]}}, "responseModalities", " at 'setup'"),
        ({"setup": {"generationConfig": {"safetySettings": []}}}, "safetySettings", " at 'setup.generation_config'"),
        ({"setup": {"tools": [{"a_b": {}}]}}, "a_b", " at 'setup.tools[0]'"),
        ({"clientContent": {"turns": [{"parts": [{"txt": ""}]}]}}, "txt", " at 'client_content.turns[0].parts[0]'"),
        ({"realtimeInput": {"audio": {"mime": "x"}}}, "mime", " at 'realtime_input.audio'"),
        ({"realtimeInput": {"text": "x"}, "extra": 1}, "extra", ""),
    ],
)
def test_strict_reading_refuses_unknown_names(message, name, where):
    fault = refused(message)
    assert fault.words == f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.'
    assert ", which has: " in fault.hint
    assert decode(json.dumps(message)).warnings


def test_strict_paths_count_the_entries_of_maps():
    function = {"parameters": {"properties": {"a": {}, "b": {"$ref": "x"}}}}
    fault = refused({"setup": {"tools": [{"functionDeclarations": [function]}]}})
    path = "setup.tools[0].function_declarations[0].parameters.properties[1].value"
    assert fault.words == f"Invalid JSON payload received. Unknown name \"$ref\" at '{path}': Cannot find field."[:123]
    assert fault.hint.startswith(f"'{path}' is a Schema, which has: type, format, ")


def test_strict_reading_takes_what_is_right():
    frame = '{"setup":{"model":"m","generation_config":{"responseModalities":["audio"]},"tools":{"google_search":{}}}}'
    assert decode(frame, strict=True).warnings == ()
    assert decode('{"setup":{"model":null,"tools":null}}', strict=True).message.setup.model is None
