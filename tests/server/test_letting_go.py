"""An ended session is freed as soon as its connection is gone: nobody has to look for cycles, however it ended."""

import asyncio
import gc
import sqlite3
import ssl
import threading
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from live_server import AUDIO_MODEL, TEXT_MODEL, TEXT_SETUP, Client, Served, Silence, serving
from responding import GEMINI
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.audio.speech import Speech
from gemlive_emulator.session.steps import CloseConnection, Consult, Conversation, Pause, Reply, Say, UserTurn
from gemlive_emulator.session.tools import CallTools, ToolCall
from gemlive_emulator.store.sqlite import SqliteStore

TOOLS = [{"functionDeclarations": [{"name": "look"}]}]
RESUMABLE: dict[str, Any] = {"sessionResumption": {}}


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def never() -> None:
    await asyncio.get_running_loop().create_future()


def answer(turn: UserTurn, conversation: Conversation) -> Reply:
    match turn.text.split():
        case ["close", code]:
            yield CloseConnection(int(code), "over")
        case ["fail"]:
            raise LookupError("the responder is at its wits' end")
        case ["call"]:
            yield CallTools((ToolCall("look"),))
        case ["ask"]:
            yield Consult(never)
        case _:
            yield Say(f"You said: {turn.text}")
            if turn.text == "long":
                yield Pause(1000)


@dataclass
class Traces:
    """Weak references to all that belongs to the connections that were looked at."""

    seen: dict[str, weakref.ref[Any]] = field(default_factory=dict)

    def take(self, *connections: Any) -> None:
        assert connections
        for number, connection in enumerate(connections, len(self.seen)):
            self.note(f"connection {number}", connection)
            if (driver := connection._driver) is not None:
                self.note(f"driver {number}", driver)
                self.note(f"session {number}", driver._session)
                if driver._session._talk is not None:
                    self.note(f"conversation {number}", driver._session._talk)

    def note(self, name: str, thing: object) -> None:
        self.seen[name] = weakref.ref(thing)

    @property
    def alive(self) -> list[str]:
        return [name for name, trace in self.seen.items() if trace() is not None]

    async def gone(self) -> None:
        """Wait for what still runs on the loop, such as a cancelled task; the end was handled before."""
        for _ in range(10):
            await asyncio.sleep(0)
        assert self.alive == []


@dataclass
class House:
    """A server, and what was there."""

    served: Served
    traces: Traces

    def look(self) -> None:
        self.traces.take(*self.served.around.connections)

    @asynccontextmanager
    async def client(self, model: str = TEXT_MODEL, **setup: Any) -> AsyncIterator[Client]:
        async with self.served.client(model, **setup) as client:
            self.look()
            yield client


@asynccontextmanager
async def house(**more: Any) -> AsyncIterator[House]:
    async with serving(responder=answer, **more) as served:
        yield House(served, Traces())


async def client_closes(house: House) -> None:
    async with house.client() as client:
        await client.say("Hello")
        await client.turn()


async def client_is_lost(house: House) -> None:
    async with house.client() as client:
        await client.say("Hello")
        await client.turn()
        client.socket.transport.abort()


async def server_closes(house: House) -> None:
    for code in (1011, 1007):
        async with house.client() as client:
            await client.say(f"close {code}")
            assert await client.closed() == (code, "over")


async def responder_fails(house: House) -> None:
    async with house.client() as client:
        await client.say("fail")
        assert (await client.closed())[0] == 1011
    # They are kept for the test, with all that their frames know; no more than a hundred.
    house.served.around.failures.clear()


async def client_is_refused(house: House) -> None:
    async with house.client() as client:
        await client.send(TEXT_SETUP)
        assert (await client.closed())[0] == 1007


async def client_breaks_the_protocol(house: House) -> None:
    async with house.client() as client:
        client.socket.transport.write(b"\xf1\x80" + bytes(4))
        assert (await client.closed())[0] == 1002


