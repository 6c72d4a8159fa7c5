"""Where faults come from: the scenario file and the test; on which connections; and what is told of those unused."""

import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from live_server import TEXT_MODEL, Client
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from gemlive_emulator.scenario.errors import ScenarioError, ScriptError
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.settings import Settings

OTHER_MODEL = "models/gemini-2.5-flash-native-audio-preview-12-2025"


def emulator(folder: Path, scenario: str = "") -> Emulator:
    file = folder / "faults.yaml"
    file.write_text(scenario, encoding="utf-8")
    return Emulator(Settings(port=0, pace="at-once", scenario=str(file) if scenario else None))


@asynccontextmanager
async def client(running: Emulator, model: str = TEXT_MODEL, query: str = "") -> AsyncIterator[Client]:
    url = f"ws://127.0.0.1:{running.port}/ws?{query}"
    async with connect(url, compression=None) as connection:
        client = Client(connection)
        modality = "TEXT" if model == TEXT_MODEL else "AUDIO"
        await client.send({"setup": {"model": model, "generationConfig": {"responseModalities": [modality]}}})
        yield client


async def answered(running: Emulator, **how: Any) -> bool | tuple[int, str]:
    """Whether a connection has a whole turn; else how it was closed."""
    try:
        async with client(running, **how) as one:
            assert "setupComplete" in await one.receive()
            await one.say("Hello")
            await one.turn()
    except ConnectionClosedError as closed:
        return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")
    return True


async def test_an_overload_storm_passes(tmp_path: Path) -> None:
    told = 'faults: [{close: {code: 1011, reason: "Overloaded."}, connection: {at_most: 2}}]'
    async with emulator(tmp_path, told) as running:
        seen = [await answered(running) for _ in range(3)]
    assert seen == [(1011, "Overloaded."), (1011, "Overloaded."), True]


async def test_a_refused_handshake_is_a_connection(tmp_path: Path) -> None:
    told = "faults: [{refuse: {status: 429, message: Too much.}, connection: 1}, {close: 1008, connection: 2}]"
    async with emulator(tmp_path, told) as running:
        with pytest.raises(InvalidStatus) as refused:
            await answered(running)
        body = refused.value.response.body
        assert body is not None
        assert json.loads(body)["error"] == {"code": 429, "message": "Too much.", "status": "RESOURCE_EXHAUSTED"}
        assert [await answered(running) for _ in range(2)] == [(1008, ""), True]
        assert running.faults.unused == []


async def test_the_model_chooses_the_scenario_and_so_its_faults(tmp_path: Path) -> None:
    told = f"""
scenario: one model
for: {{model: {OTHER_MODEL.removeprefix("models/")}}}
faults: [{{close: 1008, at: setup}}]
---
scenario: others
faults: [{{close: 1011, at: turn}}]
"""
    async with emulator(tmp_path, told) as running:
        assert await answered(running) == (1011, "")
        assert await answered(running, model=OTHER_MODEL) == (1008, "")


async def test_a_scenario_that_only_a_model_chooses(tmp_path: Path) -> None:
    told = f"for: {{model: {TEXT_MODEL.removeprefix('models/')}}}\nfaults: [{{close: 1008, at: setup}}]"
    async with emulator(tmp_path, told) as running:
        assert await answered(running) == (1008, "")


async def test_the_scenario_may_be_asked_for_by_name(tmp_path: Path) -> None:
    told = "scenario: good\notherwise: [{say: Hi}]\n---\nscenario: bad\nfaults: [{close: 1008, at: setup}]"
    async with emulator(tmp_path, told) as running:
        assert await answered(running, query="scenario=bad") == (1008, "")
        assert await answered(running, query="scenario=good") is True
    async with emulator(tmp_path, told) as running:
        assert await answered(running, query="scenario=worse") is not True
        with pytest.raises(ScenarioError, match="worse: there is no scenario of this name"):
            running.check()


async def test_a_step_lets_a_fault_strike(tmp_path: Path) -> None:
    told = "otherwise: [{say: One.}, {fault: {close: eof}}, {say: Two.}]"
    async with emulator(tmp_path, told) as running:
        assert await answered(running) == (1006, "")


async def test_unused_faults_of_a_file_can_be_asked_for_and_fail_nothing(tmp_path: Path) -> None:
    told = "scenario: desk\nfaults: [{drop: turn_complete, at: turn_complete 2}]"
    async with emulator(tmp_path, told) as running:
        assert await answered(running) is True
        assert running.faults.unused == ["fault 1 of \"desk\": the fault 'drop' at turn_complete 2 never struck"]


async def test_a_fault_of_the_test_strikes_connections_that_come(tmp_path: Path) -> None:
    running = emulator(tmp_path)
    fault = running.fault("close", code=1011, reason="Enough.", at="turn", connection=2)
    async with running:
        assert await answered(running) is True
        assert fault.struck == 0
        assert await answered(running) == (1011, "Enough.")
        assert fault.struck == 1
        (record,) = [one for one in running.journal.records if one.close_code == 1011]
        assert [dict(entry.details) for entry in record.entries if entry.kind in ("fault", "close")] == [
            {"name": "close", "at": "turn 1"},
            {"code": 1011, "words": "Enough.", "by": "server"},
        ]


@pytest.mark.parametrize("in_thread", [False, True])
async def test_a_fault_of_the_test_strikes_connections_that_are_open(tmp_path: Path, in_thread: bool) -> None:
    async with emulator(tmp_path) as running, client(running) as one, client(running) as other:
        for each in (one, other):
            assert "setupComplete" in await each.receive()
        if in_thread:
            thread = threading.Thread(target=running.fault, args=("close", "1011"), kwargs={"connection": 1})
            thread.start()
            thread.join()
        else:
            running.fault("close", "1011", connection=1)
        assert (await one.closed())[0] == 1011
        await other.say("Hello")
        assert await other.turn()


async def test_a_fault_of_the_test_that_never_struck_fails_it(tmp_path: Path) -> None:
    running = emulator(tmp_path)
    running.fault("stall", "2s", at="audio 3")
    running.fault("stall", "2s", at="audio 3", probability=0.1)
    with pytest.raises(ScriptError, match=r"test_fault_sources\.py:\d+: the fault 'stall' at audio 3 never struck$"):
        await answers_all(running)


async def answers_all(running: Emulator) -> None:
    async with running:
        assert await answered(running) is True


async def test_reset_forgets_the_faults_of_the_test(tmp_path: Path) -> None:
    async with emulator(tmp_path) as running:
        running.fault("close", "1011")
        running.reset()
        assert (await answered(running), running.faults.all) == (True, ())


async def test_a_wrong_fault_is_told_where_it_stands(tmp_path: Path) -> None:
    with pytest.raises(
        ScenarioError, match=r"test_fault_sources\.py:\d+:\d+: unknown fault 'stal'; did you mean 'stall'"
    ):
        emulator(tmp_path).fault("stal", "2s")
