"""Many emulators at once do not meet, and one that is interrupted leaves nothing behind."""

import os
import signal
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from emulators import APPS, COMMAND, PATIENCE, Finished, emulator_environment, left_behind, run, serving, started
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

pytestmark = pytest.mark.clients

TWENTY = 20


def test_twenty_emulators_in_parallel_do_not_meet(tmp_path: Path) -> None:
    environment = emulator_environment(tmp_path)

    def ask(number: int) -> Finished:
        app = [sys.executable, str(APPS / "repeat.py"), f"nonce-{number:03}"]
        return run([*COMMAND, "exec", "--pace", "at-once", "--", *app], environment)

    with ThreadPoolExecutor(TWENTY) as pool:
        all_done = list(pool.map(ask, range(TWENTY)))
    assert [done.code for done in all_done] == [0] * TWENTY, [done.stderr for done in all_done if done.code]
    assert not any("Traceback" in done.stderr for done in all_done)
    assert len({done.stdout for done in all_done}) == TWENTY


@pytest.mark.parametrize("interrupt", [os.kill, os.killpg], ids=["the emulator alone", "everybody, as a terminal does"])
def test_interrupting_exec_leaves_no_process_and_no_traceback(
    tmp_path: Path, interrupt: Callable[[int, int], None]
) -> None:
    command = [*COMMAND, "exec", "--", sys.executable, str(APPS / "listen.py")]
    log = tmp_path / "log"
    with log.open("w") as stderr, started(command, emulator_environment(tmp_path), stderr=stderr) as process:
        assert process.stdout is not None
        port = urlsplit(process.stdout.readline().strip()).port
        assert port, log.read_text()
        assert len(left_behind(tmp_path)) >= 2
        interrupt(process.pid, signal.SIGINT)
        assert process.wait(PATIENCE) == 128 + signal.SIGINT
        assert process.stdout.read() == ""
        assert left_behind(tmp_path) == []
    assert "Traceback" not in log.read_text()
    assert refuses(port)


def test_interrupting_serve_in_the_middle_of_an_answer_closes_its_sessions(tmp_path: Path) -> None:
    with serving(tmp_path) as emulator, connect(f"ws://127.0.0.1:{emulator.port}/ws/any", proxy=None) as connection:
        connection.send('{"setup": {"model": "models/gemini-2.0-flash-live-001"}}')
        connection.send(
            '{"clientContent": {"turns": [{"parts": [{"text": "Tell me a story."}]}], "turnComplete": true}}'
        )
        hear(connection, b"inlineData")
        emulator.process.send_signal(signal.SIGINT)
        with pytest.raises(ConnectionClosed) as closed:
            hear(connection, b"turnComplete")
        assert closed.value.rcvd is not None
        assert emulator.process.wait(PATIENCE) == 0
        assert left_behind(tmp_path) == []
        assert refuses(emulator.port)


def hear(connection: ClientConnection, mark: bytes) -> None:
    """Take messages up to one that holds ``mark``."""
    while mark not in connection.recv(timeout=30):
        pass


def refuses(port: int) -> bool:
    """Whether nobody listens at this port any more."""
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) != 0