async def client_leaves_in_the_middle_of_a_message(house: House) -> None:
    async with house.client() as client:
        client.socket.transport.write(b"\x01\xfe\x10\x00abcd" + bytes(1000))
        client.socket.transport.write_eof()


async def in_the_middle_of_an_answer(house: House) -> None:
    async with house.client() as client:
        await client.say("long")
        await client.receive()


async def with_a_call_pending(house: House) -> None:
    async with house.client(tools=TOOLS) as client:
        await client.say("call")
        while "toolCall" not in await client.receive():
            pass


async def while_a_responder_waits(house: House) -> None:
    async with house.client() as client:
        await client.say("ask")
        await (await client.socket.ping())


async def while_the_user_speaks(house: House) -> None:
    async with house.client(
        AUDIO_MODEL, realtimeInputConfig={"automaticActivityDetection": {"disabled": True}}
    ) as client:
        await client.send({"realtimeInput": {"activityStart": {}}})
        for _ in range(3):
            await client.send({"realtimeInput": {"audio": {"data": "AAAA" * 400, "mimeType": "audio/pcm;rate=16000"}}})
        await (await client.socket.ping())


async def in_the_middle_of_speech(house: House) -> None:
    async with house.client(AUDIO_MODEL) as client:
        await client.say("long")
        while "modelTurn" not in (await client.receive()).get("serverContent", {}):
            pass


async def before_the_setup(house: House) -> None:
    async with connect(house.served.url):
        house.look()


async def refused_at_the_setup(house: House) -> None:
    async with connect(house.served.url) as socket:
        house.look()
        client = Client(socket)
        await client.send({"setup": {"model": AUDIO_MODEL, "generationConfig": {"responseModalities": ["TEXT"]}}})
        assert (await client.closed())[0] == 1007


async def resumed(house: House) -> None:
    async with house.client(**RESUMABLE) as client:
        await client.say("Hello")
        messages = [*await client.turn(), await client.receive()]
        updates = [one["sessionResumptionUpdate"] for one in messages if "sessionResumptionUpdate" in one]
        handle = updates[-1]["newHandle"]
    async with house.client(sessionResumption={"handle": handle}) as client:
        await client.say("Hello again")
        await client.turn()


async def server_stops(house: House) -> None:
    async with house.client() as client:
        for connection in list(house.served.around.connections):
            connection.close()
        del connection
        assert (await client.closed())[0] == 1001


async def client_reads_nothing(house: House) -> None:
    async with house.client() as client:
        [connection] = house.served.around.connections
        connection.pause_writing()
        connection.resume_writing()
        connection.pause_writing()
        del connection
        await client.say("Hello")


ENDS = [
    client_closes,
    client_is_lost,
    server_closes,
    responder_fails,
    client_is_refused,
    client_breaks_the_protocol,
    client_leaves_in_the_middle_of_a_message,
    in_the_middle_of_an_answer,
    with_a_call_pending,
    while_a_responder_waits,
    while_the_user_speaks,
    in_the_middle_of_speech,
    before_the_setup,
    refused_at_the_setup,
    resumed,
    server_stops,
    client_reads_nothing,
]


@pytest.mark.parametrize("ends", ENDS, ids=lambda ends: ends.__name__)
async def test_nothing_is_left_of_a_session(ends: Callable[[House], Awaitable[None]]) -> None:
    async with house() as here:
        await ends(here)
        await here.served.empty()
        await here.traces.gone()


FAULTS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    (("stall", "forever"), {"at": "turn"}),
    (("delay", "100s"), {"at": "turn_complete"}),
    (("slow_pong", "forever"), {}),
    (("close", "reset"), {"at": "turn"}),
    (("close",), {"code": 1011, "at": "turn"}),
    (("close", "reset"), {"at": "1000s"}),
]


