"""Sessions, events and waiting over HTTP: what a test in any language looks at."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from live_server import AUDIO_MODEL, TEXT_SETUP, Client
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server.control import events
from gemlive_emulator.server.control.entrance import PREFIX
from gemlive_emulator.wire.tape import read

LIVE = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


@asynccontextmanager
async def serving(**settings: Any) -> AsyncIterator[tuple[Emulator, httpx.AsyncClient]]:
    chosen = Settings(port=0, voice="formant", pace="at-once", recogniser="off", **settings)
    async with Emulator(chosen) as emulator, httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http:
        yield emulator, http


@asynccontextmanager
async def client_of(emulator: Emulator, setup: dict[str, Any] = TEXT_SETUP) -> AsyncIterator[Client]:
    async with connect(emulator.url.replace("http", "ws", 1) + LIVE) as connection:
        client = Client(connection)
        await client.send(setup)
        await client.receive()
        yield client


async def conversation(emulator: Emulator, client: Client) -> None:
    emulator.when(text="lights").call("light").say("It is {result.state}.")
    await client.say("The lights, please")
    message: dict[str, Any] = {}
    while "toolCall" not in message:
        message = await client.receive()
    call = message["toolCall"]["functionCalls"][0]
    answer = {"id": call["id"], "name": "light", "response": {"state": "on"}}
    await client.send({"toolResponse": {"functionResponses": [answer]}})
    await client.turn()


WITH_LIGHT = {"setup": {**TEXT_SETUP["setup"], "tools": [{"functionDeclarations": [{"name": "light"}]}]}}


async def test_a_session_is_told() -> None:
    async with serving() as (emulator, http), client_of(emulator, WITH_LIGHT) as client:
        await conversation(emulator, client)
        told = (await http.get(f"{PREFIX}/sessions/only")).json()
        (call,) = told["turns"][0]["calls"]
        assert (call["name"], call["args"], call["responses"]) == ("light", {}, [{"state": "on"}])
        assert (told["name"], told["connection"]) == (emulator.session.name, 1)
        assert told["heard"] == ["The lights, please"]
        assert "".join(turn["said"] for turn in told["turns"]) == "It is on."
        assert told["turns"][-1]["complete"]
        assert told["setup"] == WITH_LIGHT["setup"]
        assert told["closed"] is None
        assert (await http.get(f"{PREFIX}/sessions")).json() == {"sessions": [told]}
        by_name = await http.get(f"{PREFIX}/sessions/{told['name']}")
        assert (await http.get(f"{PREFIX}/sessions/last")).json() == by_name.json() == told


async def test_a_session_that_is_not_there() -> None:
    async with serving() as (_, http):
        for name, words in (("abc", "no session 'abc' is kept"), ("only", "0 sessions are kept, not one")):
            answer = await http.get(f"{PREFIX}/sessions/{name}")
            assert answer.status_code == 404
            assert answer.json()["error"]["message"] == words
        assert (await http.get(f"{PREFIX}/sessions/last/messages")).status_code == 404


async def test_messages_are_told_and_chosen() -> None:
    async with serving() as (emulator, http), client_of(emulator, WITH_LIGHT) as client:
        await conversation(emulator, client)
        path = f"{PREFIX}/sessions/only/messages"
        everything = (await http.get(path)).json()["messages"]
        assert [one["kind"] for one in everything[:3]] == ["setup", "setupComplete", "clientContent"]
        sent = (await http.get(path, params={"side": "client"})).json()["messages"]
        assert [one["kind"] for one in sent] == ["setup", "clientContent", "toolResponse"]
        (response,) = (await http.get(path, params={"kind": "toolResponse"})).json()["messages"]
        assert response["body"]["toolResponse"]["functionResponses"][0]["response"] == {"state": "on"}


async def test_the_recording_and_the_account() -> None:
    async with serving() as (emulator, http), client_of(emulator) as client:
        await client.say("Hello")
        await client.turn()
        recording = await http.get(f"{PREFIX}/sessions/only/recording")
        assert recording.headers["content-type"].startswith("application/jsonl")
        assert read(recording.text.splitlines()).taped[0].message == TEXT_SETUP
        account = await http.get(f"{PREFIX}/sessions/only/account")
        assert account.headers["content-type"].startswith("text/plain")
        assert "client > " in account.text


async def test_sound_is_given_as_a_file_if_it_is_kept() -> None:
    async with (
        serving(keep="all") as (emulator, http),
        client_of(emulator, {"setup": {"model": AUDIO_MODEL}}) as client,
    ):
        await client.say("Hello")
        await client.turn()
        audio = await http.get(f"{PREFIX}/sessions/only/audio")
        assert audio.content == emulator.session.audio.to_wav()
        assert audio.headers["x-sha256"] == emulator.session.audio.sha256
        sent = await http.get(f"{PREFIX}/sessions/only/audio", params={"side": "client"})
        assert len(sent.content) == 44
        for rate in (16000, 24000):
            blob = {"mimeType": f"audio/pcm;rate={rate}", "data": "AAAA"}
            await client.send({"realtimeInput": {"audio": blob}})
            await emulator.wait_for("message", has="realtimeInput")
        changed = await http.get(f"{PREFIX}/sessions/only/audio", params={"side": "client"})
        assert changed.status_code == 409
        assert changed.json()["error"]["message"] == "the rate of the sound changes: 16000, 24000 Hz"
    async with serving() as (emulator, http), client_of(emulator):
        answer = await http.get(f"{PREFIX}/sessions/only/audio")
        assert answer.status_code == 409
        assert "keep all" in answer.json()["error"]["right"]


async def test_events_are_told_and_chosen() -> None:
    async with serving() as (emulator, http), client_of(emulator) as client:
        await client.say("Hello")
        await client.turn()
        everything = (await http.get(f"{PREFIX}/events")).json()["events"]
        assert [one["kind"] for one in everything[:3]] == ["message", "setup", "message"]
        assert everything[-1]["kind"] == "turn_complete"
        number = everything[2]["number"]
        later = (await http.get(f"{PREFIX}/events", params={"after": number})).json()["events"]
        assert later == everything[3:]
        said = (await http.get(f"{PREFIX}/events", params={"kind": "said", "session": emulator.session.name})).json()
        assert [one["details"]["spoken"] for one in said["events"]] == [False]
        assert (await http.get(f"{PREFIX}/events", params={"session": "another"})).json() == {"events": []}
        wrong = await http.get(f"{PREFIX}/events", params={"after": "x"})
        assert wrong.status_code == 400


async def test_waiting_ends_when_it_happens_or_says_what_came_instead() -> None:
    async with serving() as (emulator, http), client_of(emulator, WITH_LIGHT) as client:
        wish = {"kind": "tool_response", "fields": {"name": "light", "response": {"state": "on"}}}
        waiting = asyncio.get_running_loop().create_task(http.post(f"{PREFIX}/wait", json=wish))
        await conversation(emulator, client)
        answer = (await waiting).json()
        assert answer["happened"]
        assert answer["instead"] is None
        assert answer["event"]["session"] == emulator.session.name
        again = {**wish, "after": answer["event"]["number"], "timeout": 0}
        told = (await http.post(f"{PREFIX}/wait", json=again)).json()
        assert (told["happened"], told["event"]) == (False, None)
        assert told["instead"].startswith(
            "tool_response(name='light', response=state='on') has not happened within 0 s"
        )
        wrong = await http.post(f"{PREFIX}/wait", json={"kind": "interupted"})
        assert wrong.status_code == 400


async def test_what_happens_is_watched() -> None:
    async with serving() as (emulator, http), client_of(emulator) as client:
        before = list(emulator.journal.since(0))
        query = {"kind": "said"}
        async with http.stream("GET", f"{PREFIX}/events/stream", params=query) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.aiter_lines()
            assert (await anext(lines)).startswith(":")
            await client.say("Hello")
            await client.turn()
            seen = [line async for line in taken(lines, 4)]
        assert seen[0] == ""
        assert int(seen[1].removeprefix("id: ")) > before[-1][1].number
        assert seen[2] == "event: said"
        assert json.loads(seen[3].removeprefix("data: "))["details"]["spoken"] is False
        header = {"Last-Event-ID": "0"}
        async with http.stream("GET", f"{PREFIX}/events/stream", headers=header) as stream:
            seen = [line async for line in taken(stream.aiter_lines(), 4)]
        assert seen[3] == "event: message"


async def taken(lines: AsyncIterator[str], often: int) -> AsyncIterator[str]:
    for _ in range(often):
        yield await anext(lines)


async def test_who_watches_and_does_not_read_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_UNREAD", 2)
    async with serving() as (emulator, _), client_of(emulator) as client:
        stream = events._watched(emulator, 0, None, "said")
        assert (await anext(stream)).startswith(":")
        reading = asyncio.get_running_loop().create_task(anext(stream))
        for _ in range(5):
            await client.say("Hello")
            await client.turn()
        assert (await reading).startswith("id: ")
        assert len([one async for one in stream]) >= 1


async def test_what_happens_while_the_past_is_told_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BREATH", 0.05)
    emulator = Emulator()
    page = emulator.journal.open("one", 0.0)
    page.note(0.0, "go_away", time_left=0)
    stream = events._watched(emulator, 0, None, None)
    assert (await anext(stream)).startswith(":")
    page.note(1.0, "go_away", time_left=1)
    told = [await anext(stream) for _ in range(3)]
    assert [one.splitlines()[0] for one in told] == ["id: 1", "id: 2", ": nothing new"]
    await stream.aclose()
    assert emulator.journal._watchers == []


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("kind", ["wait", "watch"])
async def test_who_waits_or_watches_and_leaves_leaves_nothing(
    kind: str, lost: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(events, "BREATH", 0.01)
    async with serving() as (emulator, http):
        watchers = emulator.journal._watchers
        _, line = await asyncio.open_connection("127.0.0.1", emulator.port)
        body = b'{"kind": "setup", "timeout": 300}' if kind == "wait" else b""
        first = b"POST %s/wait" if kind == "wait" else b"GET %s/events/stream"
        head = b"%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        line.write(head % (first % PREFIX.encode(), len(body)) + body)
        while not watchers:
            await http.get(PREFIX + "/health")
        if lost:
            line.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.close()
        while watchers:
            await http.get(PREFIX + "/health")
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


async def test_a_body_that_does_not_come_to_its_end_is_no_failure_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as (_, http):
        _, line = await asyncio.open_connection("127.0.0.1", http.base_url.port)
        head = f"POST {PREFIX}/wait HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        line.write(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        await line.drain()
        await http.get(PREFIX + "/health")
        line.close()
        await http.get(PREFIX + "/health")
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


async def test_an_expression_that_would_hang_is_found_at_once() -> None:
    async with serving() as (emulator, http), client_of(emulator) as client:
        emulator.otherwise().say("a" * 4000 + "!")
        await client.say("Hello")
        await client.turn()
        path = f"{PREFIX}/sessions/only/verify"
        assert (await http.post(path, json={"said": "/(a+)+$/"})).json()["ok"] is False
        assert (await http.post(path, json={"said": "/^(A+)+!$/i"})).json()["ok"] is True


async def test_half_a_surrogate_pair_is_told_as_it_is() -> None:
    async with serving() as (emulator, http):
        page = emulator.journal.open("one", 0.0)
        page.note(0.0, "said", text="\ud800", spoken=False)
        for path in ("/events", "/sessions", "/sessions/only/account", "/sessions/only/recording"):
            answer = await http.get(PREFIX + path)
            assert answer.status_code == 200, answer.text


async def test_watching_ends_with_the_emulator() -> None:
    async with serving() as (emulator, http), http.stream("GET", f"{PREFIX}/events/stream") as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        await emulator.stop()
        with pytest.raises(httpx.RemoteProtocolError):
            [line async for line in lines]


@pytest.mark.parametrize(
    "course",
    [
        {},
        {"said": "It is on.", "heard": "/LIGHTS/i", "open": True},
        {"called": [{"name": "light", "times": 1, "response": {"state": "on"}}], "notCalled": ["door"]},
        {"sent": [{"kind": "toolResponse"}], "received": [{"kind": "toolCall", "times": 1}]},
        {"order": ["setup", "setupComplete", "toolCall", "toolResponse"]},
        {"interrupted": {"times": 0}, "notSent": ["realtimeInput"]},
    ],
)
async def test_a_session_that_went_as_it_should(course: dict[str, Any]) -> None:
    async with serving() as (emulator, http), client_of(emulator, WITH_LIGHT) as client:
        await conversation(emulator, client)
        answer = await http.post(f"{PREFIX}/sessions/only/verify", json=course)
        assert answer.json() == {"ok": True, "wrong": []}


@pytest.mark.parametrize(
    ("course", "words"),
    [
        ({"said": "No."}, "wanted that the model said 'No.'"),
        ({"called": [{"name": "door", "args": {"open": True}}]}, "wanted a call of door(open=True)"),
        ({"called": [{"name": "light", "response": {"state": "off"}}]}, "wanted one answer to a call of light"),
        ({"notCalled": ["light"]}, "wanted no call of light"),
        ({"sent": [{"kind": "clientContent", "fields": {"turnComplete": False}}]}, "wanted that the client sent"),
        ({"notSent": ["toolResponse"]}, "wanted that the client sent no toolResponse"),
        ({"received": [{"kind": "goAway"}]}, "wanted that the client was sent goAway"),
        ({"order": ["toolResponse", "toolCall"]}, "toolCall did not come where it had to"),
        ({"interrupted": {"heardMs": 100}}, "wanted an interruption with heard_ms 100"),
        ({"closed": {"code": 1011, "words": "/deadline/i"}}, "wanted an end with 1011 /deadline/"),
    ],
)
async def test_a_session_that_did_not(course: dict[str, Any], words: str) -> None:
    async with serving() as (emulator, http), client_of(emulator, WITH_LIGHT) as client:
        await conversation(emulator, client)
        told = (await http.post(f"{PREFIX}/sessions/only/verify", json=course)).json()
        assert not told["ok"]
        (wrong,) = told["wrong"]
        assert words in wrong


async def test_an_expression_that_is_none() -> None:
    async with serving() as (emulator, http), client_of(emulator):
        answer = await http.post(f"{PREFIX}/sessions/only/verify", json={"said": "/(/"})
        assert answer.status_code == 400
        assert "is no expression that can be used" in answer.json()["error"]["message"]
        never = {"called": [{"name": "light", "times": 0}]}
        assert (await http.post(f"{PREFIX}/sessions/only/verify", json=never)).status_code == 400
