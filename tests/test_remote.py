"""The client for emulators that run elsewhere, against one in a thread of its own."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.remote import RemoteEmulator, RemoteError
from gemlive_emulator.server.hosting import Hosted

LIVE = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
SETUP = {
    "model": "models/gemini-2.0-flash-live-001",
    "generationConfig": {"responseModalities": ["TEXT"]},
    "tools": [{"functionDeclarations": [{"name": "light"}]}],
}


@pytest.fixture
def emulator() -> Iterator[Hosted]:
    settings = Settings(port=0, voice="formant", pace="at-once", clock="manual")
    with Emulator(settings) as emulator:
        yield emulator
        emulator.reset()


@pytest.fixture
def remote(emulator: Hosted) -> RemoteEmulator:
    return RemoteEmulator(emulator.url)


@pytest.fixture
def client(emulator: Hosted) -> Iterator[ClientConnection]:
    with connect(emulator.url.replace("http", "ws", 1) + LIVE) as connection:
        connection.send(json.dumps({"setup": SETUP}))
        connection.recv(timeout=5)
        yield connection


def say(client: ClientConnection, text: str) -> None:
    turn = {"role": "user", "parts": [{"text": text}]}
    client.send(json.dumps({"clientContent": {"turns": [turn], "turnComplete": True}}))


def test_what_the_model_says_is_told_and_looked_at(remote: RemoteEmulator, client: ClientConnection) -> None:
    remote.when([{"call": "light", "args": {}}, {"say": "It is {result.state}."}], text="light")
    remote.otherwise([{"say": "Pardon?"}])
    say(client, "Hello")
    assert remote.wait_for("said")["details"]["text"] == "Pardon?"
    say(client, "The light, please")
    call = remote.wait_for("tool_calls", name="light")["details"]["calls"][0]
    answer = {"id": call["id"], "name": "light", "response": {"state": "on"}}
    client.send(json.dumps({"toolResponse": {"functionResponses": [answer]}}))
    assert remote.wait_for("said")["details"]["text"] == "It is on."
    assert [turn["said"] for turn in remote.session()["turns"]] == ["Pardon?", "It is on."]
    remote.verify(said="/^It is/", called=[{"name": "light", "response": {"state": "on"}}])
    with pytest.raises(AssertionError, match="wanted that the model said 'No'"):
        remote.verify("last", said="No")
    assert remote.get("/sessions/only/messages", kind="setup")["messages"][0]["body"]["setup"] == SETUP
    assert remote.get("/sessions/only/recording").startswith(b'{"recording":1')
    remote.check()


def test_what_does_not_come_is_told(remote: RemoteEmulator, client: ClientConnection) -> None:
    remote.wait_for("setup")
    with pytest.raises(AssertionError, match="setup has not happened within 0 s; this has"):
        remote.wait_for("setup", timeout=0)


def test_what_was_found_is_not_asked_for_again(
    remote: RemoteEmulator, emulator: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = emulator.journal.open("one", 0.0)
    for number in range(5):
        page.note(float(number), "go_away", time_left=number)
    asked: list[str] = []
    post = remote.post
    monkeypatch.setattr(remote, "post", lambda path, body: asked.append(path) or post(path, body))
    assert [remote.wait_for("go_away")["details"]["time_left"] for _ in range(5)] == [0, 1, 2, 3, 4]
    assert len(asked) == 5


def test_time_faults_and_open_sessions(remote: RemoteEmulator, client: ClientConnection) -> None:
    remote.act("go-away", {"timeLeft": "5s"})
    assert json.loads(client.recv(timeout=5)) == {"goAway": {"timeLeft": "5s"}}
    remote.fault({"stall": "2s", "at": "text"})
    with pytest.raises(AssertionError, match="stall"):
        remote.check()
    assert remote.advance(minutes=10)["ended"][0]["code"] == 1011
    remote.reset()
    remote.check()


def test_scenarios_scripts_and_speech(remote: RemoteEmulator, emulator: Hosted) -> None:
    remote.load("scenario: desk\nrules: [{when: {text: open}, then: [{say: From nine.}]}]", "desk.yaml")
    remote.script({"expect": {"text": "Hello"}, "reply": [{"say": "Hello there!"}]}, connection=7)
    remote.user_says("Good morning")
    assert [one["name"] for one in remote.get("/scenario")["scenarios"]] == ["desk"]
    with pytest.raises(AssertionError, match="no session began this script"):
        remote.check()
    with pytest.raises(RemoteError) as refused:
        remote.load("rules: [{wen: 1}]")
    assert refused.value.status == 400
    assert "wen" in refused.value.wrong
    assert "when" in str(refused.value)


def test_what_happens_is_watched_until_the_emulator_ends(remote: RemoteEmulator, emulator: Hosted) -> None:
    seen: list[Any] = []

    def watch() -> None:
        seen.extend(event["kind"] for event in remote.events())

    watcher = threading.Thread(target=watch)
    with connect(emulator.url.replace("http", "ws", 1) + LIVE) as connection:
        connection.send(json.dumps({"setup": SETUP}))
        watcher.start()
        connection.recv(timeout=5)
    emulator.wait_for("close")
    number = remote.get("/events", kind="close")["events"][0]["number"]
    assert next(remote.events(number - 1))["kind"] == "close"
    emulator.emulator.reset()
    emulator.stop()
    watcher.join()
    assert seen[:2] == ["message", "setup"]


def test_the_address_comes_from_the_environment(emulator: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", emulator.url)
    assert RemoteEmulator().get("/health")["status"] == "ok"
    monkeypatch.delenv("GOOGLE_GEMINI_BASE_URL")
    with pytest.raises(RemoteError, match="it has to be like"):
        RemoteEmulator()


def test_the_token_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    token = "a-token-of-16-characters"
    with Emulator(Settings(port=0, voice="formant", control_token=token)) as emulator:
        with pytest.raises(RemoteError, match="this emulator wants a token") as refused:
            RemoteEmulator(emulator.url).get("/health")
        assert refused.value.status == 401
        assert RemoteEmulator(emulator.url, token).get("/health")["status"] == "ok"
        monkeypatch.setenv("GEMLIVE_EMULATOR_CONTROL_TOKEN", token)
        assert RemoteEmulator(emulator.url).get("/health")["status"] == "ok"


def test_nobody_and_somebody_else_are_told_apart(emulator: Hosted) -> None:
    remote = RemoteEmulator(emulator.url)
    emulator.stop()
    with pytest.raises(RemoteError, match="nothing answers at"):
        remote.get("/health")

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        thread = threading.Thread(target=other.handle_request)
        thread.start()
        with pytest.raises(RemoteError, match="is no emulator"):
            RemoteEmulator(f"http://127.0.0.1:{other.server_port}").get("/health")
        thread.join()
