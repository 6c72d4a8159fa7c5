"""An expression that a backtracking engine never finishes: the session that meets it is answered, and so are others.

The server is a process of its own, since an engine that hangs would take the test with it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import TEXT_SETUP, Client, said
from websockets.asyncio.client import connect

SCENARIO = """
rules:
  - when: {text: /^(a+)+$/}
    then: [{say: only a}]
  - when: {text: '/(x+x+)+y|(.*)*(.*)*(.*)*[0]$/'}
    then: [{say: another}]
otherwise: [{say: no rule}]
"""
PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Where the server listens."""
    (tmp_path / "evil.yaml").write_text(SCENARIO)
    options = [
        "serve",
        "--port",
        "0",
        "--pace",
        "at-once",
        "--voice",
        "formant",
        "--scenario",
        str(tmp_path / "evil.yaml"),
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "gemlive_emulator", *options],
        env=os.environ | {"XDG_DATA_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            words = dict(word.split("=", 1) for word in server.stdout.readline().split() if "=" in word)
            yield words["url"].replace("http", "ws", 1) + PATH
        finally:
            server.kill()


@pytest.mark.parametrize("evil", ["a" * 4_000 + "!", "a" * 500_000, "x" * 4_095, "ax" * 40_000])
async def test_no_text_and_no_expression_holds_up_another_session(url: str, evil: str):
    async with connect(url, max_size=None) as attacking, connect(url) as waiting:
        attacker, victim = Client(attacking), Client(waiting)
        for client in (attacker, victim):
            await client.send(TEXT_SETUP)
            assert "setupComplete" in await client.receive()
        await attacker.say(evil)
        await victim.say("Hello")
        assert said(await victim.turn()) == "no rule"
        assert said(await attacker.turn()) in ("no rule", "only a")
