"""How much of one message is read, and told of it."""

import json

import pytest

from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.json_text import MOST_WARNINGS
from gemlive_emulator.wire.reader import MOST_READ


def test_the_warnings_of_one_message_are_bounded():
    decoded = decode(json.dumps({"setup": {"model": "m", "generationConfig": {"responseModalities": ["x"] * 1_000}}}))
    assert len(decoded.warnings) == MOST_WARNINGS


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ({"clientContent": {"turns": [""] * MOST_READ}}, "client_content.turns"),
        ({"realtimeInput": {"mediaChunks": [{}] * MOST_READ}}, "realtime_input.media_chunks"),
        ({"setup": {"labels": {f"n{n}": "" for n in range(MOST_READ)}}}, "setup"),
        ({f"n{n}": 0 for n in range(MOST_READ + 1)}, ""),
        ({"clientContent": {"turns": [{"parts": [{"text": ""}] * (MOST_READ + 2)}]}}, "client_content.turns"),
    ],
)
def test_more_than_can_be_read_at_once_is_refused(message, place):
    with pytest.raises(ClientFault) as refused:
        decode(json.dumps(message))
    fault = refused.value
    assert fault.code == 1007
    assert fault.words.startswith(f"Invalid JSON payload received. Too many values at '{place}")
    assert str(MOST_READ) in fault.hint


def test_what_a_function_returns_may_be_longer_than_what_the_protocol_has():
    rows = list(range(MOST_READ + 1))
    message = decode(
        json.dumps({"toolResponse": {"functionResponses": [{"id": "1", "name": "f", "response": {"rows": rows}}]}})
    ).message
    assert message.tool_response.function_responses[0].response == {"rows": rows}
