"""``docs/tutorial.md``: every block is run in its order, in an empty folder, and prints what is shown."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from blocks import ROOT, all_blocks

PAGE = ROOT / "docs" / "tutorial.md"
PATIENCE = 120
BLOCKS = all_blocks(PAGE)
INSTALL, SERVE, *REST = BLOCKS
ASTRAY = ("GOOGLE_", "GEMINI_", "SSL_CERT_", "NODE_EXTRA_", "COVERAGE_", "PYTEST_", "GEMLIVE_")


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The two shells of a reader: in one, the emulator; of the other, the variables. For a port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ASTRAY)}
    ours = {
        "XDG_DATA_HOME": str(tmp_path / "share"),
        "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}",
        "GEMLIVE_EMULATOR_SERVE_PORT": port,
        "GEMLIVE_EMULATOR_ENV_PORT": port,
    }
    with subprocess.Popen(
        shlex.split(SERVE.code), env=kept | ours, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as serve:
        assert serve.stdout is not None
        try:
            assert serve.stdout.readline().startswith("gemlive-emulator ready")
            yield kept | ours
        finally:
            serve.send_signal(signal.SIGINT)
        assert serve.wait(PATIENCE) == 0


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page asks with curl")
def test_all_of_it_in_order(tmp_path: Path, environment: dict[str, str]):
    folder = tmp_path / "empty"
    folder.mkdir()
    printed = ""
    for block in REST:
        if block.language == "sh":
            printed, environment = run(block.code, folder, environment)
        elif block.language == "text":
            comes_in_order(block.code, printed)
        else:
            name = block.code.splitlines()[0].removeprefix("# ")
            (folder / name).write_text(block.code, encoding="utf-8")


def run(script: str, folder: Path, environment: dict[str, str]) -> tuple[str, dict[str, str]]:
    """What a block prints, and the variables of the shell after it."""
    done = subprocess.run(
        ["sh", "-eu", "-c", script + "env -0 > .environment"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, script + done.stdout + done.stderr
    left = (folder / ".environment").read_text(encoding="utf-8").split("\0")
    return done.stdout, dict(line.split("=", 1) for line in left if line)


def comes_in_order(promised: str, printed: str) -> None:
    """Each line is there, in this order, whatever its numbers; dots stand for lines that are not shown."""
    lines = iter([levelled(line) for line in printed.splitlines()])
    for line in promised.splitlines():
        assert line == "..." or levelled(line) in lines, f"{line!r} in its place of:\n{printed}"


def levelled(line: str) -> str:
    """The line, with every number and every id alike."""
    nameless = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", line)
    return re.sub(r"\s+", " ", re.sub(r"\d+(\.\d+)?", "0", nameless)).strip()


def test_what_it_installs_is_ours_and_what_the_tests_have():
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    [line] = [line for line in INSTALL.code.splitlines() if "pip install" in line]
    ours, *others = shlex.split(line.partition("pip install ")[2])
    name, extra = re.fullmatch(r"\.\./([\w-]+)\[(\w+)\]", ours).groups()
    assert name == project["project"]["name"]
    assert extra in project["project"]["optional-dependencies"]
    known = {re.split(r"[\[>;]", one)[0] for one in project["dependency-groups"]["dev"]}
    assert set(others) <= known


def test_lines_are_compared_whatever_their_numbers():
    comes_in_order("...\n  1.5  says  hello\n", "0.1 sending\n 22 says hello\n")
    with pytest.raises(AssertionError):
        comes_in_order("b\na\n", "a\nb\n")
