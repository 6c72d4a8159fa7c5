"""Frames to the session and back: what a client may send, in which pieces, and how it ends."""

import asyncio
import json
import logging
from typing import Literal

import pytest
from live_server import AUDIO_MODEL, TEXT_MODEL, TEXT_SETUP, UPGRADE, Client, Silence, audio, echo, said, serving
from test_frames import masked
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gemlive_emulator.server import connection as connection_module
from gemlive_emulator.server import driver as driver_module
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.session.steps import CloseConnection, Conversation, Reply, Say, UserTurn

SETUP = json.dumps(TEXT_SETUP).encode()
HELLO = json.dumps({"clientContent": {"turns": [{"parts": [{"text": "Hello"}]}], "turnComplete": True}}).encode()


async def test_a_text_turn_comes_in_binary_frames() -> None:
    async with serving() as served, served.client() as client:
        await client.say("Hello")
        first = await client.socket.recv()
        assert isinstance(first, bytes)
        assert said([json.loads(first), *await client.turn()]) == "You said: Hello"


async def test_text_frames_if_they_are_asked_for() -> None:
    async with serving(Settings(text_frames=True)) as served, served.client() as client:
        await client.say("Hello")
        assert isinstance(await client.socket.recv(), str)


async def test_an_audio_turn_is_spoken_in_a_thread() -> None:
    source = Silence(seconds=1.0)
    async with serving(source=source) as served, served.client(AUDIO_MODEL) as client:
        await client.say("Hello")
        parts = list(audio(await client.turn()))
    assert source.spoken == ["You said: Hello"]
    assert [len(part) for part in parts] == [9600] * 5


async def test_speech_that_is_at_hand_needs_no_thread() -> None:
    source = Silence(cached=True)
    async with serving(source=source) as served, served.client(AUDIO_MODEL) as client:
        assert served.around.speaker.load() is source
        await client.say("Hello")
        assert len(list(audio(await client.turn()))) == 5
    assert source.spoken == []


async def test_a_long_cached_answer_needs_no_deep_stack() -> None:
    def talk(turn: UserTurn, conversation: Conversation) -> Reply:
        yield Say("One more sentence that is long enough to stand alone. " * 2000)

    async with (
        serving(source=Silence(0.2, cached=True), responder=talk) as served,
        served.client(AUDIO_MODEL) as client,
    ):
        served.around.speaker.load()
        await client.say("Go on")
        assert len(list(audio(await client.turn()))) >= 1000


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_bytes_may_come_in_any_pieces(size: int) -> None:
    stream = masked(0x81, SETUP) + masked(0x89, b"ping") + masked(0x82, HELLO)
    async with serving() as served, served.raw() as (reader, writer):
        for at in range(0, len(stream), size):
            writer.write(stream[at : at + size])
            await writer.drain()
        got = await reader.readuntil(b'"turnComplete":true')
    assert got.index(b"setupComplete") < got.index(b"\x8a\x04ping") < got.index(b"You said: Hello")


async def test_messages_that_follow_the_upgrade_at_once_are_heard() -> None:
    async with serving() as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(UPGRADE + masked(0x81, SETUP) + masked(0x81, HELLO))
        assert b"You said: Hello" in await reader.readuntil(b'"turnComplete":true')
        writer.close()


async def test_pings_are_answered() -> None:
    async with serving() as served, served.client() as client, asyncio.timeout(5):
        await (await client.socket.ping(b"are you there"))


async def test_fragments_make_one_message() -> None:
    text = HELLO.decode()
    async with serving() as served, served.client() as client:
        await client.socket.send([text[:10], text[10:11], text[11:]])
        assert said(await client.turn()) == "You said: Hello"


async def test_a_message_of_five_megabytes_is_taken() -> None:
    async with serving() as served, served.client() as client:
        image = {"inlineData": {"mimeType": "image/png", "data": "A" * 5_000_000}}
        await client.send({"clientContent": {"turns": [{"parts": [image, {"text": "Look"}]}], "turnComplete": True}})
        assert said(await client.turn()) == "You said: Look"


@pytest.mark.parametrize("fragments", [1, 8])
async def test_a_message_of_twenty_megabytes_is_refused(fragments: int) -> None:
    """With 1009, which a client that is still sending can read."""
    size = 20_000_000 // fragments
    head = bytes([0xFF]) + size.to_bytes(8, "big") + bytes(4)
    async with serving() as served, served.raw() as (reader, writer):
        for number in range(fragments):
            first = (0x02 if number == 0 else 0x00) | (0x80 if number == fragments - 1 else 0)
            writer.write(bytes([first]) + head + bytes(size))
        await writer.drain()
        got = await reader.read()
    assert got[0] == 0x88
    assert got[2:4] == (1009).to_bytes(2, "big")


