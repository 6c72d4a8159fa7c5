"""The Dockerfile, where it cannot be built: every step is known, and what it starts is what the command line takes.

``.ci/build_without_engine.py`` runs its steps.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from gemlive_emulator.cli.main import main
from gemlive_emulator.cli.mounted import FOLDER_VARIABLE
from gemlive_emulator.cli.options import DEFAULT_PORT
from gemlive_emulator.server.tls import HOME_VARIABLE

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / ".ci"))
from dockerfile import KNOWN, copied, left_out, stages  # noqa: E402 - the folder is no package

STAGES = stages(ROOT / "Dockerfile")
IMAGE = STAGES[-1]
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8")


def test_a_linter_has_nothing_to_say():
    linter = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if linter is None:
        pytest.skip("hadolint has no package for this system")
    done = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_it_is_built_in_one_stage_and_run_in_another():
    first, build, last = STAGES
    assert (build.base, last.base) == (first.name, first.name)
    assert first.base.startswith("python:3.")
    assert {instruction for stage in STAGES for instruction, _ in stage.steps} < KNOWN
    assert not any(instruction == "COPY" and "--from=build" not in value for instruction, value in last.steps)


def test_an_instruction_that_is_not_known_is_no_silent_gap(tmp_path: Path):
    path = tmp_path / "Dockerfile"
    path.write_text("FROM scratch\nONBUILD RUN true\n", encoding="utf-8")
    with pytest.raises(ValueError, match="Dockerfile:2: ONBUILD is not known here"):
        stages(path)


def test_a_command_that_needs_a_shell_is_refused(tmp_path: Path):
    path = tmp_path / "Dockerfile"
    path.write_text("FROM scratch\nHEALTHCHECK CMD true\n", encoding="utf-8")
    with pytest.raises(ValueError, match="true would need a shell"):
        stages(path)


def test_what_it_starts_is_a_command_with_options_that_exist():
    assert IMAGE.entrypoint == ["gemlive-emulator"] == IMAGE.health[:1]
    for name, *rest in (IMAGE.command, IMAGE.health[1:]):
        command = main.get_command(click.Context(main), name)
        assert command is not None
        command.make_context(name, rest)


def test_it_listens_where_it_says_and_looks_where_things_are_mounted(monkeypatch: pytest.MonkeyPatch):
    assert IMAGE.ports == [DEFAULT_PORT]
    assert IMAGE.volumes == [IMAGE.environment[HOME_VARIABLE]]
    assert IMAGE.workdir == IMAGE.environment[FOLDER_VARIABLE] == "/scenarios"
    for name, value in IMAGE.environment.items():
        monkeypatch.setenv(name, value)
    with main.make_context("gemlive-emulator", ["serve"]) as outer:
        command = main.get_command(outer, "serve")
        assert command is not None
        assert command.make_context("serve", [], parent=outer).params["host"] == "0.0.0.0"


def test_it_is_not_root_and_says_so_in_numbers():
    user, group = IMAGE.user.split(":")
    assert int(user) > 0
    assert int(group) > 0


def test_health_is_asked_for_longer_than_it_takes():
    """``ready`` gives up after a second of its own, so that it can still say what it found."""
    assert IMAGE.health_options["timeout"] == "3s"


def test_it_is_labelled_as_the_project_is():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert IMAGE.labels["org.opencontainers.image.title"] == project["name"]
    assert IMAGE.labels["org.opencontainers.image.licenses"] == project["license"]


def test_what_is_copied_is_there_and_reaches_the_engine():
    sources = [one for stage in STAGES for name, value in stage.steps if name == "COPY" for one in [copied(value)]]
    of_the_checkout = [source for origin, found, _ in sources if origin is None for source in found]
    assert {"pyproject.toml", "emulator"} <= set(of_the_checkout)
    for source in of_the_checkout:
        assert (ROOT / source).exists(), source
        assert not left_out(IGNORED, source), source


@pytest.mark.parametrize(
    ("name", "out"),
    [
        ("emulator/gemlive_emulator/cli/main.py", False),
        ("emulator/gemlive_emulator/cli/__pycache__/main.pyc", True),
        ("tests/ci/test_image.py", True),
        (".git/config", True),
        ("LICENSE", False),
    ],
)
def test_the_engine_gets_what_the_package_is_made_of_and_nothing_else(name: str, out: bool):
    assert left_out(IGNORED, name) is out


def test_patterns_of_dockerignore_are_read_as_an_engine_reads_them():
    assert left_out("a/*.py", "a/b.py")
    assert not left_out("a/*.py", "a/b/c.py")
    assert left_out("a/**/c.py", "a/c.py")
    assert left_out("a", "a/b/c.py")
    assert not left_out("*\n# a line\n!a/?.py", "a/b.py")
