"""One port for ws, wss, http and https: what it is for, and what it refuses."""

import asyncio
import socket

import pytest
import websockets
from door_house import CLIENT_HELLO_OF_NOBODY, PATH, UPGRADE, House, a_house, head_with, status_of

from gemlive_emulator.server import front_door
from gemlive_emulator.server.origin import Visitors
from gemlive_emulator.wire.endpoint import Backend
from gemlive_emulator.wire.errors import EmulatorError

# What it is for.


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_a_websocket(house, scheme):
    async with house.websocket(scheme, f"/{PATH}?key=secret") as ws:
        for text in ("one", "two" * 100_000):
            await ws.send(text)
            assert await ws.recv() == text
        (echo,) = house.echoes
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
        assert (await http.post("/v1beta/auth_tokens", json={"uses": 1})).status_code == 200
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
