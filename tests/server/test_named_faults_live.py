"""Failures by name on a socket: from a file, from a test, from within a reply, and from the URL."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from live_server import TEXT_MODEL, Client, said
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gemlive_emulator.scenario.errors import ScriptError
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn

UNAVAILABLE = (1011, "The service is currently unavailable.")
DEADLINE = (1011, "Deadline expired before operation could complete.")


def emulator(folder: Path, scenario: str = "", **how: Any) -> Emulator:
    file = folder / "named.yaml"
    file.write_text(scenario, encoding="utf-8")
    return Emulator(Settings(port=0, pace="at-once", scenario=str(file) if scenario else None), **how)


@asynccontextmanager
async def client(running: Emulator, query: str = "", **setup: Any) -> AsyncIterator[Client]:
    async with connect(f"ws://127.0.0.1:{running.port}/ws?{query}", compression=None) as connection:
        one = Client(connection)
        modality = {"responseModalities": ["TEXT"]}
        await one.send({"setup": {"model": TEXT_MODEL, "generationConfig": modality, **setup}})
        yield one


async def seen(running: Emulator, turns: int = 2, query: str = "") -> list[Any]:
    """The text of each answer, and how the connection was closed if it was."""
    told: list[Any] = []
    try:
        async with client(running, query) as one:
            assert "setupComplete" in await one.receive()
            for _ in range(turns):
                await one.say("capital of France")
                told.append(said(await one.turn()))
    except ConnectionClosed as closed:
        told.append((closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else 1006)
    return told


PARIS = "The capital of France is **Paris**.\n"


async def test_in_a_file(tmp_path: Path) -> None:
    told = "faults: [{named: empty-turn, connection: 1}, {named: service-unavailable, at: turn 2, connection: 2}]"
    async with emulator(tmp_path, told) as running:
        first, second = await seen(running), await seen(running)
        assert running.faults.unused == []
    assert (first[0], second[1:]) == ("", [UNAVAILABLE])
    assert first[1] == second[0] != ""


async def test_in_a_reply(tmp_path: Path) -> None:
    async with emulator(tmp_path, "otherwise: [{say: One.}, {fault: {named: service-unavailable}}]") as running:
        assert await seen(running) == [UNAVAILABLE]


async def test_in_a_test(tmp_path: Path) -> None:
    running = emulator(tmp_path)
    early = running.fault("named", "premature-end", at="turn 2", connection=1)
    async with running:
        async with client(running) as one:
            await one.receive()
            await one.say("capital of France")
            assert said(await one.turn()) != ""
            # One that comes later counts from then on.
            late = running.fault("named", "empty-turn", at="turn 2")
            await one.say("capital of France")
            assert said(await one.turn()).startswith("The most important thing")
            await one.say("capital of France")
            assert said(await one.turn()) == ""
        assert (early.struck, late.struck) == (1, 1)
        (record,) = running.journal.records
        struck = [dict(entry.details) for entry in record.entries if entry.kind == "fault"]
    assert struck == [{"name": "premature-end", "at": "turn 2"}, {"name": "empty-turn", "at": "turn 2"}]


async def test_one_that_comes_to_an_open_session_without_any(tmp_path: Path) -> None:
    async with emulator(tmp_path) as running, client(running) as one:
        await one.receive()
        running.fault("named", "empty-turn")
        await one.say("capital of France")
        assert said(await one.turn()) == ""


async def test_one_that_never_struck_fails_the_test(tmp_path: Path) -> None:
    running = emulator(tmp_path)
    running.fault("named", "stale-handle")
    with pytest.raises(ScriptError, match="the fault 'stale-handle' never struck"):
        async with running:
            await seen(running)


async def test_in_the_url(tmp_path: Path) -> None:
    async with emulator(tmp_path) as running:
        assert await seen(running, query="fault=service-unavailable@turn+2") == [PARIS, UNAVAILABLE]
        assert await seen(running, query="fault=empty-turn*2,service-unavailable@turn+3") == ["", ""]
        assert await seen(running) == [PARIS, PARIS]
        with pytest.raises(InvalidStatus) as refused:
            await seen(running, query="fault=service-unavailabel")
    body = refused.value.response.body
    assert refused.value.response.status_code == 400
    assert body is not None
    assert "did you mean 'service-unavailable'?" in json.loads(body)["error"]["message"]


async def test_a_session_is_set_otherwise(tmp_path: Path) -> None:
    async with emulator(tmp_path) as running:
        async with client(running, "fault=vertex-dialect") as one:
            await one.receive()
            await one.say("capital of France")
            assert "candidatesTokenCount" in (await one.turn())[-1]["usageMetadata"]
        async with client(running, "fault=newest-dialect") as one:
            assert (await one.closed())[0] == 1007
        struck = [
            entry.details["name"]
            for record in running.journal.records
            for entry in record.entries
            if entry.kind == "fault"
        ]
    assert struck == ["vertex-dialect", "newest-dialect"]


async def test_a_token_has_the_last_word_of_the_setup(tmp_path: Path) -> None:
    seen: list[str] = []

    def look(turn: UserTurn, conversation: Conversation) -> Reply:
        seen.append(conversation.system_instruction)
        yield Say("Hm.")

    async with Emulator(Settings(port=0, pace="at-once"), responder=look) as running:
        for query in ("fault=pinned-setup", ""):
            async with client(running, query, systemInstruction={"parts": [{"text": "Be nice."}]}) as one:
                await one.receive()
                await one.say("Hello")
                await one.turn()
    assert seen == ["You are a friendly guide.", "Be nice."]


async def test_the_word_the_silence_and_the_end(tmp_path: Path) -> None:
    clock = ManualClock()
    async with emulator(tmp_path, clock=clock) as running, client(running, "fault=goaway-then-silence") as one:
        assert "setupComplete" in await one.receive()
        await clock.advance(550)
        assert await one.receive() == {"goAway": {"timeLeft": "50s"}}
        await one.say("capital of France")
        await clock.advance(49.9)
        assert running.connected == 1
        await clock.advance(0.2)
        with pytest.raises(ConnectionClosed):
            await one.receive()
        assert await one.closed() == DEADLINE
