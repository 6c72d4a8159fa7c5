"""``record``, ``replay`` and ``convert``: from a session with a service to tests that need none."""

import json
import signal
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from waiting import ready
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
CANARY = "AIza" + "SyCanary0123456789012345678901234567"  # in two, so that no scanner takes it for a key


def conversation(port: str, *texts: str) -> list[Any]:
    """What a server says to these texts, and how it closes, if it does."""
    heard: list[Any] = []
    with connect(f"ws://127.0.0.1:{port}{PATH}?key={CANARY}", proxy=None) as client:
        config = {"responseModalities": ["TEXT"]}
        client.send(json.dumps({"setup": {"model": "models/gemini-2.0-flash-live-001", "generationConfig": config}}))
        heard.append(json.loads(client.recv(timeout=20)))
        try:
            for text in texts:
                turn = {"role": "user", "parts": [{"text": text}]}
                client.send(json.dumps({"clientContent": {"turns": [turn], "turnComplete": True}}))
                while not heard[-1].get("serverContent", {}).get("turnComplete") or len(heard) == 1:
                    heard.append(json.loads(client.recv(timeout=20)))
                heard.append({})
        except ConnectionClosed:
            heard.append((client.close_code, client.close_reason))
    return heard


def stopped(process: subprocess.Popen[str]) -> str:
    """End a server in good order; gives what it said on standard error."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert out == ""
    assert "Traceback" not in err
    return err


@pytest.fixture
def recorded(start: Any, tmp_path: Path) -> tuple[Path, list[Any]]:
    """A conversation with a second emulator as the service: the recording, and what was heard."""
    service = start("serve", "--port", "0", "--pace", "at-once")
    url = ready(service)["url"]
    folder = tmp_path / "calls"
    recorder = start("record", "--upstream", url, "-o", str(folder), "--port", "0", "--log-level", "debug")
    heard = conversation(ready(recorder)["port"], "Hello", "Good bye")
    told = stopped(recorder)
    stopped(service)
    [path] = folder.iterdir()
    assert "sessions recorded: 1" in told
    assert "is not this machine" not in told
    assert CANARY not in told + path.read_text(encoding="utf-8")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return path, heard


def test_a_recording_is_replayed_and_converted(
    start: Any, run: Any, recorded: tuple[Path, list[Any]], tmp_path: Path
) -> None:
    path, heard = recorded

    replaying = start("replay", str(path), "--port", "0", "--at-once")
    port = ready(replaying)["port"]
    assert conversation(port, "Hello", "Good bye") == heard
    other = conversation(port, "Good bye")
    assert other[-1][0] == 1011
    assert other[-1][1].startswith('Recording message 2: expected clientContent "Hello", got clientContent "Good bye"')
    assert "; it is message 3" in stopped(replaying)

    scenario = tmp_path / "again.yaml"
    told = run("convert", str(path), "-o", str(scenario))
    assert (told.returncode, told.stdout) == (0, f"{scenario}: 2 exchanges\n")
    assert run("validate", str(scenario)).returncode == 0
    serving = start("serve", "--port", "0", "--pace", "at-once", "--scenario", str(scenario))
    assert conversation(ready(serving)["port"], "Hello", "Good bye") == heard
    stopped(serving)


def test_a_scenario_goes_to_standard_output_too(run: Any, recorded: tuple[Path, list[Any]]) -> None:
    told = run("convert", str(recorded[0]))
    assert told.returncode == 0
    assert told.stdout.startswith(f"# Made of {recorded[0].name} by gemlive-emulator convert.\n")
    assert "text: Hello\n" in told.stdout


def test_no_service_is_guessed(run: Any) -> None:
    told = run("record", "--port", "0")
    assert told.returncode == 2
    assert "Missing option '--upstream'" in told.stderr


@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1", f"ws://127.0.0.1:1/?key={CANARY}", f"ws://{CANARY}@127.0.0.1:1", "ws://:0", "ws://[", "//"],
)
def test_what_is_no_address_is_refused_without_being_quoted(run: Any, url: str, tmp_path: Path) -> None:
    told = run("record", "--upstream", url, "-o", str(tmp_path / "calls"), "--port", "0")
    assert told.returncode == 1
    assert "give it like wss://generativelanguage.googleapis.com" in told.stderr
    assert CANARY not in told.stderr


def test_it_is_told_that_a_real_key_goes_to_a_real_service(start: Any, tmp_path: Path) -> None:
    recorder = start("record", "--upstream", "wss://service.invalid", "-o", str(tmp_path / "calls"), "--port", "0")
    ready(recorder)
    assert recorder.stderr is not None
    lines = [recorder.stderr.readline() for _ in range(2)]
    assert "wss://service.invalid, which is not this machine" in lines[0]
    assert "its real API key too" in lines[0] + lines[1]
    stopped(recorder)


def test_a_ready_file_is_there_while_it_records(start: Any, tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    recorder = start(
        "record",
        "--upstream",
        "ws://127.0.0.1:9",
        "-o",
        str(tmp_path / "calls"),
        "--port",
        "0",
        "--ready-file",
        str(file),
    )
    told = ready(recorder)
    assert json.loads(file.read_text(encoding="utf-8"))["url"] == told["url"]
    stopped(recorder)
    assert not file.exists()


def test_a_port_that_is_taken_is_told_in_a_line(start: Any, run: Any, tmp_path: Path) -> None:
    words = ("record", "--upstream", "ws://127.0.0.1:9", "-o", str(tmp_path / "calls"), "--port")
    port = ready(start(*words, "0"))["port"]
    told = run(*words, port)
    assert told.returncode == 1
    assert told.stderr.startswith(f"Error: Cannot listen at 127.0.0.1 port {port}")
    assert run("ready", "--url", f"http://127.0.0.1:{port}").returncode == 0


def test_time_of_a_recording_can_be_moved_by_hand(start: Any, run: Any, tmp_path: Path) -> None:
    path = tmp_path / "slow.jsonl"
    lines = [
        {"recording": 1, "session": "", "path": ""},
        {"time": 0, "from": "client", "message": {"setup": {"model": "models/gemini-2.0-flash-live-001"}}},
        {"time": 600, "from": "server", "message": {"setupComplete": {}}},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    replaying = start("replay", str(path), "--port", "0", "--clock", "manual")
    told = ready(replaying)
    with connect(f"ws://127.0.0.1:{told['port']}{PATH}", proxy=None) as client:
        client.send(json.dumps({"setup": {"model": "gemini-2.0-flash-live-001"}}))
        assert run("advance", "10m", "--url", told["url"]).returncode == 0
        assert json.loads(client.recv(timeout=20)) == {"setupComplete": {}}
    stopped(replaying)


@pytest.mark.parametrize("command", ["replay", "convert"])
def test_what_is_no_recording_is_told_with_its_line(run: Any, tmp_path: Path, command: str) -> None:
    path = tmp_path / "scenario.jsonl"
    path.write_text('{"recording": 1}\n{"time": -1}\n', encoding="utf-8")
    told = run(command, str(path))
    assert told.returncode == 1
    assert told.stderr.strip() == (
        f'Error: {path}:2: "time" has to be a number of seconds, from 0 on (docs/errors.md#bad-recording)'
    )
