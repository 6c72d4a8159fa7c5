"""The example with two emulators behind one address: it is what compose takes, and it does what it is for."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import click
import pytest
import yaml
from judges import holds_by_schema
from websockets.sync.client import ClientConnection, connect

from gemlive_emulator.cli.main import main
from gemlive_emulator.cli.options import DEFAULT_PORT, TOKEN_VARIABLE
from redis_servers import redis_running

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / ".ci"))
from dockerfile import stages  # noqa: E402 - the folder is no package

FILE = ROOT / "examples" / "compose.yaml"
BALANCER = (FILE.parent / "haproxy.cfg").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
EMULATORS = {name: told for name, told in SERVICES.items() if told["image"] == "gemlive-emulator"}
STORE = "valkey://store:6379/0"
LIVE = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
TOKEN = "a-token-of-the-tests"


def test_it_is_a_compose_file_by_its_schema():
    holds_by_schema("compose-spec", FILE)


def test_the_emulators_are_started_with_options_that_exist():
    assert len(EMULATORS) == 2
    for told in EMULATORS.values():
        name, *options = told["command"]
        command = main.get_command(click.Context(main), name)
        assert command is not None
        chosen = command.make_context(name, options).params
        assert chosen["store"] == STORE
        assert chosen["allow_hosts"] == ("gemlive",)
        assert chosen["allow_hosts"][0] in SERVICES
        assert set(told["environment"]) == {TOKEN_VARIABLE}
        assert (FILE.parent / told["build"]).resolve() == ROOT


def test_what_is_mounted_is_there_and_goes_where_the_image_looks():
    image = stages(ROOT / "Dockerfile")[-1]
    for told in EMULATORS.values():
        (data, place), (scenarios, there, how) = (volume.split(":") for volume in told["volumes"])
        assert (data, [place]) == ("data", image.volumes)
        assert ((FILE.parent / scenarios).is_dir(), there, how) == (True, image.workdir, "ro")
    assert all((FILE.parent / volume.split(":")[0]).is_file() for volume in SERVICES["gemlive"]["volumes"])


def test_the_balancer_knows_each_emulator_and_lets_sessions_be_silent():
    servers = re.findall(r"^    server (\S+) (\S+)$", BALANCER, re.MULTILINE)
    assert servers == [(name, f"{name}:{DEFAULT_PORT}") for name in EMULATORS]
    assert "timeout tunnel 24h" in BALANCER
    assert SERVICES["gemlive"]["ports"] == [f"127.0.0.1:{DEFAULT_PORT}:{DEFAULT_PORT}"]


@contextmanager
def emulator(folder: Path, store: str, options: list[str]) -> Iterator[str]:
    words = [store if word == STORE else word for word in options]
    command = [sys.executable, "-m", "gemlive_emulator", *words, "--port", "0", "--log-level", "error"]
    scenarios = str(FILE.parent / "scenarios")
    told = {TOKEN_VARIABLE: TOKEN, "GEMLIVE_EMULATOR_HOME": str(folder), "GEMLIVE_EMULATOR_SCENARIOS": scenarios}
    with subprocess.Popen(command, env=os.environ | told, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield dict(word.split("=") for word in process.stdout.readline().split() if "=" in word)["url"]
        finally:
            process.terminate()


@contextmanager
def balancer(folder: Path, urls: dict[str, str]) -> Iterator[tuple[str, int]]:
    """HAProxy with the file of the example, but for the addresses; its socket is made here, so that it is open at once."""
    program = shutil.which("haproxy")
    if program is None:
        pytest.skip("there is no haproxy on this machine")
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.setblocking(False)
        told = BALANCER.replace(f"bind :{DEFAULT_PORT}", f"bind fd@{door.fileno()}")
        for name, url in urls.items():
            told = told.replace(f"{name}:{DEFAULT_PORT}", url.removeprefix("http://"))
        (folder / "haproxy.cfg").write_text(told, encoding="utf-8")
        command = [program, "-db", "-q", "-f", str(folder / "haproxy.cfg")]
        with subprocess.Popen(command, pass_fds=[door.fileno()]) as process:
            try:
                yield door.getsockname()
            finally:
                process.terminate()


def begun(client: ClientConnection, **resumption: str) -> None:
    setup = {"model": "models/gemini-2.0-flash-live-001", "generationConfig": {"responseModalities": ["TEXT"]}}
    client.send(json.dumps({"setup": setup | {"sessionResumption": resumption}}))
    assert "setupComplete" in json.loads(client.recv(timeout=20))


def asked(client: ClientConnection, text: str) -> tuple[str, str]:
    """What is said to a text, and the handle that comes after it."""
    client.send(json.dumps({"clientContent": {"turns": [{"parts": [{"text": text}]}], "turnComplete": True}}))
    said = ""
    while True:
        message = json.loads(client.recv(timeout=20))
        parts = message.get("serverContent", {}).get("modelTurn", {}).get("parts", [])
        said += "".join(part["text"] for part in parts)
        if handle := message.get("sessionResumptionUpdate", {}).get("newHandle"):
            return said.strip(), handle


def sessions(url: str) -> int:
    request = Request(f"{url}/emulator/v1/health", headers={"Authorization": f"Bearer {TOKEN}"})
    with urlopen(request) as answer:
        told: int = json.load(answer)["sessions"]
    return told


def test_what_was_begun_at_one_is_resumed_at_the_other(tmp_path: Path):
    with ExitStack() as all_of_it:
        store = all_of_it.enter_context(redis_running(tmp_path)).url
        urls = {
            name: all_of_it.enter_context(emulator(tmp_path, store, told["command"]))
            for name, told in EMULATORS.items()
        }
        address = all_of_it.enter_context(balancer(tmp_path, urls))
        as_a_service = socket.create_connection(address)
        first = all_of_it.enter_context(connect(f"ws://gemlive:8765{LIVE}", sock=as_a_service))
        begun(first)
        said, handle = asked(first, "Please remember me")
        assert said == "I shall, whichever server you come back to."
        from_the_machine = socket.create_connection(address)
        second = all_of_it.enter_context(connect(f"ws://127.0.0.1:8765{LIVE}", sock=from_the_machine))
        begun(second, handle=handle)
        assert [sessions(url) for url in urls.values()] == [1, 1]
        assert asked(second, "And now?")[0] == "You said: And now?"
