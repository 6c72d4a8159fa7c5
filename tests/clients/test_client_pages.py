"""The blocks of the pages in docs/clients that are no suites of a framework, each run as it stands but for the port."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from emulators import COMMAND, Serving, emulator_environment, finished, run, serving
from environments import Environments, NodeSdk, NoNode

sys.path.append(str(Path(__file__).parents[1] / "docs"))
from blocks import ROOT, block_named

pytestmark = pytest.mark.clients

PAGES = ROOT / "docs" / "clients"
ANSWER = "It is -3 degrees in Oslo."


@pytest.fixture(scope="module")
def weather_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """An emulator with the scenario and the recordings that the pages share."""
    folder = tmp_path_factory.mktemp("pages")
    scenario = folder / "scenario.yaml"
    scenario.write_text(block_named(PAGES / "README.md", scenario.name), encoding="utf-8")
    said = ["say", "What is the weather in Oslo?", "-o", str(folder / "weather.wav"), "--voice", "formant"]
    finished([*COMMAND, *said], emulator_environment(folder))
    told = ["--scenario", str(scenario), "--recordings", str(folder), "--voice", "formant", "--pace", "at-once"]
    with serving(folder, *told) as running:
        yield running


@pytest.fixture
def node(environments: Environments) -> NodeSdk:
    """The newest SDK on a Node that knows ``WebSocket``."""
    try:
        return environments.node("3")
    except NoNode as reason:
        pytest.skip(str(reason))


def written(emulator: Serving, page: str, name: str) -> str:
    """Write a block down beside the recordings, with the port of this emulator; gives its name."""
    block = block_named(PAGES / page, name)
    (emulator.folder / name).write_text(block.replace("127.0.0.1:8765", f"127.0.0.1:{emulator.port}"))
    return name


def told_by(emulator: Serving, *command: str) -> str:
    """What a program printed in the folder of the emulator; it has to succeed."""
    done = run(list(command), emulator.environment(), folder=emulator.folder)
    assert done.code == 0, done.stdout + done.stderr
    return done.stdout


def test_google_genai_in_python(weather_line: Serving, environments: Environments) -> None:
    python = str(environments.python("3").python)
    told = told_by(weather_line, python, written(weather_line, "google-genai-python.md", "ask.py"))
    assert told.splitlines() == ["called with {'city': 'Oslo'}", ANSWER]


def test_google_genai_on_node(weather_line: Serving, node: NodeSdk) -> None:
    (weather_line.folder / "node_modules").symlink_to(node.modules)
    told = told_by(weather_line, str(node.node), written(weather_line, "google-genai-js.md", "ask.mjs"))
    assert told.splitlines() == ['called with {"city":"Oslo"}', ANSWER]


def test_a_spoken_question_over_a_raw_websocket(weather_line: Serving) -> None:
    told = told_by(weather_line, sys.executable, written(weather_line, "raw-websockets.md", "spoken.py"))
    opened, *rest = told.splitlines()
    assert opened == "{'setupComplete': {}}"
    assert "called with {'city': 'Oslo'}" in rest
    said = {side: [line for line in rest if line.startswith(side)] for side in ("inputT", "outputT")}
    words = {side: "".join(line.partition(" ")[2] for line in lines).strip() for side, lines in said.items()}
    assert words == {"inputT": "What is the weather in Oslo?", "outputT": ANSWER}


def test_googles_name_leads_here(weather_line: Serving) -> None:
    program = str(weather_line.folder / written(weather_line, "raw-websockets.md", "hard_coded.py"))
    command = [*COMMAND, "exec", "--transparent", "--", sys.executable, program]
    assert finished(command, emulator_environment(weather_line.folder)).stdout == "{'setupComplete': {}}\n"


def test_the_script_of_a_page(weather_line: Serving, node: NodeSdk) -> None:
    told = told_by(weather_line, str(node.node), written(weather_line, "browser.md", "page.mjs")).splitlines()
    assert "".join(told[:-1]) == "Good morning."
    assert told[-1].startswith("closed 1000")
