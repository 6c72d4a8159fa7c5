"""``docs/control.md``: what it shows is what comes."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, get_args

import httpx
import pytest
from blocks import ROOT, blocks
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server.control.app import DOCUMENT_PATH
from gemlive_emulator.server.control.entrance import PREFIX
from gemlive_emulator.server.control.table import operations
from gemlive_emulator.server.entries import Kind

PAGE = ROOT / "docs" / "control.md"
TEXT = PAGE.read_text(encoding="utf-8")
MODEL = "models/gemini-2.0-flash-live-001"
LIVE = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


def test_every_operation_has_a_row_and_every_row_an_operation():
    rows = re.findall(r"^\| `(GET|POST) (/\S+)` \|", TEXT, re.MULTILINE)
    described = {(one.method, one.path) for one in operations(Emulator(Settings(port=0)))}
    assert set(rows) == described | {("GET", DOCUMENT_PATH.removeprefix(PREFIX))}


CURL = re.compile(
    r"^curl --json '(?P<body>.*)' (?:http://127\.0\.0\.1:8765/emulator/v1|\$api)(?P<path>/\S+)$", re.MULTILINE
)


def requests(containing: str) -> list[tuple[str, Any]]:
    """Path and body of each request in the one block of shell lines that has this text."""
    [block] = [block for block in blocks(PAGE, "sh") if containing in block]
    found = [(PREFIX + line["path"], json.loads(line["body"])) for line in CURL.finditer(block)]
    assert len(found) == block.count("curl ")
    return found


def shown(containing: str) -> Any:
    """The one answer on the page that has this text."""
    [block] = [block for block in blocks(PAGE, "json") if containing in block]
    return json.loads(block)


async def opened(client: ClientConnection) -> None:
    """Send a setup."""
    config = {"responseModalities": ["TEXT"]}
    await client.send(json.dumps({"setup": {"model": MODEL, "generationConfig": config}}))
    await client.recv()


async def test_the_request_that_is_shown_gives_the_answer_that_is_shown():
    [(path, body)] = requests("minutes")
    answer, refusal = shown("happened"), shown("runs by itself")
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        Emulator(Settings(port=0, clock="manual")) as manual,
        Emulator(Settings(port=0)) as real,
        connect(manual.url.replace("http", "ws") + LIVE) as client,
    ):
        await opened(client)
        told = (await http.post(manual.url + path, json=body)).json()
        told["ended"][0]["session"] = answer["ended"][0]["session"]
        assert told == answer
        assert (await http.post(real.url + path, json=body)).json() == refusal


async def test_a_scenario_that_is_wrong_is_told_what_is_shown():
    [(path, body)] = requests("txt: hello")
    async with httpx.AsyncClient(trust_env=False) as http, Emulator(Settings(port=0)) as emulator:
        assert (await http.post(emulator.url + path, json=body)).json() == shown("desk.yaml")


async def test_the_requests_on_a_session_do_what_is_said():
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        Emulator(Settings(port=0, clock="manual")) as emulator,
        connect(emulator.url.replace("http", "ws") + LIVE) as client,
    ):
        await opened(client)
        answers = []
        for path, body in requests("$api"):
            response = await http.post(emulator.url + path, json=body)
            assert response.status_code == 200, response.text
            await emulator.advance(0.25)
            answers.append(response.json())
        assert answers[0]["rules"] == [{"place": "POST /rules", "when": 'the text contains "weather"', "answered": 0}]
        assert answers[2]["interrupted"]
        assert answers[-1]["wrong"] == ["POST /sessions/only/faults, fault 1: the fault 'close' at turn 1 never struck"]
        await emulator.advance(5)
        assert (await http.post(emulator.url + path, json=body)).json() == {"ok": True, "wrong": []}
        messages = [json.loads(message) async for message in until_closed(client)]
        assert {"goAway": {"timeLeft": "5s"}} in messages
        assert any("interrupted" in message.get("serverContent", {}) for message in messages)
        assert client.close_code == 1011


async def until_closed(client: ClientConnection) -> AsyncIterator[str | bytes]:
    """All messages until the server closes, however it does."""
    with suppress(ConnectionClosedError):
        async for message in client:
            yield message


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 409, 413, 415])
def test_each_code_has_a_row(code: int):
    assert re.search(rf"^\| (\d+, )*{code}(, \d+)* \|", TEXT, re.MULTILINE)


async def test_what_happened_is_waited_for_and_vouched_for():
    (waited, wish), (verified, course) = requests("/wait")
    async with (
        Emulator(Settings(port=0, pace="at-once")) as emulator,
        httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http,
        connect(emulator.url.replace("http", "ws", 1) + LIVE) as client,
    ):
        emulator.otherwise().say("It is raining.")
        await opened(client)
        turn = {"role": "user", "parts": [{"text": "How is the weather?"}]}
        await client.send(json.dumps({"clientContent": {"turns": [turn], "turnComplete": True}}))
        assert (await http.post(waited, json=wish)).json()["event"]["details"]["text"] == "It is raining."
        assert (await http.post(verified, json=course)).json() == {"ok": True, "wrong": []}


def test_all_kinds_of_events_are_named():
    for kind in get_args(Kind):
        assert f"`{kind}`" in TEXT.partition("The kinds of events are")[2].partition("```")[0]
