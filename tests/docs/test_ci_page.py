"""``docs/ci.md``: the shell blocks run, and the files that are shown are what their systems take."""

import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from blocks import ROOT, blocks

from gemlive_emulator.cli.main import main

sys.path.append(str(ROOT / ".ci"))
sys.path.append(str(ROOT / "tests" / "ci"))
from dockerfile import copied, stages
from judges import CLIENT, PATIENCE, holds_by_schema, holds_by_shellcheck

PAGE = ROOT / "docs" / "ci.md"
TEXT = PAGE.read_text(encoding="utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
SHELL = blocks(PAGE, "sh")
YAML = blocks(PAGE, "yaml")
INSTALL = "python -m pip install"

SCENARIO = 'otherwise:\n  - say: "What the file says."\n'
TEST = f"""
import subprocess
import sys

def test_the_application():
    said = subprocess.run([sys.executable, "-c", {CLIENT!r}], capture_output=True, text=True, check=True).stdout
    assert SAID in said
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's project: a scenario, and a test that talks to whatever its environment says."""
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "desk.yaml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


def run(script: str, project: Path, said: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a block as it stands, but for what it installs: that is here already."""
    (project / "tests" / "test_application.py").write_text(TEST.replace("SAID", repr(said)), encoding="utf-8")
    lines = [line for line in script.splitlines() if not line.startswith(INSTALL)]
    astray = ("GOOGLE_", "GEMINI_", "SSL_CERT_", "NODE_EXTRA_", "COVERAGE_", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(astray)}
    ours = {"XDG_DATA_HOME": str(project / "share"), "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}"}
    return subprocess.run(
        ["sh", "-eu", "-c", "\n".join(lines)],
        cwd=project,
        env=kept | ours | more,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_one_command_around_the_tests(project: Path):
    done = run(SHELL[0], project, "What the file says.")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_tests_that_fail_fail_the_job(project: Path):
    done = run(SHELL[0], project, "Something else.")
    assert done.returncode == 1
    assert "1 failed" in done.stdout


def test_an_emulator_in_the_background(project: Path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    # The block is for the usual port; that of this test comes from the environment.
    told = {"SERVE_PORT": port, "READY_URL": f"http://127.0.0.1:{port}", "ENV_PORT": port, "SERVE_LOG_LEVEL": "error"}
    done = run(SHELL[1], project, "?", **{f"GEMLIVE_EMULATOR_{name}": value for name, value in told.items()})
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"ready at http://127.0.0.1:{port}" in done.stdout
    assert "1 passed" in done.stdout


@pytest.mark.parametrize("number", range(len(SHELL)))
def test_shell_blocks_are_sound(number: int):
    holds_by_shellcheck(SHELL[number], "sh")


def test_the_workflow_is_one_and_uses_what_the_action_has(tmp_path: Path):
    [workflow] = [block for block in YAML if block.startswith("# .github/workflows/")]
    path = tmp_path / "test.yml"
    path.write_text(workflow, encoding="utf-8")
    holds_by_schema("github-workflows", path)
    steps = yaml.safe_load(workflow)["jobs"]["test"]["steps"]
    [ours] = [step for step in steps if step.get("uses") == "./gemlive-emulator"]
    assert set(ours["with"]) <= set(ACTION["inputs"])
    understood("serve", ours["with"]["args"].split())
    assert set(re.findall(r"steps\.emulator\.outputs\.([\w-]+)", workflow)) <= set(ACTION["outputs"])


def test_every_input_and_output_has_its_row():
    rows = re.findall(r"^\| `([\w-]+)` \|", TEXT, re.MULTILINE)
    assert rows == [*ACTION["inputs"], *ACTION["outputs"]]


@pytest.mark.parametrize("number", [0, 1])
def test_the_jobs_of_gitlab_are_jobs(number: int, tmp_path: Path):
    shown = [block for block in YAML if block.startswith("# .gitlab-ci.yml")][number]
    path = tmp_path / ".gitlab-ci.yml"
    path.write_text(shown, encoding="utf-8")
    holds_by_schema("gitlab-ci", path)
    job: dict[str, Any] = yaml.safe_load(shown)["test"]
    for line in job["script"]:
        if line.startswith("gemlive-emulator "):
            _, name, *rest = shlex.split(line)
            understood(name, rest)
    for service in job.get("services", []):
        name, *rest = service["command"]
        assert service["alias"] in rest
        understood(name, rest)


def test_what_the_container_is_told_is_understood():
    [block] = [block for block in SHELL if "docker run" in block]
    [line] = [line for line in block.replace("\\\n", " ").splitlines() if line.startswith("docker run")]
    words = shlex.split(line)
    name, *rest = words[words.index("gemlive-emulator") + 1 :]
    understood(name, rest)
    image = stages(ROOT / "Dockerfile")[-1]
    mounted = [word.split(":")[1] for word in words if re.search(r":/(data|scenarios)", word)]
    assert mounted == [image.workdir, *image.volumes]


def test_an_image_with_scenarios_of_its_own_puts_them_where_ours_looks(tmp_path: Path):
    [shown] = blocks(PAGE, "dockerfile")
    path = tmp_path / "Dockerfile"
    path.write_text(shown, encoding="utf-8")
    [stage] = stages(path)
    [(instruction, value)] = stage.steps
    assert (instruction, copied(value)[2]) == ("COPY", stages(ROOT / "Dockerfile")[-1].workdir)


def test_files_of_the_checkout_that_are_named_are_there():
    found = re.findall(r"gemlive-emulator/(\S+\.ya?ml)|python (\.ci/\S+?)`", TEXT)
    named = [one or other for one, other in found]
    assert len(named) > 2
    assert all((ROOT / name).is_file() for name in named)


def understood(name: str, options: list[str]) -> None:
    """A command of ours takes these options; the files that they name need not be here."""
    command = main.get_command(click.Context(main), name)
    assert command is not None
    known = {word for option in command.params for word in (*option.opts, *option.secondary_opts)}
    ours = options[: options.index("--")] if "--" in options else options
    given = {word for word in ours if word.startswith("-")}
    assert given
    assert given <= known
