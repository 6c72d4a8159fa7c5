"""The whole emulator, in process: it starts, serves, stops, and leaves nothing."""

import asyncio
import gc
import json
import socket
import ssl
import threading
from pathlib import Path

import pytest
from live_server import AUDIO_MODEL, TEXT_MODEL, TEXT_SETUP, Client, audio, said
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn
from gemlive_emulator.wire.errors import EmulatorError

GEMINI = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the certificates of the machine."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def quick(**more: object) -> Settings:
    """A free port and no waiting."""
    return Settings(port=0, pace="at-once", voice="formant", **more)  # type: ignore[arg-type]


def ws(emulator: Emulator, path: str = GEMINI) -> str:
    return emulator.url.replace("http", "ws", 1) + path


async def talk(emulator: Emulator, text: str, url: str | None = None) -> str:
    """One text turn on a connection of its own."""
    async with connect(url or ws(emulator)) as connection:
        client = Client(connection)
        await client.send(TEXT_SETUP)
        await client.say(text)
        return said(await client.turn())


def parrot(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(turn.text)


def other_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if not thread.name.startswith("asyncio_")}


async def test_no_message_waits_until_the_one_before_was_acknowledged() -> None:
    async with Emulator(quick()) as emulator, connect(ws(emulator)):
        (connection,) = emulator._around.connections
        taken = connection._transport.get_extra_info("socket")  # type: ignore[attr-defined]
        assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_an_emulator_holds_a_conversation() -> None:
    async with Emulator(quick()) as emulator:
        assert emulator.url == f"http://127.0.0.1:{emulator.port}"
        assert await talk(emulator, "Hello") != ""


async def test_it_speaks() -> None:
    async with Emulator(quick(), responder=parrot) as emulator, connect(ws(emulator)) as connection:
        client = Client(connection)
        await client.send({"setup": {"model": AUDIO_MODEL, "generationConfig": {"responseModalities": ["AUDIO"]}}})
        await client.say("Good morning, how are you?")
        pcm = b"".join(audio(await client.turn()))
    assert len(pcm) > 24_000
    assert any(pcm)


async def test_one_port_answers_wss_too() -> None:
    async with Emulator(quick(), responder=parrot) as emulator:
        ca_file = await asyncio.to_thread(lambda: emulator.certificates.ca_file)
        context = ssl.create_default_context(cafile=ca_file)
        url = f"wss://localhost:{emulator.port}/{GEMINI}?key=k"
        async with connect(url, ssl=context) as connection:
            client = Client(connection)
            await client.send(TEXT_SETUP)
            await client.say("Hello")
            assert said(await client.turn()) == "Hello"


async def test_stopping_closes_every_session_and_leaves_nothing() -> None:
    threads, tasks = other_threads(), asyncio.all_tasks()
    emulator = Emulator(quick(), responder=parrot)
    await emulator.start()
    port = emulator.port
    clients = [Client(await connect(ws(emulator))) for _ in range(5)]
    for client in clients[:4]:
        await client.send({"setup": {"model": AUDIO_MODEL}})
        await client.say("Hello")
        await client.turn()
    assert emulator.connected == 5
    await emulator.stop()
    await emulator.stop()
    assert [(await client.closed())[0] for client in clients] == [1001] * 5
    assert emulator.connected == 0
    assert other_threads() == threads
    del clients, client
    await asyncio.wait(asyncio.all_tasks() - tasks, timeout=5) if asyncio.all_tasks() - tasks else None
    assert asyncio.all_tasks() == tasks
    gc.collect()
    assert not [thing for thing in gc.get_objects() if isinstance(thing, socket.socket) and _is_at(thing, port)]
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


def _is_at(thing: socket.socket, port: int) -> bool:
    return thing.fileno() >= 0 and thing.family == socket.AF_INET and thing.getsockname()[1] == port


async def test_stopping_closes_sessions_over_tls_too() -> None:
    async with Emulator(quick()) as emulator:
        ca_file = await asyncio.to_thread(lambda: emulator.certificates.ca_file)
        url = f"wss://localhost:{emulator.port}{GEMINI}"
        connection = await connect(url, ssl=ssl.create_default_context(cafile=ca_file))
        await emulator.stop()
        assert (await Client(connection).closed())[0] == 1001
        assert emulator.connected == 0


