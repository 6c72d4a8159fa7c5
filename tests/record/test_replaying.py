"""Recordings that an emulator plays: to raw clients and to google-genai, with failures that reach the test."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import types
from recorded_desk import PATH, SETUP, quick, recording, said, talking
from tapes import DONE, GREETING, READY, client, closed, says, server, sound, tape, typed
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from gemlive_emulator import Emulator, Replay
from gemlive_emulator.record.shelf import create, listed, load, make_folder
from gemlive_emulator.scenario.errors import ScriptError
from gemlive_emulator.server.tls import Certificates
from gemlive_emulator.wire.errors import EmulatorError
from gemlive_emulator.wire.tape import Tape, lines, without_sound


def shelved(folder: Path, recorded: Tape, name: str = "call.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(lines(recorded)), encoding="utf-8")
    return path


async def test_a_recording_is_played_to_a_client(tmp_path: Path) -> None:
    replay = Replay(shelved(tmp_path, GREETING), quick(), at_once=True)
    async with replay as emulator, talking(emulator.url) as talker:
        assert await talker.say("Hello") == [says("Hello there!"), DONE]
        assert await talker.say("Bye") == [says("Goodbye!"), DONE]


async def test_the_time_is_that_of_the_recording(tmp_path: Path) -> None:
    async with Replay(shelved(tmp_path, GREETING), quick(clock="manual")) as emulator:
        async with connect(emulator.url.replace("http", "ws") + PATH) as socket:
            heard: list[str | bytes] = []

            async def listen() -> None:
                async for message in socket:
                    heard.append(message)  # noqa: PERF401 - the list is looked at meanwhile

            listening = asyncio.get_running_loop().create_task(listen())
            for message, seconds, expected in (
                (SETUP, 0.099, 0),
                (None, 0.001, 1),
                (typed("Hello"), 0.51, 2),
                (None, 0.11, 3),
            ):
                if message is not None:
                    await socket.send(json.dumps(message))
                    await emulator.advance()
                await emulator.advance(seconds)
                assert len(heard) == expected
            await socket.send(json.dumps(typed("Bye")))
            await emulator.advance(60)
            listening.cancel()
        assert [json.loads(one) for one in heard[:2]] == [READY, says("Hello there!")]


async def test_a_client_that_does_something_else_is_closed_and_the_test_fails(tmp_path: Path) -> None:
    emulator = Replay(shelved(tmp_path, GREETING), quick())
    await emulator.start()
    async with talking(emulator.url) as talker:
        await talker.send(typed("Hi"))
        with pytest.raises(ConnectionClosed) as ended:
            await talker.receive()
    await emulator.stop()
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1011
    assert ended.value.rcvd.reason.startswith(
        'Recording message 2: expected clientContent "Hello", got clientContent "Hi"'
    )
    with pytest.raises(ScriptError, match='is "Hi", not "Hello"'):
        emulator.check()


async def test_what_never_came_fails_the_test(tmp_path: Path) -> None:
    emulator = Replay(shelved(tmp_path, GREETING), quick(), at_once=True)
    await emulator.start()
    async with talking(emulator.url) as talker:
        await talker.say("Hello")
    await emulator.stop()
    with pytest.raises(ScriptError, match='expected clientContent "Bye", which never came'):
        emulator.check()


async def test_where_it_is_only_warned_of_the_log_tells(tmp_path: Path, logged: pytest.LogCaptureFixture) -> None:
    replay = Replay(shelved(tmp_path, GREETING), quick(), at_once=True, check="warn")
    async with replay as emulator, talking(emulator.url) as talker:
        assert await talker.say("Hi") == [says("Hello there!"), DONE]
    assert 'expected clientContent "Hello", got clientContent "Hi"' in logged.text


async def test_each_client_gets_the_next_recording(tmp_path: Path) -> None:
    for name, text in (("b.jsonl", "second"), ("a.jsonl", "first")):
        shelved(tmp_path, tape(client(0, SETUP), server(0, READY), server(0, says(text)), server(0, DONE)), name)
    (tmp_path / "notes.txt").write_text("no recording", encoding="utf-8")
    async with Replay(tmp_path, quick()) as emulator:
        assert emulator.played == (str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl"))
        heard = []
        for _ in range(3):
            async with talking(emulator.url) as talker:
                heard.append(said(await talker.turn()))
        emulator.reset()
        async with talking(emulator.url) as talker:
            heard.append(said(await talker.turn()))
    assert heard == ["first", "second", "first", "first"]


async def test_the_line_can_have_faults(tmp_path: Path) -> None:
    async with Replay(shelved(tmp_path, GREETING), quick(), at_once=True, check="off") as emulator:
        fault = emulator.fault("close", code=1011, reason="cut", at="turn 1")
        async with talking(emulator.url) as talker:
            await talker.send(typed("Hello"))
            with pytest.raises(ConnectionClosed):
                await talker.turn()
        assert fault.struck == 1


async def test_text_frames_are_played_as_such(tmp_path: Path) -> None:
    recorded = tape(client(0, SETUP), server(0, READY, "text"))
    async with (
        Replay(shelved(tmp_path, recorded), quick()) as emulator,
        connect(emulator.url.replace("http", "ws")) as ws,
    ):
        await ws.send(json.dumps(SETUP))
        assert isinstance(await ws.recv(), str)


@pytest.mark.parametrize("code", [1006, 1000])
async def test_the_end_of_the_recording_is_the_end(tmp_path: Path, code: int) -> None:
    recorded = tape(client(0, SETUP), server(0, READY), closed(0, code, "" if code == 1006 else "The end"))
    async with Replay(shelved(tmp_path, recorded), quick()) as emulator, talking(emulator.url) as talker:
        with pytest.raises(ConnectionClosed) as ended:
            await talker.receive()
    assert (ended.value.rcvd is None) == (code == 1006)


async def test_the_journal_tells_of_the_session(tmp_path: Path) -> None:
    async with Replay(shelved(tmp_path, GREETING), quick(), at_once=True, check="off") as emulator:
        async with talking(emulator.url):
            pass
        [record] = emulator.journal.records
    assert record.model == "gemini-2.0-flash-live-001"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no recording\n", "call.jsonl:1: it is no JSON"),
        (b'{"recording": 1}\n{}\n', 'call.jsonl:2: "time" has to be'),
        (b'{"recording": 1, "dropped": 7}\n', "the first 7 messages of this recording were not kept"),
        (b"\xff", "it is not UTF-8"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_name_and_line(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "call.jsonl"
    path.write_bytes(content)
    with pytest.raises(EmulatorError, match=r"docs/errors\.md#") as raised:
        Replay(path)
    assert told in str(raised.value)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match="No such file"):
        load(tmp_path / "none.jsonl")
    with pytest.raises(EmulatorError, match="no file in this folder"):
        list(listed([tmp_path]))
    with pytest.raises(EmulatorError, match="no recording to play"):
        Replay([])
    with pytest.raises(EmulatorError, match="cannot be written"):
        create(tmp_path / "none" / "call.jsonl")
    (tmp_path / "file").touch()
    with pytest.raises(EmulatorError, match="cannot be made"):
        make_folder(tmp_path / "file" / "inside")


async def resuming(url: str) -> list[Any]:
    """A session on two connections: all that a client hears, but for the handle of the second."""
    model = "models/gemini-2.5-flash-native-audio-preview-12-2025"
    heard: list[Any] = []
    handle: dict[str, str] = {}
    for text in ("Hello", "Where were we?"):
        setup = {"setup": {"model": model, "outputAudioTranscription": {}, "sessionResumption": handle}}
        async with talking(url, setup) as talker:
            heard += await talker.say(text)
            update = await talker.receive()
            handle = {"handle": update["sessionResumptionUpdate"]["newHandle"]}
            heard.append(update)
    return heard


async def test_a_session_that_was_resumed_is_resumed_again(tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    async with Emulator(quick()) as service, recording(folder, service) as recorder:
        first = await resuming(recorder.url)
    async with Replay(folder, quick(), at_once=True) as emulator:
        assert await resuming(emulator.url) == first


# google-genai.


def sdk(emulator: Any, **more: Any) -> genai.Client:
    """google-genai, as an application makes it; it dials ``wss``, whatever the scheme."""
    options = types.HttpOptions(base_url=emulator.url, api_version="v1beta")
    return genai.Client(api_key="AIza" + "SyCanary0123456789012345678901234567", http_options=options, **more)


CITY = types.Schema(type=types.Type.OBJECT, properties={"city": types.Schema(type=types.Type.STRING)})
WEATHER = types.Tool(function_declarations=[types.FunctionDeclaration(name="get_weather", parameters=CITY)])


def get_weather(city: str) -> dict[str, str]:
    return {"sky": f"rainy over {city}"}


def get_no_weather(city: str) -> dict[str, str]:
    return {"sky": "broken"}


async def talk(emulator: Any, function: Callable[..., dict[str, str]] = get_weather) -> list[str]:
    """A conversation with a function: what the model says, turn by turn."""
    config = types.LiveConnectConfig(response_modalities=[types.Modality.TEXT], tools=[WEATHER])
    heard = []
    async with sdk(emulator).aio.live.connect(model="gemini-2.0-flash-live-001", config=config) as session:
        for text in ("Hello", "What is the weather?"):
            await session.send_client_content(turns=types.Content(role="user", parts=[types.Part(text=text)]))
            words = ""
            async for message in session.receive():
                words += message.text or "" if message.server_content else ""
                for call in (message.tool_call.function_calls or ()) if message.tool_call else ():
                    assert call.args is not None
                    response = types.FunctionResponse(id=call.id, name=call.name, response=function(**call.args))
                    await session.send_tool_response(function_responses=[response])
            heard.append(words)
    return heard


@pytest.fixture
async def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[str]]:
    """A conversation of google-genai through the proxy, recorded: the file, and what was heard."""
    trusted = await asyncio.to_thread(lambda: Certificates().bundle_file)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    desk = tmp_path / "desk.yaml"
    desk.write_text(
        "rules:\n  - when: {text: weather}\n    then:\n      - call: get_weather\n        args: {city: Oslo}\n"
        '      - say: "It is {result.sky}."\notherwise:\n  - say: "You said: {turn.text}"\n',
        encoding="utf-8",
    )
    async with Emulator(quick(scenario=str(desk))) as service, recording(tmp_path / "calls", service) as recorder:
        heard = await talk(recorder)
        assert heard == ["You said: Hello", "It is rainy over Oslo."]
        [path] = recorder.files
    return path, heard


async def test_what_google_genai_said_through_the_proxy_is_played_to_it_again(call: tuple[Path, list[str]]) -> None:
    path, heard = call
    async with Replay(path, quick(), at_once=True) as emulator:
        assert await talk(emulator) == heard
        assert await talk(emulator) == heard


async def test_another_answer_of_a_function_is_noticed(call: tuple[Path, list[str]]) -> None:
    emulator = Replay(call[0], quick(), at_once=True)
    await emulator.start()
    with pytest.raises(Exception, match="Recording message 4: expected toolResponse"):
        await talk(emulator, get_no_weather)
    await emulator.stop()
    with pytest.raises(ScriptError, match=r"response.sky is \"broken\", not \"rainy over Oslo\""):
        emulator.check()


# What an emulator has kept of a session.


async def test_what_an_emulator_kept_of_a_failing_session_is_played_alone(tmp_path: Path) -> None:
    desk = tmp_path / "desk.yaml"
    desk.write_text(
        "script:\n  - expect: {text: Hello}\n    reply: [{say: Hi.}]\n  - expect: {text: Bye}\n    reply: [{say: Bye.}]\n",
        encoding="utf-8",
    )
    heard: list[Any] = []

    async def misbehave(url: str) -> list[Any]:
        async with talking(url) as talker:
            told = await talker.say("Hello")
            await talker.send(typed("What?"))
            with pytest.raises(ConnectionClosed):
                await talker.receive()
            return [*told, talker.socket.close_code, talker.socket.close_reason]

    emulator = Emulator(quick(scenario=str(desk)))
    await emulator.start()
    heard = await misbehave(emulator.url)
    await emulator.stop()
    with pytest.raises(ScriptError):
        emulator.check()
    [session] = emulator.sessions
    path = session.save_recording(tmp_path / "failed.jsonl")
    async with Replay(path, quick(), at_once=True) as replay:
        assert await misbehave(replay.url) == heard
        [again] = replay.sessions
        assert [one.body for one in again.messages] == [one.body for one in session.messages]


@pytest.mark.parametrize("keep", ["all", "words"])
async def test_a_spoken_session_is_played_with_its_sound_or_with_silence_in_its_place(
    tmp_path: Path, keep: Any
) -> None:
    setup = {"setup": {"model": "models/gemini-2.5-flash-native-audio-preview-12-2025", "outputAudioTranscription": {}}}
    speech = bytes(range(1, 251)) * 128

    async def speak(url: str, cut: int) -> list[Any]:
        async with talking(url, setup) as talker:
            for at in range(0, len(speech), cut):
                await talker.send(sound(speech[at : at + cut]))
            await talker.send(sound(bytes(6400)))
            await talker.send({"realtimeInput": {"audioStreamEnd": True}})
            return await talker.turn()

    async with Emulator(quick(keep=keep)) as emulator:
        emulator.user_says("Tell me something")
        first = await speak(emulator.url, 640)
    [session] = emulator.sessions
    path = session.save_recording(tmp_path / "spoken.jsonl")
    async with Replay(path, quick(), at_once=True) as replay:
        again = await speak(replay.url, 1234)
    assert [_without_octets(one) for one in again] == [_without_octets(one) for one in first]
    assert (again == first) == (keep == "all")


def _without_octets(message: Any) -> str:
    """A message with the length of its sound in place of it."""
    return without_sound(json.dumps(message).encode()).decode()
