"""What a client sees of faults of the connection and of its handshake."""

import asyncio
import json
import struct

import pytest
from faulty_line import SETUP, TURN, asked, faulty, got
from live_server import AUDIO_MODEL, UPGRADE
from test_frames import masked
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus


async def test_setup_complete_comes_late() -> None:
    async with faulty("delay", "5s", at="setup") as (served, clock), served.raw() as (reader, writer):
        writer.write(masked(0x81, SETUP))
        await clock.advance(4.9)
        assert not reader._buffer  # type: ignore[attr-defined]
        await clock.advance(0.1)
        assert b"setupComplete" in await reader.readuntil(b"}}")


@pytest.mark.parametrize(("name", "value"), [("drop", "setup"), ("stall", "forever")])
async def test_setup_is_never_complete(name: str, value: str) -> None:
    keys = {"at": "input 1"} if name == "stall" else {}
    async with faulty(name, value, **keys) as (served, clock), served.raw() as (reader, writer):
        writer.write(masked(0x81, SETUP))
        await clock.advance(20)
        assert not reader._buffer  # type: ignore[attr-defined]
        assert served.around.faults.unused == []


async def test_a_close_right_after_setup() -> None:
    async with (
        faulty("close", code=1011, reason="Internal error occurred.", at="setup") as (served, clock),
        served.client(AUDIO_MODEL) as client,
    ):
        assert await got(client, clock) == ["1011 Internal error occurred."]


async def test_an_overload_closes_every_connection_at_once() -> None:
    async with faulty("close", code=1011, reason="The service is currently unavailable.") as (served, _):
        for _ in range(3):
            async with connect(served.url) as connection:
                with pytest.raises(ConnectionClosed, match=r"1011 .* The service is currently unavailable"):
                    await connection.recv()
        assert served.around.faults.all[0].struck == 3


async def test_a_reset_is_one() -> None:
    async with faulty("close", "reset", at="setup") as (served, _), served.raw() as (reader, writer):
        writer.write(masked(0x81, SETUP))
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(10_000)


async def test_pongs_are_late() -> None:
    async with faulty("slow_pong", "10s") as (served, clock), served.client(AUDIO_MODEL) as client:
        pong = await client.socket.ping()
        await clock.advance(9.9)
        assert not pong.done()
        await client.say("Hello")
        assert await got(client, clock) == TURN
        await clock.advance(0.1)
        await clock.settle()
        assert pong.done()


async def test_pongs_never_come() -> None:
    async with faulty("slow_pong", "forever", at="input 2") as (served, clock), served.client(AUDIO_MODEL) as client:
        await (await client.socket.ping())
        await client.say("Hello")
        pong = await client.socket.ping()
        await clock.advance(300)
        assert not pong.done()


async def test_a_close_is_answered_late() -> None:
    async with faulty("slow_close", "5s") as (served, clock), served.raw() as (reader, writer):
        writer.write(masked(0x81, SETUP) + masked(0x88, struct.pack("!H", 1000)))
        await reader.readuntil(b"}}")
        await clock.advance(4.9)
        assert not reader._buffer  # type: ignore[attr-defined]
        await clock.advance(0.1)
        assert await reader.read() == b"\x88\x02\x03\xe8"


async def test_a_close_is_never_answered() -> None:
    async with faulty("slow_close", "forever") as (served, clock), served.raw() as (reader, writer):
        writer.write(masked(0x81, SETUP) + masked(0x88, struct.pack("!H", 1000)))
        await reader.readuntil(b"}}")
        await clock.advance(300)
        assert not reader._buffer  # type: ignore[attr-defined]
        writer.close()
        await served.empty()


async def test_a_half_open_connection_reads_nothing_and_stays() -> None:
    async with asked("half_open", at="audio 2") as (client, clock):
        assert await got(client, clock) == TURN[:3]
        pong = await client.socket.ping()
        await client.say("Are you there?")
        await clock.advance(60)
        assert await got(client, clock) == []
        assert not pong.done()
        client.socket.transport.abort()


async def test_a_handshake_is_refused() -> None:
    async with faulty("refuse", status=429, message="Too much.", times=2) as (served, _):
        for _ in range(2):
            with pytest.raises(InvalidStatus) as refused:
                async with served.client():
                    pass
            response = refused.value.response
            assert (response.status_code, response.headers["Content-Type"]) == (429, "application/json; charset=UTF-8")
            assert json.loads(response.body) == {
                "error": {"code": 429, "message": "Too much.", "status": "RESOURCE_EXHAUSTED"}
            }


async def test_a_handshake_is_slow() -> None:
    async with faulty("slow_handshake", "5s") as (served, clock):
        served.around.faults.write("close", "1011")
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(UPGRADE + masked(0x81, SETUP))
        await clock.advance(4.9)
        assert not reader._buffer  # type: ignore[attr-defined]
        await clock.advance(0.1)
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(4) == b"\x88\x02\x03\xf3"
        writer.transport.abort()


async def test_a_handshake_that_never_ends_ends_with_the_server() -> None:
    async with faulty("slow_handshake", "forever") as (served, clock):
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(UPGRADE)
        await clock.advance(300)
        assert not reader._buffer  # type: ignore[attr-defined]
        assert len(served.around.connections) == 1
    assert await reader.read() == b""
    writer.close()


async def test_a_client_that_leaves_gets_nothing_more() -> None:
    async with asked("latency", "2s", at="turn") as (client, clock):
        await clock.settle()
        await client.socket.close()
        await clock.advance(3)
        assert await got(client, clock) == ["1000"]
