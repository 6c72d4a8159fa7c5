"""``docs/control.md``: what it shows is what comes."""

import json
import re

import httpx
import pytest
from blocks import ROOT, blocks
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server.control.app import DOCUMENT_PATH
from gemlive_emulator.server.control.clock import operations
from gemlive_emulator.server.control.entrance import PREFIX

PAGE = ROOT / "docs" / "control.md"
TEXT = PAGE.read_text(encoding="utf-8")
LIVE = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


def test_every_operation_has_a_row_and_every_row_an_operation():
    rows = re.findall(r"^\| `(GET|POST) (/\S+)` \|", TEXT, re.MULTILINE)
    described = {(one.method, one.path) for one in operations(Emulator(Settings(port=0)))}
    assert set(rows) == described | {("GET", DOCUMENT_PATH.removeprefix(PREFIX))}


async def test_the_request_that_is_shown_gives_the_answer_that_is_shown():
    [request] = [block for block in blocks(PAGE, "sh") if block.startswith("curl")]
    found = re.fullmatch(r"curl --json '(.*)' http://127\.0\.0\.1:8765(/\S+)\n", request)
    assert found is not None
    answer, refusal = map(json.loads, blocks(PAGE, "json"))
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        Emulator(Settings(port=0, clock="manual")) as manual,
        Emulator(Settings(port=0)) as real,
        connect(manual.url.replace("http", "ws") + LIVE) as client,
    ):
        await client.send('{"setup": {"model": "models/gemini-2.0-flash-live-001"}}')
        await client.recv()
        told = (await http.post(manual.url + found[2], json=json.loads(found[1]))).json()
        told["ended"][0]["session"] = answer["ended"][0]["session"]
        assert told == answer
        assert (await http.post(real.url + found[2], json=json.loads(found[1]))).json() == refusal


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 409, 413, 415])
def test_each_code_has_a_row(code: int):
    assert re.search(rf"^\| (\d+, )*{code}(, \d+)* \|", TEXT, re.MULTILINE)
