"""One port for ws, wss, http and https, and whatever else comes to it."""

import asyncio
import contextlib
import errno
import gc
import logging
import resource
import socket
import ssl
import struct

import httpx
import pytest
import websockets
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from gemlive_emulator.profiles.catalogue import MODELS
from gemlive_emulator.server import front_door, listener
from gemlive_emulator.server.front_door import FrontDoorServer
from gemlive_emulator.server.head import MAX_HEAD, HeadFault, end_of_head, parse
from gemlive_emulator.server.origin import Visitors
from gemlive_emulator.server.rest import build_app
from gemlive_emulator.server.tls import Certificates
from gemlive_emulator.wire.endpoint import Backend
from gemlive_emulator.wire.errors import EmulatorError

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
UPGRADE = (
    b"GET /ws/x?key=canary0123456789 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
CLIENT_HELLO_OF_NOBODY = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 200


class Echo(asyncio.Protocol):
    """Sends back what it is sent; knows how it was made."""

    made: list["Echo"]

    def __init__(self, request, endpoint, secure):
        self.request, self.endpoint, self.secure = request, endpoint, secure
        self.library = ServerProtocol()
        self.lost = False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.library.receive_data(data)
        for event in self.library.events_received():
            if isinstance(event, Frame):
                if event.opcode is Opcode.TEXT:
                    self.library.send_text(event.data)
            else:
                self.library.send_response(self.library.accept(event))
        for piece in self.library.data_to_send():
            if piece:
                self.transport.write(piece)
        if self.library.close_expected():
            self.transport.close()

    def connection_lost(self, exc):
        self.lost = True


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


class House:
    """A running front door with an echo behind it."""

    def __init__(self, certificates, **options):
        self.certificates = certificates
        self.echoes = []
        options.setdefault("tls", certificates.context)
        self.door = FrontDoorServer(self.live, lambda: build_app(MODELS[:3]), **options)

    def live(self, request, endpoint, secure):
        echo = Echo(request, endpoint, secure)
        self.echoes.append(echo)
        return echo

    async def open(self, host="127.0.0.1"):
        self.addresses = await self.door.start(host, 0)
        self.port = self.addresses[0][1]

    def trust(self):
        return ssl.create_default_context(cafile=str(self.certificates.ca_file))

    def http(self, scheme="http"):
        return httpx.AsyncClient(base_url=f"{scheme}://localhost:{self.port}", verify=self.trust(), trust_env=False)

    def websocket(self, scheme="ws", path=PATH, **options):
        if scheme == "wss":
            options["ssl"] = self.trust()
        return websockets.connect(f"{scheme}://127.0.0.1:{self.port}{path}", proxy=None, **options)

    async def raw(self):
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def tell(self, sent):
        """What the server answers to some bytes, until it ends the connection."""
        reader, writer = await self.raw()
        writer.write(sent)
        try:
            return await asyncio.wait_for(reader.read(), 5)
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    async def is_well(self):
        async with self.websocket() as ws:
            await ws.send("well?")
            assert await ws.recv() == "well?"

    async def until(self, holds):
        async with asyncio.timeout(5):
            while not holds():
                await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def a_house(certificates, host="127.0.0.1", **options):
    house = House(certificates, **options)
    await house.open(host)
    try:
        yield house
    finally:
        await house.door.close()
        assert house.door.connections.total == 0


@pytest.fixture
async def house(certificates, caplog):
    caplog.set_level(logging.DEBUG)
    async with a_house(certificates) as house:
        yield house
    gc.collect()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_text]
    assert "canary0123" not in caplog.text


# What it is for.


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_a_websocket(house, scheme):
    async with house.websocket(scheme, f"/{PATH}?key=secret") as ws:
        for text in ("one", "two" * 100_000):
            await ws.send(text)
            assert await ws.recv() == text
        (echo,) = house.echoes
        assert echo.secure is (scheme == "wss")
        assert echo.request.path == f"/{PATH}?key=secret"
        assert (echo.endpoint.backend, echo.endpoint.key) == (Backend.GEMINI, "secret")
        assert house.door.connections == front_door.Connections(arriving=0, http=0, total=1)
    await house.until(lambda: house.door.connections.total == 0)
    assert echo.lost


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_kept_http_connection(house, scheme):
    async with house.http(scheme) as http:
        for _ in range(3):
            response = await http.get("/v1beta/models")
            assert (response.status_code, len(response.json()["models"])) == (200, 3)
        assert (await http.post("/v1beta/auth_tokens", json={"uses": 1})).status_code == 501
        assert house.door.connections == front_door.Connections(arriving=0, http=1, total=1)


async def test_all_four_on_one_port_at_once(house):
    async with (
        house.websocket() as plain,
        house.websocket("wss") as secure,
        house.http() as http,
        house.http("https") as https,
    ):
        for ws in (plain, secure):
            await ws.send("hello")
        answers = await asyncio.gather(http.get("/healthz"), https.get("/healthz"), plain.recv(), secure.recv())
        assert [answers[0].status_code, answers[1].status_code, *answers[2:]] == [200, 200, "hello", "hello"]


