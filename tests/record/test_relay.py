"""One session through the proxy: frames, how either side ends it, and upgrades that never become a session."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from recorded_desk import PATH, Service, finished, quick, recording, serving, stopped, tape_of
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from gemlive_emulator import Emulator
from gemlive_emulator.record import leg as legs
from gemlive_emulator.record.recorder import Recorder, Terms
from gemlive_emulator.wire.tape import Taped


async def test_frames_keep_their_kind(tmp_path: Path) -> None:
    server, recorder = await serving(Service(), tmp_path)
    async with connect(recorder.url.replace("http", "ws")) as socket:
        for message in ('{"text":1}', b'{"binary":1}', "no JSON", b"\xff\x00", ""):
            await socket.send(message)
            assert await socket.recv() == message
        await socket.send(["in ", "three ", "pieces"])
        assert await socket.recv() == "in three pieces"
    await finished(recorder)
    await stopped(server, recorder)
    taped = tape_of(recorder.files[0]).taped
    assert [one.is_text for one in taped[:4]] == [True, True, False, False]
    assert [one.payload for one in taped[4:8:2]] == [b"no JSON", b"\xff\x00"]


async def test_the_close_of_the_service_reaches_the_client(tmp_path: Path) -> None:
    class Closing(Service):
        async def answer(self, connection: ServerConnection, message: str | bytes) -> None:
            await connection.close(1011, "Deadline expired before operation could complete.")

    server, recorder = await serving(Closing(), tmp_path)
    async with connect(recorder.url.replace("http", "ws")) as socket:
        await socket.send("{}")
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert (socket.close_code, socket.close_reason) == (1011, "Deadline expired before operation could complete.")
    await finished(recorder)
    await stopped(server, recorder)
    assert tape_of(recorder.files[0]).taped[-1].code == 1011


async def test_a_service_that_is_lost_is_lost_to_the_client(tmp_path: Path) -> None:
    class Breaking(Service):
        async def answer(self, connection: ServerConnection, message: str | bytes) -> None:
            connection.transport.abort()

    server, recorder = await serving(Breaking(), tmp_path)
    async with connect(recorder.url.replace("http", "ws")) as socket:
        await socket.send("{}")
        with pytest.raises(ConnectionClosed) as lost:
            await socket.recv()
    assert lost.value.rcvd is None
    await finished(recorder)
    await stopped(server, recorder)
    last = tape_of(recorder.files[0]).taped[-1]
    assert (last.side, last.code) == ("server", 1006)


async def test_the_close_of_the_client_reaches_the_service(tmp_path: Path) -> None:
    service = Service()
    server, recorder = await serving(service, tmp_path)
    async with connect(recorder.url.replace("http", "ws")) as socket:
        await socket.close(4321, "enough")
    await service.over.wait()
    await finished(recorder)
    await stopped(server, recorder)
    assert service.ended == (4321, "enough")
    assert tape_of(recorder.files[0]).taped == (
        Taped(tape_of(recorder.files[0]).taped[0].time, "client", code=4321, words="enough"),
    )


async def test_a_client_that_is_lost_is_lost_to_the_service(tmp_path: Path) -> None:
    service = Service()
    server, recorder = await serving(service, tmp_path)
    async with connect(recorder.url.replace("http", "ws")) as socket:
        await socket.send("{}")
        await socket.recv()
        socket.transport.abort()
    await service.over.wait()
    await finished(recorder)
    await stopped(server, recorder)
    assert service.ended[0] == 1006
    assert tape_of(recorder.files[0]).taped[-1].code == 1006


async def test_a_client_is_pinged_by_nobody_but_answered(tmp_path: Path) -> None:
    server, recorder = await serving(Service(), tmp_path)
    async with connect(recorder.url.replace("http", "ws"), ping_interval=None) as socket:
        await (await socket.ping(b"there?"))
    await stopped(server, recorder)


async def test_a_client_that_leaves_before_the_service_answers_is_not_recorded(tmp_path: Path) -> None:
    knocked, answer = asyncio.Event(), asyncio.Event()

    async def late(connection: ServerConnection, request: Any) -> None:
        knocked.set()
        await answer.wait()

    async with serve(Service(), "127.0.0.1", 0, process_request=late) as server:
        port = server.sockets[0].getsockname()[1]
        async with Recorder(Terms(upstream=f"ws://127.0.0.1:{port}", output=tmp_path, port=0)) as recorder:
            dialling = asyncio.create_task(connect(recorder.url.replace("http", "ws")).__aenter__())
            await knocked.wait()
            dialling.cancel()
            await asyncio.wait([dialling])
            running = recorder._running
            assert running is not None
            while any(leg.ended is None for leg in running.legs):
                await asyncio.sleep(0)
            answer.set()
            await finished(recorder)
            assert recorder.files == ()


UPGRADE = "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


async def answer_to(recorder: Recorder, head: str) -> bytes:
    """All that comes back for a request, until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", recorder.port)
    writer.write(head.encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize(
    ("head", "status", "words"),
    [
        (f"GET {PATH} HTTP/1.1\r\n{UPGRADE}\r\n", b"400", b"missing Sec-WebSocket-Key"),
        (f"GET {PATH}#there HTTP/1.1\r\n{UPGRADE}{KEY}\r\n", b"502", b"cannot be reached"),
    ],
)
async def test_what_is_no_upgrade_is_answered_and_not_recorded(
    tmp_path: Path, logged: pytest.LogCaptureFixture, head: str, status: bytes, words: bytes
) -> None:
    async with Emulator(quick()) as emulator, recording(tmp_path / "calls", emulator) as recorder:
        answer = await answer_to(recorder, head)
        await finished(recorder)
        assert recorder.files == ()
        assert emulator.sessions == ()
    assert answer.split(b" ")[1] == status
    assert words in answer
    assert "Traceback" not in "".join(logged.handler.format(record) for record in logged.records)


async def test_a_client_that_talks_before_it_is_let_in_is_read_only_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(legs, "MOST_WAITING", 100_000)
    knocked, answer = asyncio.Event(), asyncio.Event()

    async def late(connection: ServerConnection, request: Any) -> None:
        knocked.set()
        await answer.wait()

    service = Service()
    async with serve(service, "127.0.0.1", 0, process_request=late, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        async with Recorder(Terms(upstream=f"ws://127.0.0.1:{port}", output=tmp_path, port=0)) as recorder:
            reader, writer = await asyncio.open_connection("127.0.0.1", recorder.port)
            writer.write(f"GET /ws HTTP/1.1\r\n{UPGRADE}{KEY}\r\n".encode())
            await knocked.wait()
            frame = b"\x82\xfe\xff\xff" + bytes(4) + bytes(65535)
            for _ in range(40):
                writer.write(frame)
            [leg] = recorder._running.legs  # type: ignore[union-attr] # it runs
            while leg._transport.is_reading():
                await asyncio.sleep(0)
            assert len(leg._early) < 1_000_000
            answer.set()
            await reader.readuntil(b"\r\n\r\n")
            while len(service.came) < 40:
                await reader.readexactly(4 + 65535)
            writer.close()
            await finished(recorder)
    assert service.came == [bytes(65535)] * 40
