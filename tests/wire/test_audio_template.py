"""A template gives what the full reader gives, or nothing."""

import base64
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wire_messages import base64_texts, live_frames, mutated

from gemlive_emulator.wire.client import ClientMessage, RealtimeInput
from gemlive_emulator.wire.codec import decode, read
from gemlive_emulator.wire.common import Blob
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.template import learn, sound_of

PYTHON = b'{"realtime_input": {"audio": {"data": "%s", "mime_type": "audio/pcm;rate=16000"}}}'
JAVASCRIPT = b'{"realtimeInput":{"audio":{"data":"%s","mimeType":"audio/pcm;rate=16000"}}}'
SWAPPED = b'{"realtimeInput":{"audio":{"mimeType":"audio/pcm","data":"%s"}}}\n'
NULLS = b'{"setup":null,"realtimeInput":{"text":null,"audio":{"data":"%s","displayName":null,"mime_type":"audio/pcm"}}}'
CHUNKS = b'{"realtime_input": {"mediaChunks": [{"data": "%s", "mime_type": "audio/pcm"}]}}'
CHUNK = b'{"realtime_input":{"media_chunks":{"mime_type":"audio/pcm","data":"%s"}}}'
SHAPES = [PYTHON, JAVASCRIPT, SWAPPED, NULLS, CHUNKS, CHUNK]


def template_of(frame: bytes):
    return learn(frame, decode(frame))


def spelled(pcm: bytes, urlsafe: bool = False) -> bytes:
    return base64.urlsafe_b64encode(pcm) if urlsafe else base64.b64encode(pcm)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("urlsafe", [False, True])
def test_every_way_in_which_clients_write_audio_is_learned(shape: bytes, urlsafe: bool):
    template = template_of(shape % spelled(b"\xfb\xff\xbf\x00", urlsafe))
    assert template is not None
    pcm = bytes(range(256)) * 3 + b"\xff\xfe"
    frame = shape % spelled(pcm, urlsafe)
    assert template.audio_in(frame) == pcm
    assert template.mime_type == sound_of(read(frame).message).mime_type


def test_clients_that_write_alike_share_a_template_unless_it_is_long():
    assert template_of(PYTHON % b"AAAA") is template_of(PYTHON % b"AQID")
    assert template_of(PYTHON % b"AAAA") is not template_of(JAVASCRIPT % b"AAAA")
    long = PYTHON.replace(b": {", b": " + b" " * 1_000 + b"{", 1)
    first, second = template_of(long % b"AAAA"), template_of(long % b"AAAA")
    assert first is not second
    assert first.audio_in(long % b"AQID") == second.audio_in(long % b"AQID") == b"\1\2\3"


@pytest.mark.parametrize(
    "middle",
    [
        b"A",
        b"AAAAA",
        b"AA=A",
        b"=",
        b"AAA",
        b"AA",
        b"A A=",
        b"AAAA\n",
        b"AA\\/A",
        b"\\u0041AAA",
        b"AA\xc3\xa9A",
        b'AAAA","data":"AAAA',
        b'AAAA","mimeType":"audio/wav',
        b'AAAA"},"video":{"data":"AAAA',
        b'AAAA"}},"setup":{"model":"m',
    ],
)
@pytest.mark.parametrize("shape", [PYTHON, JAVASCRIPT])
def test_what_is_not_flawless_base64_is_left_to_the_reader(shape: bytes, middle: bytes):
    template = template_of(shape % b"AAAA")
    assert template is not None
    assert template.audio_in(shape % middle) is None


@pytest.mark.parametrize("frame", [PYTHON % b"AAAA", JAVASCRIPT % b"AAAA", CHUNKS % b"AAAA"])
def test_a_frame_that_is_too_short_for_both_ends_is_left_to_the_reader(frame: bytes):
    """Head and tail both end at a quote: they must not share one."""
    template = template_of(frame)
    assert template is not None
    head, _, tail = frame.partition(b"AAAA")
    assert template.audio_in(head + tail) == b""
    assert template.audio_in(head + tail[1:]) is None
    assert template.audio_in(head) is None
    assert template.audio_in(b"") is None
    assert template.audio_in(b" " + frame) is None
    assert template.audio_in(frame + b" ") is None


