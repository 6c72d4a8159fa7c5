"""Audio from the socket to the session: learned, gathered, counted, and always heard as it was sent."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from live_server import AUDIO_MODEL, TEXT_SETUP, Client, Served, serving
from test_frames import masked
from websockets.asyncio.client import connect

from gemlive_emulator.audio.formant import FormantVoice
from gemlive_emulator.server import intake as intake_module
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.entries import Entry, Record, Sound
from gemlive_emulator.server.intake import MOST_TEMPLATES
from gemlive_emulator.server.transcriber import Transcriber
from gemlive_emulator.session.commands import Transcribe
from gemlive_emulator.session.events import AudioReceived, Event, MessageReceived
from gemlive_emulator.session.hearing import Words
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn

MODEL_3 = "models/gemini-3.1-flash-live-preview"
MIME = "audio/pcm;rate=24000"
SPEECH = FormantVoice().speak("Could you please turn the light in the kitchen on?", "Puck", "en-US").pcm
SOUND = bytes(24_000) + SPEECH + bytes(2 * 24_000 * 2)
"""Half a second of nothing, a sentence, and two seconds in which it ends."""


def message(pcm: bytes, mime_type: str = MIME, python: bool = False) -> bytes:
    if python:
        text = base64.urlsafe_b64encode(pcm).decode()
        return json.dumps({"realtime_input": {"audio": {"data": text, "mime_type": mime_type}}}).encode()
    text = base64.b64encode(pcm).decode()
    return json.dumps(
        {"realtimeInput": {"audio": {"data": text, "mimeType": mime_type}}}, separators=(",", ":")
    ).encode()


def pieces(size: int) -> list[bytes]:
    return [SOUND[at : at + size] for at in range(0, len(SOUND), size)]


def happened(record: Record) -> list[tuple[str, dict[str, Any]]]:
    """What happened, but for the setup before it and the end of the connection."""
    return [(entry.kind, dict(entry.details)) for entry in record.entries if entry.kind not in ("setup", "close")]


def only_record(served: Served) -> Record:
    (record,) = served.around.journal.records
    return record


@asynccontextmanager
async def listening(clock: ManualClock | None = None) -> AsyncIterator[tuple[Served, Client]]:
    async with serving(clock=clock) as served, served.client(AUDIO_MODEL, inputAudioTranscription={}) as client:
        yield served, client


@pytest.mark.parametrize("size", [960, 4096, 333, 100_000, len(SOUND)])
@pytest.mark.parametrize("python", [False, True])
async def test_speech_is_heard_however_it_was_cut(size: int, python: bool) -> None:
    async with listening() as (served, client):
        for piece in pieces(size):
            await client.socket.send(message(piece, python=python))
        await client.turn()
        record = only_record(served)
    kinds = [kind for kind, _ in happened(record)]
    assert kinds[:4] == ["activity_started", "heard", "activity_ended", "turn_started"]
    assert kinds[-1] == "turn_complete"
    started, heard, ended, *_ = (details for _, details in happened(record))
    assert 0.4 < started["offset"] < 1.0
    assert started["offset"] + heard["seconds"] < ended["offset"] < len(SOUND) / 48_000
    assert heard["by"] == "placeholder"
    assert record.audio_in == Sound(len(pieces(size)), len(SOUND), round(len(SOUND) / 48_000, 6))
    assert record.audio_out.seconds == 1.0


async def test_what_comes_at_one_moment_is_heard_at_once(events: list[Event]) -> None:
    """And what happens is the same as if every message had come alone."""
    told = []
    for at_once in (False, True):
        events.clear()
        async with listening() as (served, client):
            if at_once:
                client.socket.transport.write(b"".join(masked(0x81, message(piece)) for piece in pieces(960)))
            else:
                for piece in pieces(960):
                    await client.socket.send(message(piece))
                    await (await client.socket.ping())
            await client.turn()
            record = only_record(served)
        # What nothing could come of any more was held back until the client left.
        heard = [event.audio for event in events if isinstance(event, AudioReceived)]
        told.append((len(heard), b"".join(heard), happened(record), record.audio_in))
    alone, together = told
    assert alone[0] > 4 * together[0]
    assert alone[1:] == together[1:]
    assert alone[1] == SOUND[960:]


async def test_other_messages_do_not_overtake_audio(events: list[Event]) -> None:
    async with listening() as (_, client):
        stream = (
            message(b"\x01\x00" * 8),
            message(b"\x02\x00" * 8),
            b'{"realtimeInput":{"text":"typed"}}',
            message(b"\x03\x00"),
        )
        client.socket.transport.write(b"".join(masked(0x81, each) for each in stream))
        await client.turn()
        told = [
            event.audio[:1] if isinstance(event, AudioReceived) else event.message.realtime_input
            for event in events[1:]
        ]
    assert told[0].audio.data == b"\x01\x00" * 8
    assert told[1] == b"\x02"
    assert told[2].text == "typed"
    assert told[3] == b"\x03"


async def test_a_message_that_is_almost_written_the_same_gets_its_error() -> None:
    async with listening() as (served, client):
        for _ in range(2):
            await client.socket.send(message(b"\x00\x00"))
        await client.socket.send(message(b"\x00\x00").replace(b"AAA=", b"A*A="))
        code, words = await client.closed()
        record = only_record(served)
    assert code == 1007
    assert "Base64 decoding failed" in words
    assert record.audio_in.messages == 2
    told = dict(record.entries[-1].details)
    assert "Non-base64 digit found" in told.pop("refused")
    assert told == {"code": 1007, "words": words, "by": "server"}
    assert record.close_code == 1007


async def test_nothing_is_heard_after_a_close(events: list[Event]) -> None:
    async with listening() as (served, client):
        await client.socket.send(message(b"\x00\x00"))
        client.socket.transport.write(
            masked(0x81, message(b"\x00\x00")) + masked(0x81, b"no") + masked(0x81, message(b"\x00\x00")) * 5
        )
        assert (await client.closed())[0] == 1007
        assert only_record(served).audio_in.messages == 2
    assert [type(event) for event in events[1:]] == [MessageReceived, AudioReceived]


async def test_another_rate_is_another_way_to_write(events: list[Event]) -> None:
    async with listening() as (served, client):
        for rate in (24_000, 16_000, 24_000):
            for _ in range(3):
                await client.socket.send(message(bytes(rate), f"audio/pcm;rate={rate}"))
                await (await client.socket.ping())
        record = only_record(served)
    assert [event.mime_type for event in events if isinstance(event, AudioReceived)] == [
        *["audio/pcm;rate=24000"] * 2,
        *["audio/pcm;rate=16000"] * 2,
        *["audio/pcm;rate=24000"] * 2,
    ]
    assert record.audio_in == Sound(9, 3 * 64_000, 4.5)


async def test_a_client_that_never_writes_two_messages_alike_is_heard_too(
    events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = []
    learn = intake_module.learn
    monkeypatch.setattr(intake_module, "learn", lambda *given: learned.append(given) or learn(*given))
    count = MOST_TEMPLATES + 5
    async with listening() as (served, client):
        for number in range(count):
            await client.socket.send(message(b"\x00\x00", f"audio/pcm;rate=16000;n={number}"))
        await (await client.socket.ping())
        assert only_record(served).audio_in.messages == count
    assert len(learned) == MOST_TEMPLATES
    assert len([event for event in events[1:] if isinstance(event, MessageReceived)]) == count


CHUNKS = b'{"realtime_input": {"mediaChunks": [{"data": "AAAA", "mime_type": "audio/pcm"}]}}'


async def test_the_old_way_to_send_audio_is_learned_where_the_family_takes_it(events: list[Event]) -> None:
    async with listening() as (served, client):
        for _ in range(3):
            await client.socket.send(CHUNKS)
            await (await client.socket.ping())
        assert only_record(served).audio_in.messages == 3
    assert [type(event) for event in events[1:]] == [MessageReceived, AudioReceived, AudioReceived]


async def test_the_old_way_to_send_audio_is_refused_where_the_family_does_not() -> None:
    async with serving() as served, served.client(MODEL_3) as client:
        await client.socket.send(CHUNKS)
        code, words = await client.closed()
    assert code == 1007
    assert "media_chunks is deprecated" in words


async def test_audio_before_the_setup_gets_its_error(events: list[Event]) -> None:
    async with serving() as served, connect(served.url) as socket:
        for _ in range(3):
            await socket.send(message(b"\x00\x00"))
        assert (await Client(socket).closed())[0] == 1007
        assert only_record(served).model == ""
    assert len(events) == 1


async def test_sound_that_is_no_pcm_is_refused_and_counted_without_a_length() -> None:
    async with listening() as (served, client):
        await client.socket.send(message(b"\x00\x00", "audio/mpeg"))
        assert (await client.closed())[0] == 1007
        assert only_record(served).audio_in == Sound(1, 2, 0.0)


async def test_audio_in_fragments_is_heard() -> None:
    frame = message(b"\x00\x00" * 100)
    async with listening() as (served, client):
        for _ in range(3):
            await client.socket.send([frame[:50].decode(), frame[50:].decode()])
        await (await client.socket.ping())
        assert only_record(served).audio_in == Sound(3, 600, round(300 / 24_000, 6))


# Words.


class Knowing(Transcriber):
    """Finds words in a thread, for whatever is said."""

    def can_tell(self, request: Transcribe) -> bool:
        return True

    def _find(self, request: Transcribe) -> Words | None:
        return Words("turn the light on", "recording", "light.wav")


@pytest.mark.parametrize("clock", [None, ManualClock()])
async def test_words_that_take_time_are_waited_for(clock: ManualClock | None) -> None:
    """A clock that is moved by hand waits for them."""
    texts: list[str] = []

    def note(turn: UserTurn, conversation: Conversation) -> Reply:
        texts.append(turn.text)
        yield Say("Done.")

    async with serving(clock=clock, responder=note) as served:
        served.around.transcriber = Knowing(served.around.clock)
        async with served.client(AUDIO_MODEL) as client:
            await client.socket.send(message(SOUND))
            if clock is not None:
                await (await client.socket.ping())
                await clock.advance(0.001)
                assert texts
            await client.turn()
            record = only_record(served)
        await served.around.transcriber.stop()
    assert texts == ["turn the light on"]
    heard = next(details for kind, details in happened(record) if kind == "heard")
    assert (heard["text"], heard["by"], heard["detail"]) == ("turn the light on", "recording", "light.wav")


async def test_words_that_come_too_late_are_ignored() -> None:
    async with serving() as served:
        transcriber = served.around.transcriber = Knowing(served.around.clock)
        async with served.client(AUDIO_MODEL) as client:
            await client.socket.send(message(SOUND))
            await client.socket.send("nonsense")
            assert (await client.closed())[0] == 1007
        await served.empty()
        await transcriber.stop()
        assert "heard" not in [kind for kind, _ in happened(only_record(served))]


# How sessions end.


def closing(record: Record) -> Entry:
    assert [entry.kind for entry in record.entries].count("close") == 1
    assert record.closed == record.entries[-1].time
    assert record.close_code == record.entries[-1].details["code"]
    return record.entries[-1]


async def test_the_journal_says_how_the_client_closed() -> None:
    async with serving() as served:
        async with served.client() as client:
            await client.socket.close(1000, "thank you")
        await served.empty()
        assert closing(only_record(served)).details == {"code": 1000, "words": "thank you", "by": "client"}


async def test_the_journal_says_that_a_connection_was_lost() -> None:
    async with serving() as served:
        async with served.raw() as (reader, writer):
            writer.write(masked(0x81, json.dumps(TEXT_SETUP).encode()))
            await reader.readuntil(b"setupComplete")
            assert only_record(served).closed is None
            writer.transport.abort()
            await served.empty()
        assert closing(only_record(served)).details == {"code": 1006, "words": "", "by": "client"}


async def test_the_journal_says_that_the_server_stopped() -> None:
    async with serving() as served, served.client() as client:
        for live in list(served.around.connections):
            live.close()
        await client.closed()
        await served.empty()
        assert closing(only_record(served)).details == {"code": 1001, "words": "", "by": "server"}


async def test_the_journal_says_that_a_client_broke_the_protocol() -> None:
    async with serving() as served:
        async with served.raw() as (reader, writer):
            writer.write(b"\x81\x05hello")
            await reader.read()
        await served.empty()
        details = closing(only_record(served)).details
    assert (details["code"], details["by"]) == (1002, "server")


async def test_the_journal_says_that_a_responder_failed(caplog: pytest.LogCaptureFixture) -> None:
    def broken(turn: UserTurn, conversation: Conversation) -> Reply:
        raise KeyError("a bug of the responder")
        yield Say("")

    async with serving(responder=broken) as served, served.client() as client:
        await client.say("Hello")
        await client.closed()
        assert closing(only_record(served)).details["code"] == 1011
