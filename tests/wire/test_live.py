"""The fast way is the slow way, only faster."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_messages import live_frames, mutated

from gemlive_emulator.wire.codec import read
from gemlive_emulator.wire.live import recognise

AUDIO = b'{"realtime_input":{"audio":{"data":"-_8","mime_type":"audio/pcm;rate=16000"}}}'
TYPED = b'{"client_content":{"turns":[{"parts":[{"text":"hello"}],"role":"user"}],"turnComplete":true}}'


@settings(max_examples=400, deadline=None)
@given(live_frames() | mutated(live_frames()) | mutated(st.sampled_from([AUDIO, TYPED])))
def test_what_is_recognised_reads_the_same(frame):
    message = recognise(frame)
    if message is not None:
        decoded = read(frame)
        assert message == decoded.message
        assert message.fields_given == decoded.message.fields_given
        assert repr(message) == repr(decoded.message)
        assert decoded.warnings == ()


@pytest.mark.parametrize(
    "frame",
    [
        AUDIO,
        TYPED,
        b'{"realtimeInput":{"audio":{"data":"/+8=","mimeType":"audio/pcm"}}}\n',
        b'{"realtimeInput": {"video": {"mimeType": "image/jpeg", "data": ""}}}',
        b'{"realtime_input":{"text":""}}',
        b'{"realtime_input":{"text":"caf\\u00e9 \\\\ \xc3\xa9"}}',
        b'{"clientContent":{"turnComplete":true}}',
        b'{"clientContent":{"turns":[],"turn_complete":false}}',
    ],
)
def test_what_clients_say_all_the_time_is_recognised(frame):
    message = recognise(frame)
    assert message is not None
    assert message == read(frame).message


@pytest.mark.parametrize(
    "frame",
    [
        b'{"setup":{"model":"m"}}',
        b'{"realtime_input":{"text":"a","text":"b"}}',
        b'{"realtime_input":{"audio":{"data":"AA","mimeType":"a","mime_type":"b"}}}',
        b'{"realtime_input":{"audio":{"data":"AA","mimeType":null}}}',
        b'{"realtime_input":{"audio":{"data":"AA","displayName":"x"}}}',
        b'{"realtime_input":{"text":"say \\"hi\\""}}',
        b'{"realtime_input":{"text":"\\ud800"}}',
        b'{"realtime_input":{"text":"\xed\xa0\x80"}}',
        b'{"client_content":{"turns":[{"parts":[{"thought":true}]}]}}',
        b'{"client_content":{"turns":[{"parts":[],"role":null}]}}',
        b'{"client_content":{"turns":{"parts":[{"text":"x"}]}}}',
        b'{"client_content":{"turnComplete":"true"}}',
        b'{"client_content":{"turnComplete":true},"unknown":1}',
        b'{"client_content":null}',
        b'{"client_contents":{}}',
    ],
)
def test_everything_else_is_left_to_the_reader(frame):
    assert recognise(frame) is None


def test_two_messages_in_one_are_left_to_the_reader():
    both = b'{"client_content":{"turnComplete":true},"realtime_input":{"text":""}}'
    assert recognise(both) is None