@pytest.mark.parametrize(
    ("frames", "close"),
    [
        (b"\x81\x05hello", b"\x03\xea"),
        (masked(0x83, b"opcode"), b"\x03\xea"),
        (masked(0x80, b"continues nothing"), b"\x03\xea"),
        (masked(0x01, b"open") + masked(0x81, HELLO), b"\x03\xea"),
        (masked(0x89, b"x" * 126), b"\x03\xea"),
        (masked(0xC1, b"reserved bit"), b"\x03\xea"),
        (b"\x00" * 40, b"\x03\xea"),
        (masked(0x88, b"\x03\xe8\xff"), b"\x03\xef"),
    ],
    ids=["unmasked", "opcode", "continuation", "interleaved", "long ping", "reserved bit", "zeros", "close words"],
)
async def test_broken_frames_close_the_connection(
    frames: bytes, close: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """1002 for what breaks the rules of framing, 1007 for close words that are no UTF-8; nothing after it is heard."""
    async with serving() as served, served.raw() as (reader, writer):
        writer.write(masked(0x81, SETUP) + frames + masked(0x81, HELLO))
        got = await reader.read()
    assert got.count(b"\x88") == 1
    assert close in got
    assert b"You said" not in got
    assert sum("broke the WebSocket protocol" in record.message for record in caplog.records) == 1


async def test_a_client_that_closes_is_answered_and_its_reply_ends() -> None:
    ended: list[str] = []

    def talk(turn: UserTurn, conversation: Conversation) -> Reply:
        try:
            yield Say("One. Two. Three. Four. Five. Six. Seven.")
        finally:
            ended.append(turn.text)

    async with serving(responder=talk, pace=None) as served:
        async with served.client() as client:
            await client.say("Hello")
            await client.socket.close(1000, "done")
            assert await client.closed() == (1000, "done")
        await served.empty()
        assert ended == ["Hello"]


@pytest.mark.parametrize("how", ["reset", "end of stream"])
async def test_a_client_that_vanishes_ends_its_session(how: str) -> None:
    ended: list[str] = []

    def talk(turn: UserTurn, conversation: Conversation) -> Reply:
        try:
            yield Say("One. Two. Three. Four. Five. Six. Seven.")
        finally:
            ended.append(turn.text)

    async with serving(responder=talk, pace=None) as served:
        async with served.raw() as (reader, writer):
            writer.write(masked(0x81, SETUP) + masked(0x81, HELLO))
            await reader.readuntil(b"setupComplete")
            if how == "reset":
                writer.transport.abort()
            else:
                writer.write_eof()
            await served.empty()
        assert ended == ["Hello"]


async def test_a_refused_message_closes_with_the_words_of_the_real_server(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as served, served.client() as client:
        await client.socket.send("nonsense")
        code, words = await client.closed()
    assert code == 1007
    assert words.startswith("Invalid JSON payload received.")
    (record,) = [record for record in caplog.records if "closed 1007" in record.message]
    assert record.levelno == logging.WARNING


async def test_a_client_that_never_answers_a_close_frame_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "CLOSE_SECONDS", 0.02)
    async with serving() as served, served.raw() as (reader, writer):
        writer.write(masked(0x81, b"nonsense"))
        await served.empty()
        assert b"\x88" in await reader.read()


async def test_a_bug_of_a_responder_closes_1011_and_nobody_else_notices(caplog: pytest.LogCaptureFixture) -> None:
    def talk(turn: UserTurn, conversation: Conversation) -> Reply:
        if turn.text == "break":
            raise KeyError("a bug of the responder")
        yield Say("Fine")

    async with serving(responder=talk) as served, served.client() as victim, served.client() as client:
        await client.say("break")
        assert await client.closed() == (1011, "'a bug of the responder'")
        await victim.say("How are you?")
        assert said(await victim.turn()) == "Fine"
    told = [record for record in caplog.records if "it cannot go on" in record.message]
    assert len(told) == 1
    assert "a bug of the responder" in caplog.text


async def test_a_responder_that_fails_at_the_end_is_told_of_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def talk(turn: UserTurn, conversation: Conversation) -> Reply:
        try:
            yield Say("One. Two. Three. Four. Five. Six. Seven.")
        finally:
            raise LookupError("nothing to tidy up")

    async with serving(responder=talk, pace=None) as served:
        async with served.client() as client:
            await client.say("Hello")
            await client.socket.close()
        await served.empty()
    assert "its end went wrong" in caplog.text
    assert "nothing to tidy up" in caplog.text


async def test_a_bug_of_the_codec_closes_1011(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(data: bytes, *, strict: bool) -> None:
        raise MemoryError("the codec gave up")

    async with serving() as served, served.client() as client:
        monkeypatch.setattr(driver_module, "decode", decode)
        await client.say("Hello")
        assert await client.closed() == (1011, "Internal error encountered.")
    assert "the codec gave up" in caplog.text


async def test_a_bug_of_the_voice_closes_1011(caplog: pytest.LogCaptureFixture) -> None:
    class Hoarse(Silence):
        def speak(self, text: str, voice: str, language: str, first: bool) -> None:  # type: ignore[override]
            raise RuntimeError("no voice today")

    async with serving(source=Hoarse()) as served, served.client(AUDIO_MODEL) as client:
        await client.say("Hello")
        assert await client.closed() == (1011, "Internal error encountered.")
    assert "no voice today" in caplog.text


async def test_speech_that_comes_after_the_end_is_ignored() -> None:
    async with serving() as served:
        async with served.client(AUDIO_MODEL) as client:
            await client.say("Hello")
        await served.empty()


async def test_more_sessions_than_allowed_get_503(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "gemlive_emulator")
    async with serving(Settings(max_sessions=1)) as served:
        async with served.client():
            with pytest.raises(InvalidStatus) as caught:
                async with connect(served.url):
                    raise AssertionError("the second was let in")
            assert caught.value.response.status_code == 503
            assert b"max_sessions" in caught.value.response.body
            assert [line for line in caplog.messages if "max_sessions" in line] == [
                "refused a client: 503 All 1 sessions are taken (max_sessions)."
            ]
        await served.empty()
        async with served.client():
            pass


async def test_an_upgrade_that_is_none_gets_400() -> None:
    async with serving() as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(UPGRADE.replace(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""))
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 400 ")
        writer.close()


async def test_a_session_that_cannot_be_made_closes_1011(caplog: pytest.LogCaptureFixture) -> None:
    def fail(endpoint: object) -> None:
        raise LookupError("no such scenario")

    async with serving() as served:
        served.around.open_session = fail  # type: ignore[assignment]
        async with connect(served.url) as socket:
            assert await Client(socket).closed() == (1011, "Internal error encountered.")
    assert "no such scenario" in caplog.text
    assert not [record for record in caplog.records if record.name == "asyncio"]


@pytest.mark.parametrize("how", ["eof", "reset"])
async def test_a_connection_ends_without_a_close_frame(how: Literal["eof", "reset"]) -> None:
    def leave(turn: UserTurn, conversation: Conversation) -> Reply:
        yield Say("Good")
        yield CloseConnection(1006, how=how)

    async with serving(responder=leave) as served, served.raw() as (reader, writer):
        writer.write(masked(0x81, SETUP) + masked(0x81, HELLO))
        await reader.readuntil(b"Good")
        if how == "reset":
            with pytest.raises(ConnectionResetError):
                await reader.read()
        else:
            assert b"\x88" not in await reader.read()
        await served.empty()


async def test_a_connection_that_comes_while_the_server_stops_is_dropped() -> None:
    async with serving() as served:
        served.around.stopping = True
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(UPGRADE)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
        await served.empty()


async def test_a_server_that_stops_says_1001() -> None:
    async with serving() as served, served.client() as client:
        for live in list(served.around.connections):
            live.close()
        assert (await client.closed())[0] == 1001


async def test_warnings_of_one_session_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as served, served.client() as client:
        for _ in range(50):
            await client.send({"clientContent": {"turns": [], "unheardOf": 1}})
        await client.say("Hello")
        await client.turn()
    told = [record.message for record in caplog.records]
    assert sum("unheardOf" in line for line in told) == 20
    assert sum("further warnings are not shown" in line for line in told) == 1


async def test_a_session_is_resumed_by_its_handle() -> None:
    async with serving() as served:
        async with served.client(sessionResumption={}) as client:
            await client.say("Hello")
            await client.turn()
            handle = (await client.receive())["sessionResumptionUpdate"]["newHandle"]
        async with served.client(sessionResumption={"handle": handle}) as client:
            await client.say("Still there?")
            assert said(await client.turn()) == "You said: Still there?"
        for unknown, code in ((handle[::-1], 1008), ("nobody's", 1007)):
            async with connect(served.url) as socket:
                client = Client(socket)
                await client.send({"setup": {"model": TEXT_MODEL, "sessionResumption": {"handle": unknown}}})
                assert (await client.closed())[0] == code


async def test_garbage_of_many_clients_does_not_disturb_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "CLOSE_SECONDS", 0.05)
    async with serving(responder=echo) as served, served.client() as victim:
        for garbage in (b"\x00" * 1000, b"\xff" * 1000, masked(0x82, bytes(range(256))), masked(0x81, b"[" * 20000)):
            async with served.raw() as (reader, writer):
                writer.write(garbage)
                assert b"\x88" in await reader.read()
            await victim.say("Hello")
            assert said(await victim.turn()) == "You said: Hello"