async def test_a_head_in_single_bytes_and_a_frame_right_behind_it(house):
    reader, writer = await house.raw()
    for byte in UPGRADE:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)
    writer.write(b"\x81\x82\x00\x00\x00\x00hi")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    assert await reader.readexactly(4) == b"\x81\x02hi"
    writer.close()
    reader, writer = await house.raw()
    writer.write(UPGRADE + b"\x81\x82\x00\x00\x00\x00hi")
    await reader.readuntil(b"\r\n\r\n")
    assert await reader.readexactly(4) == b"\x81\x02hi"
    writer.close()


async def test_requests_in_one_piece_are_all_answered(house):
    one = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert (await house.tell(one + one + last)).count(b"HTTP/1.1 200 OK") == 3


async def test_five_hundred_at_once(house):
    async def converse(number):
        async with house.websocket(compression=None) as ws:
            await ws.send(str(number))
            assert await ws.recv() == str(number)

    await asyncio.gather(*(converse(number) for number in range(500)))
    assert len(house.echoes) == 500
    await house.until(lambda: house.door.connections.total == 0)


async def test_localhost_is_both_loopback_addresses_on_one_port(certificates):
    async with a_house(certificates, "localhost") as house:
        hosts = {host for host, _ in house.addresses}
        assert hosts == ({"127.0.0.1", "::1"} if has_ipv6() else {"127.0.0.1"})
        assert {port for _, port in house.addresses} == {house.port}
        for host in hosts:
            _, writer = await asyncio.open_connection(host, house.port)
            writer.close()


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


async def test_a_port_that_is_taken_is_told(house, certificates):
    for host in ("127.0.0.1", "localhost"):
        with pytest.raises(EmulatorError, match=f"port {house.port}.*--port"):
            await House(certificates).door.start(host, house.port)
    with pytest.raises(EmulatorError, match=r"no\.such\.host\.invalid"):
        await House(certificates).door.start("no.such.host.invalid", 0)


# What it refuses.


def status_of(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Connection: close" in head
    assert f"Content-Length: {len(body)}".encode() in head
    return int(head.split()[1])


def head_with(*lines, first=b"GET / HTTP/1.1"):
    return b"\r\n".join([first, b"Host: localhost", *lines]) + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04", 505, id="http2_preface"),
        pytest.param(b"EHLO mail.example\r\n", 400, id="smtp"),
        pytest.param(b"SSH-2.0-OpenSSH_9\r\n", 400, id="ssh"),
        pytest.param(b"\x00\x01\x02\x03", 400, id="binary"),
        pytest.param(b"\x80\x2e\x01\x00\x02", 400, id="sslv2"),
        pytest.param(b"\x05\x01\x00", 400, id="socks"),
        pytest.param(b"\r\n\r\n", 400, id="empty_lines"),
        pytest.param(b"GET / HTTP/1.1\nHost: localhost\n\n", 400, id="bare_line_feeds"),
        pytest.param(b"GET /\r\n\r\n", 400, id="http_0_9"),
        pytest.param(b"GET / x HTTP/1.1\r\n\r\n", 400, id="space_in_target"),
        pytest.param(b"GET /\xff HTTP/1.1\r\n\r\n", 400, id="not_ascii"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="host_missing"),
        pytest.param(head_with(b"Host: localhost"), 400, id="host_two_headers"),
        pytest.param(head_with(b"A\x00: b"), 400, id="nul_in_name"),
        pytest.param(head_with(b"A: b\x00"), 400, id="nul_in_value"),
        pytest.param(head_with(b"A : b"), 400, id="space_before_colon"),
        pytest.param(head_with(b"A: b", b" folded"), 400, id="folded"),
        pytest.param(head_with(b"A: b\nC: d"), 400, id="line_feed_in_header"),
        pytest.param(head_with(b"no colon"), 400, id="no_colon"),
        pytest.param(head_with(b"Content-Length: 4", b"Transfer-Encoding: chunked"), 400, id="smuggle_cl_te"),
        pytest.param(head_with(b"Content-Length: 4", b"Content-Length: 5"), 400, id="smuggle_two_lengths"),
        pytest.param(head_with(b"Content-Length: +4"), 400, id="smuggle_signed_length"),
        pytest.param(head_with(b"Content-Length: 4, 4"), 400, id="smuggle_list_of_lengths"),
        pytest.param(head_with(b"Transfer-Encoding: chunked, identity"), 501, id="smuggle_codings"),
        pytest.param(head_with(b"Transfer-Encoding: chunked", b"Transfer-Encoding: x"), 501, id="smuggle_two_codings"),
        pytest.param(head_with(b"Transfer-Encoding: \x0bchunked"), 400, id="smuggle_vertical_tab"),
        pytest.param(b"GET /" + b"a" * 8200, 414, id="long_line"),
        pytest.param(b"GET /" + b"a" * 8200 + b" HTTP/1.1\r\n\r\n", 414, id="long_whole_line"),
        pytest.param(head_with(b"A: " + b"b" * 8200), 431, id="long_header"),
        pytest.param(head_with(*[b"A: b"] * 200), 431, id="many_headers"),
        pytest.param(head_with()[:-2] + b"A: b\r\n" * 20_000, 431, id="long_head"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, id="host_evil"),
        pytest.param(UPGRADE.replace(b"localhost", b"evil.example"), 403, id="ws_host_evil"),
        pytest.param(UPGRADE[:-2] + b"Origin: https://evil.example\r\n\r\n", 403, id="ws_origin_evil"),
        pytest.param(UPGRADE[:-2] + b"Content-Length: 4\r\n\r\nabcd", 400, id="ws_with_body"),
        pytest.param(UPGRADE[:-2] + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, id="ws_with_chunks"),
    ],
)
async def test_what_is_refused_gets_an_answer(house, sent, status):
    answer = await house.tell(sent)
    assert status_of(answer) == status
    assert f'"code": {status}'.encode() in answer
    assert not house.echoes
    await house.is_well()


