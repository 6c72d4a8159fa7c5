"""The GitHub Action: its steps, run in the shell that it names with the files and variables of a runner."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from judges import PATIENCE, holds_by_schema, holds_by_shellcheck, said_to_a_client

from gemlive_emulator import __version__
from gemlive_emulator.cli.main import main

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["id"]: step for step in ACTION["runs"]["steps"]}
SCENARIO = ROOT / "fixtures" / "scenarios" / "greeting-desk.yaml"


class Failed(Exception):
    """A step ended with another exit code than 0."""


class Runner:
    """A runner of GitHub's: fills ``${{ }}`` in, runs a step, and reads what it left in its files."""

    def __init__(self, folder: Path, environment: dict[str, str], **inputs: str) -> None:
        self.folder = folder
        self.inputs = {name: told["default"] for name, told in ACTION["inputs"].items()} | inputs
        self.outputs: dict[str, str] = {}
        self.files = {name: folder / name for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH")}
        self.environment = environment | {name: str(path) for name, path in self.files.items()}
        self.environment["RUNNER_TEMP"] = str(folder)

    def run(self, name: str) -> None:
        """Run a step.

        Raises:
            Failed: with what the step printed.
        """
        step = STEPS[name]
        for path in self.files.values():
            path.write_text("", encoding="utf-8")
        told = {variable: self._filled(value) for variable, value in step["env"].items()}
        # As the runner's documentation has it for `shell: bash`.
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        output = self.folder / f"{name}.txt"
        with output.open("w", encoding="utf-8") as file:
            code = subprocess.run(
                command, env=self.environment | told, stdout=file, stderr=file, timeout=PATIENCE, check=False
            ).returncode
        if code:
            raise Failed(output.read_text(encoding="utf-8"))
        self.outputs |= {
            f"steps.{name}.outputs.{key}": value for key, value in read(self.files["GITHUB_OUTPUT"]).items()
        }
        self.environment |= read(self.files["GITHUB_ENV"])
        added = self.files["GITHUB_PATH"].read_text(encoding="utf-8").splitlines()
        self.environment["PATH"] = os.pathsep.join([*reversed(added), self.environment["PATH"]])

    def _filled(self, value: str) -> str:
        known = self.outputs | {f"inputs.{name}": told for name, told in self.inputs.items()}
        known |= {"github.action_path": str(ROOT), "steps.python.outputs.python-path": ""}

        def fill(found: re.Match[str]) -> str:
            return next(filter(None, (known[name.strip()] for name in found[1].split("||"))), "")

        return re.sub(r"\$\{\{(.*?)\}\}", fill, value)

    def output(self, name: str) -> str:
        """An output of the action, as a workflow reads it."""
        return self._filled(ACTION["outputs"][name]["value"])


def read(path: Path) -> dict[str, str]:
    """A file of NAME=VALUE and NAME<<END, as the runner reads it."""
    found, lines = {}, iter(path.read_text(encoding="utf-8").splitlines())
    for line in lines:
        name, between, rest = re.split(r"(<<|=)", line, maxsplit=1)
        found[name] = rest if between == "=" else "\n".join(iter(lambda: next(lines), rest))
    return found


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel of this checkout, in place of PyPI."""
    folder = tmp_path_factory.mktemp("shelf")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def environment(shelf: Path) -> dict[str, str]:
    """A machine's environment; pip takes our wheel from the shelf, and what the wheel needs is this Python's."""
    astray = ("GOOGLE_", "GEMINI_", "GEMLIVE_", "SSL_CERT_", "NODE_EXTRA_", "no_proxy", "NO_PROXY", "PIP_", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(astray)}
    around = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
    return (
        kept
        | {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_IGNORE_INSTALLED": "1"}
        | {"PIP_FIND_LINKS": str(shelf), "PYTHONPATH": around}
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Runner:
    """A runner after the step that installs a release."""
    runner = Runner(tmp_path_factory.mktemp("runner"), environment, version=__version__)
    runner.run("install")
    return runner


@pytest.fixture
def serve(installed: Runner, tmp_path: Path) -> Iterator[Callable[..., Runner]]:
    """Go on from there with other inputs; what is left running is ended, as a runner does at the end of a job."""

    def serve(**inputs: str) -> Runner:
        runner = Runner(tmp_path, installed.environment, port="0", **inputs)
        runner.outputs = dict(installed.outputs)
        runner.run("serve")
        return runner

    yield serve
    end(installed.folder)


def end(folder: Path) -> None:
    for ready in folder.rglob("ready.json"):
        os.kill(int(json.loads(ready.read_text(encoding="utf-8"))["pid"]), signal.SIGTERM)
        ready.unlink(missing_ok=True)


def test_it_is_an_action_by_its_schema():
    holds_by_schema("github-actions", ROOT / "action.yml")


@pytest.mark.parametrize("name", [name for name, step in STEPS.items() if "run" in step])
def test_its_scripts_are_sound_and_take_nothing_but_variables(name: str):
    """An input that stood in a script itself could be a script."""
    step = STEPS[name]
    assert "${{" not in step["run"]
    holds_by_shellcheck("\n".join(f"export {variable}=" for variable in step["env"]) + "\n" + step["run"])


def test_every_input_is_used_and_every_option_is_one():
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])
    command = main.get_command(click.Context(main), "serve")
    assert command is not None
    known = {word for option in command.params for word in option.opts}
    [options] = re.findall(r"options=\((.*)\)", text)
    assert set(re.findall(r"--[\w-]+", options)) <= known


def test_a_client_finds_it_by_the_environment_of_later_steps(serve: Callable[..., Runner]):
    runner = serve(scenario=str(SCENARIO), clock="manual", args="--pace at-once\n--log-level warning")
    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d+", runner.output("url"))
    assert Path(runner.output("ca-file")).read_text(encoding="utf-8").startswith("-----BEGIN CERTIFICATE-----")
    assert Path(runner.output("log")).exists()
    later = {name: value for name, value in runner.environment.items() if name != "PYTHONPATH"}
    assert said_to_a_client(later) == "Welcome! How can I help you?"
    moved = subprocess.run(
        ["gemlive-emulator", "advance", "10m"], env=runner.environment, capture_output=True, text=True, check=False
    )
    assert moved.returncode == 0, moved.stderr


def test_vertex_is_chosen_by_an_input(serve: Callable[..., Runner]):
    runner = serve(vertex="true", profile="3.8")
    assert runner.environment["GOOGLE_GENAI_USE_VERTEXAI"] == "true"
    assert runner.environment["GOOGLE_GEMINI_BASE_URL"] == runner.output("url").replace("http", "wss")


def test_what_keeps_it_from_starting_fails_the_step_and_is_told(serve: Callable[..., Runner]):
    with pytest.raises(Failed) as told:
        serve(args="--rate 0")
    assert "rate is 0.0; it has to be a number above 0" in str(told.value)
    assert "::error title=gemlive-emulator::" in str(told.value)


@pytest.mark.clients
def test_without_a_version_it_installs_its_own_source(tmp_path: Path, environment: dict[str, str]):
    offline = ("PIP_", "PYTHONPATH")
    online = {name: value for name, value in environment.items() if not name.startswith(offline)}
    online |= {
        name: value for name, value in os.environ.items() if name.startswith("PIP_") and name != "PIP_CONSTRAINT"
    }
    runner = Runner(tmp_path, online, port="0", extras="fast,voice")
    runner.run("install")
    try:
        runner.run("serve")
        assert said_to_a_client(runner.environment)
    finally:
        end(tmp_path)
