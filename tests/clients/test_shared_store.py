"""Two emulators with one Redis server behind them, as Google's SDKs see them: quotas, tokens, and one that is killed."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from emulators import APPS, COMMAND, PATIENCE, Serving, emulator_environment, finished, serving, started
from environments import Environments
from websockets.sync.client import connect

from gemlive_emulator.cli.control import asked
from redis_servers import RedisServer

pytestmark = pytest.mark.clients

MODEL = "gemini-2.0-flash-live-001"
LIVE = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
QUOTA = "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: h"
SETUP = {"setup": {"model": f"models/{MODEL}", "generationConfig": {"responseModalities": ["TEXT"]}}}


@contextmanager
def doomed(folder: Path, *options: str) -> Iterator[Serving]:
    """An emulator that a test kills."""
    log = folder / "doomed.log"
    command = [*COMMAND, "serve", "--port", "0", *options]
    with log.open("w") as stderr, started(command, emulator_environment(folder), stderr=stderr) as process:
        assert process.stdout is not None
        told = dict(word.split("=", 1) for word in process.stdout.readline().split()[2:])
        yield Serving(process, told["url"], int(told["port"]), folder, log)


@pytest.fixture
def both(redis_server: RedisServer, tmp_path: Path) -> Iterator[tuple[Serving, Serving]]:
    """One that may be killed, and one whose time is moved by hand."""
    words = ("--pace", "at-once", "--store", redis_server.url, "--sessions-per-key", "3")
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    with doomed(here, *words) as first, serving(there, *words, "--clock", "manual") as second:
        yield first, second


class Python:
    """google-genai against one emulator."""

    def __init__(self, environments: Environments, emulator: Serving, key: str) -> None:
        self._command = [str(environments.python("3.4.0").python), "-W", "ignore", str(APPS / "tokens.py")]
        self._environment = {**emulator.environment(), "GOOGLE_API_KEY": key, "GEMINI_API_KEY": key}

    def lines(self, *words: str) -> list[tuple[str, object]]:
        """What the program printed."""
        done = finished([*self._command, *words], self._environment)
        return [pair for line in done.lines for pair in line.items()]


@contextmanager
def held(emulator: Serving, key: str) -> Iterator[None]:
    """A session that stays open."""
    with connect(f"ws://127.0.0.1:{emulator.port}{LIVE}?key={key}", proxy=None) as connection:
        connection.send(json.dumps(SETUP))
        assert b"setupComplete" in connection.recv(PATIENCE, decode=False)
        yield


def refusal(words: str) -> tuple[str, object]:
    """How google-genai tells of a close with 1011."""
    return "refused", {"type": "APIError", "code": 1011, "words": words}


def test_a_fourth_session_is_refused_at_the_other_until_the_one_that_has_three_is_killed(
    environments: Environments, both: tuple[Serving, Serving]
) -> None:
    here, there = both
    app = Python(environments, there, "key-of-three")
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(held(here, "key-of-three"))
        assert app.lines("open", MODEL, "1") == [refusal(QUOTA)]
        here.process.send_signal(signal.SIGKILL)
        here.process.wait(PATIENCE)
        assert app.lines("open", MODEL, "1") == [refusal(QUOTA)], "not at once"
        asked(there.url, "POST", "/clock/advance", {"seconds": 60}, token=None)
        opened = [("opened", number) for number in (1, 2, 3)]
        assert app.lines("open", MODEL, "4") == [*opened, refusal(QUOTA)]


def test_a_token_made_at_one_is_used_at_the_other_and_spent_at_both(
    environments: Environments, both: tuple[Serving, Serving]
) -> None:
    here, there = both
    [(outcome, name)] = Python(environments, here, "key-of-tokens").lines("make", json.dumps({"uses": 1}))
    assert outcome == "made"
    assert Python(environments, there, str(name)).lines("open", MODEL, "1") == [("opened", 1)]
    for emulator in both:
        spent = Python(environments, emulator, str(name)).lines("open", MODEL, "1")
        assert spent == [refusal("Token has been used too many times")]