@pytest.mark.parametrize(
    "frame",
    [
        b'{"realtimeInput":{"text":"AAAA"}}',
        b'{"realtimeInput":{"video":{"data":"AAAA","mimeType":"image/png"}}}',
        b'{"realtimeInput":{"audio":{"data":"AAAA"}}}',
        b'{"realtimeInput":{"audio":{"mimeType":"audio/pcm"}}}',
        b'{"realtimeInput":{"audio":{}}}',
        b'{"realtimeInput":{}}',
        b'{"realtimeInput":{"audio":{"data":"AAAA","mimeType":"audio/pcm","displayName":"x"}}}',
        b'{"realtimeInput":{"audio":{"data":"AAAA","mimeType":"audio/pcm"},"text":"also"}}',
        b'{"realtimeInput":{"audio":{"data":"AAAA","mimeType":"audio/pcm"},"audioStreamEnd":true}}',
        b'{"realtimeInput":{"mediaChunks":[{"data":"AAAA","mimeType":"image/png"}]}}',
        b'{"realtimeInput":{"mediaChunks":[{"data":"AAAA"}]}}',
        b'{"realtimeInput":{"mediaChunks":[]}}',
        b'{"realtimeInput":{"mediaChunks":[{"data":"AAAA","mimeType":"audio/pcm"},{"data":"AAAA","mimeType":"audio/pcm"}]}}',
        b'{"realtimeInput":{"mediaChunks":[{"data":"AAAA","mimeType":"audio/pcm"}],"audio":{"data":"AAAA","mimeType":"audio/pcm"}}}',
        b'{"realtimeInput":{"audio":{"data":"AAAA","mimeType":"audio/pcm"},"unheardOf":1}}',
        b'{"realtimeInput":{"audio":{"data":"AAAA","mimeType":"audio/pcm\\ud800"}}}',
        b'{"realtimeInput":{"audio":{"data":"AA\\/A","mimeType":"audio/pcm"}}}',
        b'{"realtimeInput":{"audio":{"d\\u0061ta":"AAAA","mimeType":"audio/pcm"}}}',
        b'{"clientContent":{"turns":[{"parts":[{"inlineData":{"data":"AAAA","mimeType":"audio/pcm"}}]}]}}',
    ],
)
def test_what_holds_more_or_less_than_audio_is_not_learned(frame: bytes):
    assert template_of(frame) is None


def test_a_quoted_name_in_the_mime_type_does_not_mislead():
    frame = b'{"realtimeInput":{"audio":{"mimeType":"audio/pcm;x=\\"data\\":\\"AAAA\\"","data":"%s"}}}'
    template = template_of(frame % b"AAAA")
    assert template is not None
    assert template.mime_type == 'audio/pcm;x="data":"AAAA"'
    assert template.audio_in(frame % b"////") == b"\xff\xff\xff"


@settings(max_examples=400, deadline=None)
@given(
    live_frames() | st.sampled_from(SHAPES).map(lambda shape: shape % b"AAAA") | mutated(st.just(PYTHON % b"AAAA")),
    base64_texts() | st.text(st.sampled_from('AZaz09+/-_="\\ ,:{}\u00e9'), max_size=9),
)
@example(SWAPPED % b"AAAA", "AAAA=")
def test_what_a_template_takes_reads_the_same(first: bytes, middle: str):
    """Whatever was learned from whatever frame, with anything in the place of the base64."""
    try:
        decoded = decode(first)
    except ClientFault:
        return
    template = learn(first, decoded)
    if template is None:
        return
    blob = sound_of(decoded.message)
    start = first.rindex(b'"data"')
    start = first.index(b'"', first.index(b":", start)) + 1
    frame = first[:start] + middle.encode() + first[first.index(b'"', start) :]
    audio = template.audio_in(frame)
    if audio is not None:
        again = read(frame, strict=True)
        assert again.warnings == ()
        assert again.message.fields_given == decoded.message.fields_given
        assert sound_of(again.message) == Blob(data=audio, mime_type=blob.mime_type)
        assert again.message.realtime_input.fields_given == decoded.message.realtime_input.fields_given


@settings(max_examples=400, deadline=None)
@given(mutated(st.sampled_from(SHAPES).map(lambda shape: shape % b"AAECAwQ=")), st.sampled_from(SHAPES))
def test_a_damaged_frame_is_never_taken_for_what_it_is_not(frame: bytes, shape: bytes):
    template = template_of(shape % b"AAAA")
    assert template is not None
    audio = template.audio_in(frame)
    if audio is not None:
        assert sound_of(read(frame, strict=True).message) == Blob(data=audio, mime_type=template.mime_type)


@given(st.binary(max_size=40))
def test_padding_may_be_missing_only_for_the_reader(pcm: bytes):
    """What a template refuses for its padding the reader takes."""
    bare = spelled(pcm).rstrip(b"=")
    frame = JAVASCRIPT % bare
    template = template_of(JAVASCRIPT % b"AAAA")
    assert template is not None
    assert template.audio_in(frame) == (pcm if len(bare) % 4 == 0 else None)
    assert sound_of(decode(frame).message).data == pcm


def test_the_sound_of_a_message_is_found_whatever_else_it_holds():
    audio, image = Blob(data=b"\x00\x01", mime_type="audio/pcm"), Blob(data=b"x", mime_type="image/png")

    def of(**given: object) -> Blob | None:
        return sound_of(ClientMessage(realtime_input=RealtimeInput(**given)))

    assert of(audio=audio, text="also") is audio
    assert of(media_chunks=[audio, image]) is audio
    assert of(media_chunks=[image, audio]) is None
    assert of(video=image) is None
    assert sound_of(ClientMessage()) is None


def test_a_message_of_sixteen_megabytes_is_taken():
    template = template_of(JAVASCRIPT % b"AAAA")
    assert template is not None
    pcm = b"\x01\x02\x03" * (4 * 1024 * 1024)
    frame = JAVASCRIPT % spelled(pcm)
    assert template.audio_in(frame) == pcm
    assert json.loads(frame)["realtimeInput"]["audio"]["mimeType"] == template.mime_type
