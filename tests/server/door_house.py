"""A front door with an echo behind it, for the tests of what stands around it."""

import asyncio
import contextlib
import ssl

import httpx
import websockets
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from gemlive_emulator.profiles.catalogue import MODELS
from gemlive_emulator.server.front_door import FrontDoorServer
from gemlive_emulator.server.rest import build_app

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
UPGRADE = (
    b"GET /ws/x?key=canary0123456789 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
CLIENT_HELLO_OF_NOBODY = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 200


class Echo(asyncio.Protocol):
    """Sends back what it is sent; knows how it was made."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
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


async def make_token(body, key):
    return "auth_tokens/one"


class House:
    """A running front door with an echo behind it."""

    def __init__(self, certificates, **options):
        self.certificates = certificates
        self.echoes = []
        options.setdefault("tls", certificates.context)
        self.door = FrontDoorServer(self.live, lambda: build_app(MODELS[:3], make_token), **options)

    def live(self, endpoint):
        echo = Echo(endpoint)
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


def status_of(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Connection: close" in head
    assert f"Content-Length: {len(body)}".encode() in head
    return int(head.split()[1])


def head_with(*lines, first=b"GET / HTTP/1.1"):
    return b"\r\n".join([first, b"Host: localhost", *lines]) + b"\r\n\r\n"