@pytest.mark.parametrize(("fault", "keys"), FAULTS, ids=str)
async def test_nothing_is_left_of_a_session_with_a_fault(fault: tuple[Any, ...], keys: dict[str, Any]) -> None:
    async with house() as here:
        here.served.around.faults.write(*fault, **keys)
        async with here.client() as client:
            await client.say("Hello")
            await client.socket.ping()
        await here.served.empty()
        await here.traces.gone()


async def test_nothing_is_left_of_a_refused_upgrade() -> None:
    async with house() as here:
        here.served.around.faults.write("refuse", status=429)
        connecting = asyncio.create_task(connect(here.served.url).__aenter__())
        while not here.served.around.connections:
            await asyncio.sleep(0)
        here.look()
        with pytest.raises(InvalidStatus):
            await connecting
        await here.served.empty()
        await here.traces.gone()


async def test_nothing_is_left_of_a_client_that_leaves_a_slow_handshake() -> None:
    async with house() as here:
        here.served.around.faults.write("slow_handshake", "1000s")
        connecting = asyncio.create_task(connect(here.served.url).__aenter__())
        while not (connections := here.served.around.connections) or next(iter(connections))._trouble is None:
            await asyncio.sleep(0)
        here.look()
        connecting.cancel()
        await asyncio.wait([connecting])
        for connection in list(here.served.around.connections):
            connection.close()
        del connection
        await here.served.empty()
        await here.traces.gone()


@dataclass
class Slow(Silence):
    """Speaks when it is let."""

    let: threading.Event = field(default_factory=threading.Event)

    def speak(self, text: str, voice: str, language: str, first: bool) -> Speech:
        assert self.let.wait(5)
        return super().speak(text, voice, language, first)


async def test_while_speech_is_made_for_nobody_only_a_husk_is_left_and_then_nothing() -> None:
    source = Slow()
    async with house(source=source) as here:
        async with here.client(AUDIO_MODEL) as client:
            await client.say("Hello")
            await (await client.socket.ping())
        await here.served.empty()
        await asyncio.sleep(0)
        assert here.traces.alive == ["connection 0", "driver 0", "session 0"]
        under_way = here.served.around.speaker._under_way
        assert len(under_way) == 1
        source.let.set()
        await asyncio.wait(under_way)
        del under_way
        await here.traces.gone()


async def test_while_a_store_is_waited_for_only_a_husk_is_left_and_then_nothing(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db")
    await store.open()
    other = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
    async with house(store=store) as here:
        other.execute("BEGIN IMMEDIATE")
        async with here.client(**RESUMABLE) as client:
            await client.say("Hello")
            await client.turn()
            await (await client.socket.ping())
        await here.served.empty()
        await asyncio.sleep(0)
        assert here.traces.alive == ["connection 0"]
        other.execute("ROLLBACK")
        other.close()
        await store.close()
        await here.traces.gone()


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_nothing_is_left_behind_the_front_door(tls: bool) -> None:
    async with Emulator(Settings(port=0, pace="at-once", voice="formant")) as emulator:
        context = None
        if tls:
            ca_file = await asyncio.to_thread(lambda: emulator.certificates.ca_file)
            context = ssl.create_default_context(cafile=ca_file)
        url = f"{'wss' if tls else 'ws'}://localhost:{emulator.port}{GEMINI}"
        traces = Traces()
        async with connect(url, ssl=context) as socket:
            client = Client(socket)
            await client.send(TEXT_SETUP)
            await client.receive()
            await client.say("Hello")
            await client.turn()
            traces.take(*emulator._around.connections)
        await Served("", 0, emulator._around).empty()
        await traces.gone()


async def test_on_uvloop_nothing_is_left_either() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def main() -> None:
        for ends in (client_closes, client_is_lost, in_the_middle_of_an_answer, client_reads_nothing):
            async with house() as here:
                await ends(here)
                await here.served.empty()
                await here.traces.gone()

    def run() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main())

    await asyncio.to_thread(run)
