"""What the port survives: floods, garbage, resets, no descriptors, odd event loops."""

import asyncio
import errno
import resource
import socket
import ssl
import struct

import pytest
import websockets
from door_house import CLIENT_HELLO_OF_NOBODY, UPGRADE, a_house, head_with, status_of

from gemlive_emulator.server import front_door, listener

# What it survives.


async def test_tls_garbage_disturbs_nobody(house):
    async with house.websocket("wss") as secure, house.websocket() as plain:
        garbage = [CLIENT_HELLO_OF_NOBODY, b"\x16", b"\x16\x03\x01", b"\x16" * 70_000, b"\x16\x03\x01\x00\x05hello"]
        writers = []
        for sent in garbage * 10:
            _, writer = await house.raw()
            writer.write(sent)
            writers.append(writer)
        for ws in (secure, plain):
            await ws.send("still here")
            assert await ws.recv() == "still here"
        for writer in writers:
            writer.transport.abort()
        await house.until(lambda: house.door.connections.total == 2)


async def test_a_client_that_does_not_trust_us_is_no_fault(house):
    with pytest.raises(ssl.SSLCertVerificationError):
        async with websockets.connect(f"wss://127.0.0.1:{house.port}/", proxy=None, ssl=ssl.create_default_context()):
            pass
    await house.is_well()


async def test_tls_of_yesterday_is_refused(house):
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", house.port, ssl=old)


def reset(connection):
    """Close with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.parametrize("sent", [b"", b"G", b"\x16", UPGRADE, head_with(), CLIENT_HELLO_OF_NOBODY, b"bad\r\n"])
async def test_peers_that_reset_at_once(house, sent):
    for _ in range(30):
        connection = socket.create_connection(("127.0.0.1", house.port))
        connection.sendall(sent)
        reset(connection)
    await house.is_well()
    await house.until(lambda: house.door.connections.total == 0)


async def test_a_flood_of_silent_connections(house):
    connections = [socket.create_connection(("127.0.0.1", house.port)) for _ in range(300)]
    await house.until(lambda: house.door.connections.arriving == 300)
    await house.is_well()
    assert house.door.connections.total >= 300
    for connection in connections:
        connection.close()
    await house.until(lambda: house.door.connections.total == 0)


@pytest.mark.parametrize("sent", [b"", b"GET / HTT", b"\x16\x03\x01"])
async def test_who_is_too_slow_is_let_go(certificates, sent):
    async with a_house(certificates, head_seconds=0.05) as house:
        answer = await house.tell(sent)
        assert answer == b"" if sent[:1] != b"G" else status_of(answer) == 408
        await house.until(lambda: house.door.connections.total == 0)


async def test_half_a_head_and_an_end(house):
    reader, writer = await house.raw()
    writer.write(b"GET / HTTP/1.1\r\nHo")
    writer.write_eof()
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_http_of_a_peer_that_has_ended_its_side(house):
    reader, writer = await house.raw()
    writer.write(head_with())
    writer.write_eof()
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_out_of_descriptors(house):
    """The system has none left: silent peers lose theirs, others stay, and accepting goes on."""
    async with house.websocket() as ws:
        silent = [socket.create_connection(("127.0.0.1", house.port)) for _ in range(8)]
        await house.until(lambda: house.door.connections.arriving == 8)
        late = [socket.socket() for _ in range(2)]
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        # The lowest free descriptor is where the limit has to be.
        with open("/dev/null") as probe:
            used = probe.fileno()
        resource.setrlimit(resource.RLIMIT_NOFILE, (used, hard))
        try:
            for connection in late:
                connection.connect(("127.0.0.1", house.port))
                connection.sendall(UPGRADE)
            await house.until(lambda: len(house.echoes) == 3)
            await ws.send("still here")
            assert await ws.recv() == "still here"
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for connection in (*silent, *late):
            connection.close()
    await house.is_well()


async def test_being_out_of_descriptors_is_warned_of_once(certificates, caplog, monkeypatch):
    async with a_house(certificates) as house:
        (listening,) = house.door._listeners
        for _ in range(3):
            listening._loop.remove_reader(listening._listening)
            listening._pause(OSError(errno.EMFILE, "Too many open files"))
            await house.is_well()
    assert caplog.text.count("ulimit -n") == 1


class NoReaders(asyncio.SelectorEventLoop):
    """An event loop that accepts as that of Windows does."""

    def add_reader(self, fd, callback, *args):
        raise NotImplementedError


def test_an_event_loop_without_readers(certificates, monkeypatch):
    async def all_of_it():
        async with a_house(certificates, head_seconds=0.2) as house:
            await house.is_well()
            async with house.websocket("wss") as ws:
                await ws.send("x")
                assert await ws.recv() == "x"
            with socket.create_connection(("127.0.0.1", house.port)) as silent:
                await house.until(lambda: house.door.connections.total == 1)
                await house.until(lambda: house.door.connections.total == 0)
                assert silent.recv(1) == b""
            reset(socket.create_connection(("127.0.0.1", house.port)))
            (listening,) = house.door._listeners
            listening._task.cancel()
            listening._task = None
            listening._pause(OSError(errno.EMFILE, "Too many open files"))
            await house.is_well()

    with asyncio.Runner(loop_factory=NoReaders) as runner:
        runner.run(all_of_it())


def test_uvloop(certificates):
    """Its transports are asyncio's by likeness only."""
    uvloop = pytest.importorskip("uvloop")

    async def all_of_it():
        async with a_house(certificates) as house:
            async with house.websocket("wss") as ws, house.http("https") as https:
                await ws.send("x" * 200_000)
                assert len(await ws.recv()) == 200_000
                assert (await https.get("/healthz")).status_code == 200
                assert house.door.connections == front_door.Connections(arriving=0, http=1, total=2)
            assert status_of(await house.tell(b"EHLO\r\n")) == 400
            await house.is_well()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(all_of_it())


def test_the_backlog_is_long_enough_for_a_thousand():
    assert listener.BACKLOG >= 1024
