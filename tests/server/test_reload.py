"""A scenario file that is saved counts for the next session; those that run, and faults, change nothing."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from live_server import TEXT_SETUP, Client, said
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.scenario.engine import Scenario
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.server.reload import Watched
from gemlive_emulator.wire.errors import EmulatorError

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


def save(path: Path, text: str) -> Path:
    """As many editors do: another file is put in the place of the old one."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    return beside.replace(path)


def answering(*words: str) -> str:
    return "\n---\n".join(f"scenario: {word}\notherwise: [{{say: {word}}}]" for word in words)


def names(scenarios: Sequence[Scenario]) -> list[str]:
    return [scenario.name for scenario in scenarios]


@pytest.fixture
def main(tmp_path: Path) -> Path:
    return save(tmp_path / "main.yaml", answering("one"))


def test_a_file_that_was_not_saved_is_not_read_again(main: Path):
    watched = Watched(main)
    assert watched() is watched()


@pytest.mark.parametrize("by", ["replacing", "writing"])
def test_a_file_that_was_saved_is_read_again(main: Path, by: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    watched = Watched(main)
    text = answering("two", "three")
    save(main, text) if by == "replacing" else main.write_text(text)
    assert names(watched()) == ["two", "three"]
    assert watched() is watched()
    assert caplog.messages == [f"the scenarios of {main} were read again"]


def test_a_file_of_the_same_size_and_time_is_another_one(main: Path):
    watched = Watched(main)
    before = main.stat()
    beside = main.with_name("beside.yaml")
    beside.write_text(answering("two"))
    os.utime(beside, ns=(before.st_atime_ns, before.st_mtime_ns))
    beside.replace(main)
    assert names(watched()) == ["two"]


def test_a_fault_keeps_what_was_right_and_is_told_once(main: Path, caplog: pytest.LogCaptureFixture):
    watched = Watched(main)
    save(main, "otherwise: [{sya: x}]")
    assert names(watched()) == ["one"]
    assert names(watched()) == ["one"]
    [message] = caplog.messages
    assert f"{main}:1:14: unknown step 'sya'" in message
    main.unlink()
    assert names(watched()) == ["one"]
    assert "there is no such file" in caplog.messages[-1]
    save(main, answering("two"))
    assert names(watched()) == ["two"]
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 2


def test_included_files_are_watched_even_if_they_are_not_there(tmp_path: Path):
    save(tmp_path / "a.yaml", answering("one"))
    watched = Watched(save(tmp_path / "main.yaml", "include: a.yaml"))
    save(tmp_path / "a.yaml", answering("two"))
    assert names(watched()) == ["two"]
    save(tmp_path / "main.yaml", "include: [a.yaml, b.yaml]")
    assert names(watched()) == ["two"]
    save(tmp_path / "b.yaml", answering("three"))
    assert names(watched()) == ["two", "three"]


def test_what_is_looked_at_besides_counts_as_well(main: Path, caplog: pytest.LogCaptureFixture):
    def refuse_two(scenarios: Sequence[Scenario]) -> None:
        if names(scenarios) == ["two"]:
            raise EmulatorError("not two")

    watched = Watched(main, refuse_two)
    save(main, answering("two"))
    assert names(watched()) == ["one"]
    assert caplog.messages[0].endswith("not two")


def test_a_file_with_faults_at_the_beginning_is_refused(main: Path):
    save(main, "")
    with pytest.raises(ScenarioError, match="the file is empty"):
        Watched(main)


async def test_a_session_goes_on_with_the_scenario_it_began_with(
    main: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    script = "script:\n- expect: {text: a}\n  reply: [{say: first}]\n- expect: {text: b}\n  reply: [{say: second}]\n"
    save(main, script)
    async with Emulator(Settings(port=0, pace="at-once", voice="formant", scenario=str(main))) as emulator:
        url = emulator.url.replace("http", "ws", 1) + PATH

        async def say(client: Client, text: str) -> str:
            await client.say(text)
            return said(await client.turn())

        async with connect(url) as old, connect(url) as new:
            running = Client(old)
            await running.send(TEXT_SETUP)
            assert await say(running, "a") == "first"
            save(main, answering("other"))
            fresh = Client(new)
            await fresh.send(TEXT_SETUP)
            assert await say(fresh, "b") == "other"
            assert await say(running, "b") == "second"