async def test_a_refusal_over_tls(house):
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port, ssl=house.trust())
    writer.write(b"nonsense\r\n")
    assert status_of(await asyncio.wait_for(reader.read(), 5)) == 400
    writer.close()
    with pytest.raises(websockets.InvalidStatus) as refused:
        await house.websocket("wss", origin="null")
    assert refused.value.response.status_code == 403
    assert b"--allow-origin 'null'" in refused.value.response.body


async def test_later_requests_of_a_connection_are_looked_at_too(house):
    good = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    evil = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n"
    answer = await house.tell(good + evil)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"HTTP/1.1 403 Forbidden" in answer


async def test_an_upgrade_on_a_kept_http_connection_is_no_websocket(house):
    good = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = await house.tell(good + UPGRADE.replace(b"Upgrade\r\n", b"Upgrade, close\r\n"))
    assert b"HTTP/1.1 404 Not Found" in answer
    assert not house.echoes


async def test_a_post_with_an_upgrade_is_http(house):
    assert (await house.tell(UPGRADE.replace(b"GET", b"POST").replace(b"Upgrade\r\n", b"close\r\n"))).startswith(
        b"HTTP/1.1 404"
    )


async def test_allowed_origins_come_in(certificates):
    async with a_house(certificates, visitors=Visitors(origins=("https://app.example",))) as house:
        ws = await house.websocket(origin="https://app.example")
        await ws.send("x")
        assert await ws.recv() == "x"
        await ws.close()


async def test_without_tls_a_client_that_speaks_it_is_closed(certificates):
    async with a_house(certificates, tls=None) as house:
        assert await house.tell(CLIENT_HELLO_OF_NOBODY) == b""
        await house.is_well()


async def test_if_there_can_be_no_certificate_plain_clients_are_served(certificates, caplog):
    def broken():
        raise EmulatorError("no folder")

    async with a_house(certificates, tls=broken) as house:
        assert await house.tell(CLIENT_HELLO_OF_NOBODY) == b""
        await house.is_well()
    assert "TLS cannot be served: no folder" in caplog.text


async def test_a_session_that_cannot_be_made_is_answered(certificates, caplog):
    async with a_house(certificates) as house:
        house.door.live = lambda *_: 1 / 0
        assert status_of(await house.tell(UPGRADE)) == 503
    assert "ZeroDivisionError" in caplog.text


async def test_an_application_that_cannot_be_made_is_tried_again(certificates, caplog):
    async with a_house(certificates) as house:
        right, house.door._app = house.door._app, lambda: 1 / 0
        assert status_of(await house.tell(head_with())) == 503
        house.door._app = right
        assert (await house.tell(head_with(b"Connection: close"))).startswith(b"HTTP/1.1 200")
    assert "HTTP cannot be served" in caplog.text


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


# The head, without a socket.


@pytest.mark.parametrize("cut", range(1, len(UPGRADE), 7))
def test_a_part_of_a_head_is_waited_for(cut):
    assert end_of_head(UPGRADE[:cut]) is None
    assert end_of_head(UPGRADE + b"more") == len(UPGRADE)


def test_the_longest_head_that_is_taken():
    rest = MAX_HEAD - len(head_with())
    lines = [b"A: " + b"b" * 995] * (rest // 1000) + [b"A: " + b"b" * (rest % 1000 + 995)]
    whole = head_with(*lines)[: MAX_HEAD - 4] + b"\r\n\r\n"
    assert end_of_head(whole) == MAX_HEAD
    assert parse(whole).headers.get_all("A")
    with pytest.raises(HeadFault) as fault:
        end_of_head(whole.replace(b"\r\n\r\n", b"bbbbb"))
    assert fault.value.refusal.code == 431


def test_a_head_is_read_as_websockets_reads_it():
    library = ServerProtocol()
    library.receive_data(UPGRADE)
    (theirs,) = library.events_received()
    ours = parse(UPGRADE)
    assert (ours.path, ours.method, list(ours.headers.raw_items())) == (
        theirs.path,
        theirs.method,
        list(theirs.headers.raw_items()),
    )


def test_the_backlog_is_long_enough_for_a_thousand():
    assert listener.BACKLOG >= 1024
