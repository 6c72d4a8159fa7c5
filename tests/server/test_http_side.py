"""HTTP on the one port, and how the port stops with everything open."""

import asyncio
import contextlib
import logging
import socket

import httpx
import pytest
import websockets
from door_house import UPGRADE, House, a_house, head_with

from gemlive_emulator.server import front_door

# How it stops.


async def test_it_stops_with_everything_open(certificates, caplog):
    house = House(certificates)
    await house.open()
    async with house.http() as http, house.http("https") as https:
        await http.get("/healthz")
        await https.get("/healthz")
        silent, half, shaking = [await house.raw() for _ in range(3)]
        half[1].write(b"GET / HT")
        shaking[1].write(b"\x16\x03\x01")
        plain, secure = await house.websocket(), await house.websocket("wss")
        await house.until(lambda: house.door.connections == front_door.Connections(arriving=3, http=2, total=7))
        await house.door.close(grace=0.2)
        assert house.door.connections == front_door.Connections(arriving=0, http=0, total=0)
        assert all(echo.lost for echo in house.echoes)
        with pytest.raises(httpx.ConnectError):
            await http.get("/healthz")
        for reader, writer in (silent, half, shaking):
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()
        for ws in (plain, secure):
            with pytest.raises(websockets.ConnectionClosed):
                await ws.recv()
    await house.door.close()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_an_answer_that_is_under_way_is_finished(certificates):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(scope, receive, send):
        begun.set()
        await go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})

    house = House(certificates)
    house.door._app = lambda: slow
    await house.open()
    async with house.http() as http:
        asked = asyncio.ensure_future(http.get("/"))
        await begun.wait()
        closing = asyncio.ensure_future(house.door.close())
        await asyncio.sleep(0)
        go_on.set()
        assert (await asked).text == "done"
        await closing


async def test_an_answer_that_never_ends_is_cut(certificates, caplog):
    begun = asyncio.Event()

    async def stuck(scope, receive, send):
        begun.set()
        await asyncio.Event().wait()

    house = House(certificates)
    house.door._app = lambda: stuck
    await house.open()
    async with house.http() as http:
        asked = asyncio.ensure_future(http.get("/"))
        await begun.wait()
        await house.door.close(grace=0.05)
        with pytest.raises(httpx.RemoteProtocolError):
            await asked
    assert house.door.connections.total == 0
    await house.until(lambda: len(asyncio.all_tasks()) == 1)
    assert caplog.text == ""


async def test_live_sessions_go_on_after_the_listening_has_stopped(house):
    async with house.websocket() as ws:
        house.door.stop_listening()
        await ws.send("still here")
        assert await ws.recv() == "still here"
        with pytest.raises(OSError, match=r"refused|failed"):
            await house.websocket()


async def test_a_connection_that_came_as_it_stopped(house):
    """Its task is cancelled before its first step."""
    with socket.create_connection(("127.0.0.1", house.port)) as connection:
        connection.sendall(UPGRADE)
        (listening,) = house.door._listeners
        listening._accept_burst()
        house.door.stop_listening()
        connection.settimeout(5)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1) == b""


async def test_two_doors_in_one_process(certificates):
    async with a_house(certificates) as one, a_house(certificates) as two:
        assert one.port != two.port
        await one.is_well()
        await two.is_well()
        assert (len(one.echoes), len(two.echoes)) == (1, 1)


async def test_a_slow_request_on_a_kept_connection_is_cut(house, monkeypatch):
    from gemlive_emulator.server import http_side

    monkeypatch.setattr(http_side, "REQUEST_SECONDS", 0.05)
    for slow in (b"GET /heal", b"POST /v1/auth_tokens HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc"):
        answer = await house.tell(head_with() + slow)
        assert answer.count(b"HTTP/1.1 ") == 1
        reader, writer = await house.raw()
        writer.write(head_with())
        await reader.readuntil(b"}")
        writer.write(slow)
        assert b"HTTP" not in await asyncio.wait_for(reader.read(), 5)
        writer.close()


async def test_a_client_that_leaves_in_the_middle_of_a_body_is_let_go(house):
    for framing in (b"Content-Length: 9", b"Transfer-Encoding: chunked"):
        reader, writer = await house.raw()
        writer.write(b"POST /v1/auth_tokens HTTP/1.1\r\nHost: localhost\r\n" + framing + b"\r\n\r\n3\r\nabc")
        # Once the request is being served; the answer to another one says that it is.
        await house.is_well()
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
    await house.until(lambda: house.door.connections.total == 0)
