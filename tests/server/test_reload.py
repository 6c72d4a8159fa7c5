"""A scenario file that is saved counts for the next session; those that run, and faults, change nothing."""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from live_server import TEXT_SETUP, Client, said
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.scenario.engine import Scenario
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.server import reload
from gemlive_emulator.server.clock import ManualClock
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


def watching(path: Path, check: Callable[[Sequence[Scenario]], None] = lambda scenarios: None) -> Watched:
    return Watched(path, ManualClock(), check)


async def caught_up(watched: Watched) -> list[str]:
    read = asyncio.Event()
    if watched.catch_up(read.set):
        await read.wait()
    return names(watched())


@pytest.fixture
def main(tmp_path: Path) -> Path:
    return save(tmp_path / "main.yaml", answering("one"))


async def test_a_file_that_was_not_saved_is_not_read_again(main: Path):
    watched = watching(main)
    before = watched()
    assert await caught_up(watched) == ["one"]
    assert watched() is before


@pytest.mark.parametrize("by", ["replacing", "writing"])
async def test_a_file_that_was_saved_is_read_again(main: Path, by: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    watched = watching(main)
    text = answering("two", "three")
    save(main, text) if by == "replacing" else main.write_text(text)
    assert await caught_up(watched) == ["two", "three"]
    assert await caught_up(watched) == ["two", "three"]
    assert caplog.messages == [f"the scenarios of {main} were read again"]


async def test_a_file_of_the_same_size_and_time_is_another_one(main: Path):
    watched = watching(main)
    before = main.stat()
    beside = main.with_name("beside.yaml")
    beside.write_text(answering("two"))
    os.utime(beside, ns=(before.st_atime_ns, before.st_mtime_ns))
    beside.replace(main)
    assert await caught_up(watched) == ["two"]


async def test_a_fault_keeps_what_was_right_and_is_told_once(main: Path, caplog: pytest.LogCaptureFixture):
    watched = watching(main)
    save(main, "otherwise: [{sya: x}]")
    assert await caught_up(watched) == ["one"]
    assert await caught_up(watched) == ["one"]
    [head, fault] = caplog.messages
    assert head == f"the scenarios stay as they were, since {main} was saved with faults:"
    assert fault.startswith(f"{main}:1:14: unknown step 'sya'")
    main.unlink()
    assert await caught_up(watched) == ["one"]
    assert "there is no such file" in caplog.messages[-1]
    save(main, answering("two"))
    assert await caught_up(watched) == ["two"]
    assert len([message for message in caplog.messages if "stay as they were" in message]) == 2


async def test_included_files_are_watched_even_if_they_are_not_there(tmp_path: Path):
    save(tmp_path / "a.yaml", answering("one"))
    watched = watching(save(tmp_path / "main.yaml", "include: a.yaml"))
    save(tmp_path / "a.yaml", answering("two"))
    assert await caught_up(watched) == ["two"]
    save(tmp_path / "main.yaml", "include: [a.yaml, b.yaml]")
    assert await caught_up(watched) == ["two"]
    save(tmp_path / "b.yaml", answering("three"))
    assert await caught_up(watched) == ["two", "three"]


async def test_what_is_looked_at_besides_counts_as_well(main: Path, caplog: pytest.LogCaptureFixture):
    def refuse_two(scenarios: Sequence[Scenario]) -> None:
        if names(scenarios) == ["two"]:
            raise EmulatorError("not two")

    watched = watching(main, refuse_two)
    save(main, answering("two"))
    assert await caught_up(watched) == ["one"]
    assert caplog.messages[1] == "not two"


def test_a_file_with_faults_at_the_beginning_is_refused(main: Path):
    save(main, "")
    with pytest.raises(ScenarioError, match="the file is empty"):
        watching(main)


async def test_a_file_with_very_many_faults_does_not_flood_the_log(main: Path, caplog: pytest.LogCaptureFixture):
    watched = watching(main)
    save(main, "otherwise:\n" + "- {sya: x}\n" * (reload.MOST_TOLD + 5))
    await caught_up(watched)
    assert len(caplog.messages) == reload.MOST_TOLD + 2
    assert caplog.messages[-1] == "and 5 more; gemlive-emulator validate tells all"


async def test_what_goes_wrong_in_reading_is_logged_and_nobody_waits_for_ever(
    main: Path, caplog: pytest.LogCaptureFixture
):
    def fail(scenarios: Sequence[Scenario]) -> None:
        if names(scenarios) == ["two"]:
            raise MemoryError("too much")

    watched = watching(main, fail)
    save(main, answering("two"))
    assert await caught_up(watched) == ["one"]
    assert "MemoryError: too much" in caplog.text


async def test_a_file_is_read_off_the_loop_and_the_clock_waits_for_it(main: Path):
    clock, go_on, readers = ManualClock(), threading.Event(), set[threading.Thread]()

    def slowly(scenarios: Sequence[Scenario]) -> None:
        readers.add(threading.current_thread())
        if names(scenarios) == ["two"]:
            assert go_on.wait(10)

    watched = Watched(main, clock, slowly)
    save(main, answering("two"))
    told: list[int] = []
    assert watched.catch_up(lambda: told.append(1))
    assert watched.catch_up(lambda: told.append(2))
    moved = asyncio.create_task(clock.advance(1))
    assert names(watched()) == ["one"]
    assert (told, clock.now()) == ([], 0)
    go_on.set()
    await moved
    assert (told, names(watched())) == ([1, 2], ["two"])
    assert len(readers) == 2
    assert [thread for thread in readers if thread.is_alive()] == [threading.current_thread()]


async def test_who_stops_waits_for_what_is_being_read(main: Path):
    watched = watching(main)
    await watched.stop()
    save(main, answering("two"))
    assert watched.catch_up(lambda: None)
    await watched.stop()
    assert names(watched()) == ["two"]


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

        async with connect(url) as old:
            running = Client(old)
            await running.send(TEXT_SETUP)
            assert await say(running, "a") == "first"
            save(main, answering("other"))
            async with connect(url) as new:
                fresh = Client(new)
                await fresh.send(TEXT_SETUP)
                assert await say(fresh, "b") == "other"
                assert await say(running, "b") == "second"


async def test_while_a_file_is_read_sessions_go_on_and_clients_that_come_wait(
    main: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    go_on = threading.Event()
    async with Emulator(Settings(port=0, pace="at-once", voice="formant", scenario=str(main))) as emulator:
        url = emulator.url.replace("http", "ws", 1) + PATH

        async def say(client: Client, text: str) -> str:
            await client.say(text)
            return said(await client.turn())

        async def ask_anew() -> str:
            async with connect(url) as new:
                fresh = Client(new)
                await fresh.send(TEXT_SETUP)
                return await say(fresh, "x")

        async with connect(url) as old:
            running = Client(old)
            await running.send(TEXT_SETUP)
            assert await say(running, "x") == "one"
            read = reload.Watched._read
            monkeypatch.setattr(reload.Watched, "_read", lambda self: (go_on.wait(10), read(self))[1])
            save(main, answering("two"))
            reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
            # An upgrade, for anything else is answered at once.
            key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
            upgrade = f"Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{key}"
            writer.write(f"GET {PATH} HTTP/1.1\r\n{upgrade}\r\n\r\n".encode())
            later = [asyncio.create_task(ask_anew()) for _ in range(2)]
            for _ in range(5):
                assert await say(running, "x") == "one"
            writer.transport.abort()
            assert not any(task.done() for task in later)
            go_on.set()
            assert await asyncio.gather(*later) == ["two", "two"]
            assert await say(running, "x") == "one"
            assert await reader.read() == b""