async def test_a_client_that_knocks_while_it_stops_is_dropped() -> None:
    emulator = Emulator(quick())
    await emulator.start()
    open_client = Client(await connect(ws(emulator)))
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(f"GET {GEMINI} HTTP/1.1\r\nHost: localhost\r\n".encode())
    stopping = asyncio.ensure_future(emulator.stop())
    writer.write(b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    async with asyncio.timeout(3):
        await stopping
        assert (await open_client.closed())[0] == 1001
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
    writer.close()


async def test_stopping_does_not_wait_for_clients_that_do_not_answer() -> None:
    async with Emulator(quick()) as emulator:
        reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
        writer.write(
            f"GET {GEMINI} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        async with asyncio.timeout(3):
            await emulator.stop()
    assert await reader.read() == b"\x88\x02\x03\xe9"
    writer.close()


async def test_two_emulators_in_one_process_do_not_meet() -> None:
    def shout(turn: UserTurn, conversation: Conversation) -> Reply:
        yield Say(turn.text.upper())

    clock = ManualClock()
    async with (
        Emulator(quick(), responder=parrot) as one,
        Emulator(quick(max_sessions=1), responder=shout, clock=clock) as two,
    ):
        assert one.port != two.port
        async with connect(ws(one)), connect(ws(one)):
            assert (one.connected, two.connected) == (2, 0)
            assert await talk(two, "Hello") == "HELLO"
            await clock.advance(3600)
            assert await talk(one, "Hello") == "Hello"


async def test_a_handle_of_one_emulator_is_unknown_to_another() -> None:
    async with Emulator(quick()) as one, Emulator(quick()) as two:
        setup = json.loads(json.dumps(TEXT_SETUP))
        setup["setup"]["sessionResumption"] = {}
        async with connect(ws(one)) as connection:
            client = Client(connection)
            await client.send(setup)
            await client.say("Hello")
            await client.turn()
            handle = (await client.receive())["sessionResumptionUpdate"]["newHandle"]
        setup["setup"]["sessionResumption"] = {"handle": handle}
        async with connect(ws(two)) as connection:
            client = Client(connection)
            await client.send(setup)
            assert (await client.closed())[0] == 1008


@pytest.mark.parametrize("seed", [7, None])
async def test_names_can_be_guessed_only_if_a_seed_is_set(seed: int | None) -> None:
    async def vertex_id() -> str:
        path = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
        async with Emulator(quick(seed=seed)) as emulator, connect(ws(emulator, path)) as connection:
            client = Client(connection)
            await client.send({"setup": {"model": "publishers/google/models/gemini-live-2.5-flash"}})
            return str((await client.receive())["setupComplete"]["sessionId"])

    assert (await vertex_id() == await vertex_id()) is (seed is not None)


async def test_a_scenario_says_what_the_model_says(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(
        "scenario: first\nscript:\n  - expect: {text: Hello}\n    reply: [{say: One}]\n"
        "---\nscenario: second\nrules:\n  - when: {text: Hello}\n    then: [{say: Two}]\n",
        encoding="utf-8",
    )
    async with Emulator(quick(scenario=str(file))) as emulator:
        assert await talk(emulator, "Hello") == "One"
        assert await talk(emulator, "Hello") == "One"
        assert await talk(emulator, "Hello", ws(emulator) + "?scenario=second") == "Two"


async def test_a_field_of_the_family_is_changed_by_a_setting() -> None:
    emulator = Emulator(quick(overrides={"manner.role": True}), responder=parrot)
    async with emulator, connect(ws(emulator)) as connection:
        client = Client(connection)
        await client.send(TEXT_SETUP)
        await client.receive()
        await client.say("Hello")
        assert (await client.receive())["serverContent"]["modelTurn"]["role"] == "model"


@pytest.mark.parametrize(
    ("overrides", "words"),
    [({"manner.rule": True}, "'rule' is none of"), ({"manner.role": "x"}, "'manner.role' is 'x'")],
)
async def test_a_field_that_is_none_fails_at_the_start(overrides: dict[str, object], words: str) -> None:
    with pytest.raises(EmulatorError, match=words):
        await Emulator(quick(overrides=overrides)).start()


async def test_each_scenario_of_a_file_fixes_the_profile_of_its_own_model(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(
        "scenario: newest\nmodel: gemini-3.8-live\notherwise: [{say: One}]\n"
        "---\nscenario: old\nmodel: gemini-2.0-flash-live-001\notherwise: [{say: Two}]\n"
        "---\nscenario: any\notherwise: [{say: Three}]\n",
        encoding="utf-8",
    )
    setup = {"setup": {"model": AUDIO_MODEL, "generationConfig": {"responseModalities": ["AUDIO"]}}}
    second_messages = {}
    async with Emulator(quick(scenario=str(file))) as emulator:
        for name in ("newest", "old", "any"):
            async with connect(ws(emulator) + f"?scenario={name}") as connection:
                client = Client(connection)
                await client.send(setup)
                assert await client.receive() == {"setupComplete": {}}
                await client.say("Hello")
                second_messages[name] = await client.receive()
    assert "sessionResumptionUpdate" in second_messages["newest"]
    assert "inlineData" in repr(second_messages["old"])
    assert "thought" in repr(second_messages["any"])


async def test_a_scenario_that_is_not_there_closes_with_words_that_say_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "one.yaml"
    file.write_text("scenario: first\notherwise: [{say: One}]\n", encoding="utf-8")
    async with Emulator(quick(scenario=str(file))) as emulator, connect(ws(emulator) + "?scenario=frist") as connection:
        code, words = await Client(connection).closed()
        with pytest.raises(EmulatorError, match="frist: there is no scenario of this name"):
            emulator.check()
    assert code == 1011
    assert words.startswith("frist: there is no scenario of this name; did you mean 'first'?")
    assert words in caplog.text
    assert "Traceback" not in caplog.text


async def test_first_message_and_keys_and_profile_are_settings() -> None:
    clock = ManualClock()
    settings = quick(first_message=5.0, keys={"good": "valid", "old": "expired"}, profile="2.0")
    async with Emulator(settings, clock=clock, responder=parrot) as emulator:
        assert await talk(emulator, "Hello", ws(emulator) + "?key=good") == "Hello"
        async with connect(ws(emulator) + "?key=old") as connection:
            client = Client(connection)
            await client.send(TEXT_SETUP)
            assert await client.closed() == (1007, "API key expired. Please renew the API key.")
        async with connect(ws(emulator)) as connection:
            await clock.advance(5.1)
            assert (await Client(connection).closed())[0] == 1008


async def test_a_foreign_page_is_turned_away() -> None:
    async with Emulator(quick(allow_origins=("https://app.example",))) as emulator:
        with pytest.raises(InvalidStatus) as caught:
            await connect(ws(emulator), origin="https://evil.example").__aenter__()  # type: ignore[arg-type]
        assert caught.value.response.status_code == 403
        async with connect(ws(emulator), origin="https://app.example"):  # type: ignore[arg-type]
            pass


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(port=0, profile="9.9"), "profile '9.9' is none of"),
        (Settings(port=0, voice="choir"), "choir"),
        (Settings(port=0, scenario="nowhere.yaml"), "nowhere.yaml"),
    ],
)
async def test_what_cannot_work_fails_at_the_start(settings: Settings, words: str) -> None:
    emulator = Emulator(settings)
    with pytest.raises(EmulatorError, match=words):
        await emulator.start()
    await emulator.stop()


async def test_a_taken_port_is_an_error_that_says_so() -> None:
    async with Emulator(quick()) as emulator:
        with pytest.raises(EmulatorError, match=f"port {emulator.port}"):
            await Emulator(Settings(port=emulator.port)).start()
        with pytest.raises(RuntimeError, match="is running"):
            await emulator.start()


async def test_it_can_be_started_again() -> None:
    emulator = Emulator(quick(), responder=parrot)
    for _ in range(2):
        async with emulator:
            assert await talk(emulator, "Hello") == "Hello"


@pytest.mark.parametrize(("host", "url"), [("0.0.0.0", "http://127.0.0.1:0"), ("::1", "http://[::1]:0")])
def test_the_address_is_one_that_a_client_here_can_use(host: str, url: str) -> None:
    assert Emulator(Settings(host=host)).url == url


async def test_models_are_listed_on_the_same_port() -> None:
    async with Emulator(quick()) as emulator:
        reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
        writer.write(b"GET /v1beta/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert TEXT_MODEL.encode() in answer


async def test_a_socket_that_listens_already_is_served_as_well_until_the_stop() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    emulator = Emulator(quick())
    with pytest.raises(RuntimeError, match="not running"):
        emulator.also_listen(listening)
    async with emulator:
        emulator.also_listen(listening)
        port = listening.getsockname()[1]
        assert "Hello" in await talk(emulator, "Hello", f"ws://127.0.0.1:{port}{GEMINI}")
        assert "Hello" in await talk(emulator, "Hello")
    assert listening.fileno() == -1
