"""The shell lines of the pages run as they stand, in a folder with the files that a reader has by then.

What needs a container or a package index, or is run by the test of its own page, is not run here: ``ELSEWHERE``.
"""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from blocks import ROOT, all_blocks, blocks

PATIENCE = 120
PAGES = ("cli", "faults", "limits", "resumption", "scenarios")
ELSEWHERE = ("docker ", "pip ", "curl ", "export ")
STANDING = ("serve", "record", "replay")
"""Commands that go on until they are stopped."""

CASES = [
    pytest.param(block, id=f"{page}-{number}")
    for page in PAGES
    for number, block in enumerate(blocks(ROOT / "docs" / f"{page}.md", "sh"))
    if not block.startswith(ELSEWHERE)
]


def gemlive(*words: str) -> list[str]:
    return [sys.executable, "-m", "gemlive_emulator", *words]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sounds that are named on the pages."""
    folder = tmp_path_factory.mktemp("said")
    for name, words in (("question", "How are you?"), ("stop", "Stop, please."), ("recording", "Good morning.")):
        subprocess.run(gemlive("say", words, "-o", f"{folder}/{name}.wav"), check=True, capture_output=True)
    subprocess.run(gemlive("say", "Please tell me a very long story.", "-o", f"{folder}/long-question.wav"), check=True)
    return folder


@pytest.fixture
def folder(said: Path, tmp_path: Path) -> Path:
    """What a reader has: sounds, scenarios, a recording and an application."""
    for sound in said.iterdir():
        shutil.copy(sound, tmp_path)
    desk = 'otherwise:\n  - say: "Good morning."\n'
    [refund] = [block.code for block in all_blocks(ROOT / "docs" / "scenarios.md") if "# refund.yaml" in block.code]
    (tmp_path / "tests" / "scenarios").mkdir(parents=True)
    (tmp_path / "recordings").mkdir()
    (tmp_path / "desk.yaml").write_text(desk, encoding="utf-8")
    (tmp_path / "tests" / "scenarios" / "desk.yaml").write_text(desk, encoding="utf-8")
    (tmp_path / "refund.yaml").write_text(refund, encoding="utf-8")
    (tmp_path / "app.py").write_text("import os\nprint(os.environ['GOOGLE_GEMINI_BASE_URL'])\n", encoding="utf-8")
    recording = next((ROOT / "fixtures" / "recordings").glob("*.jsonl"))
    shutil.copy(recording, tmp_path / "recordings" / "20261128T174544Z-001.jsonl")
    return tmp_path


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of a reader's shell; long-running commands get a free port."""
    astray = ("GOOGLE_", "GEMINI_", "SSL_CERT_", "NODE_EXTRA_", "COVERAGE_", "PYTEST_", "GEMLIVE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(astray)}
    ours = {"XDG_DATA_HOME": str(tmp_path / "share"), "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}"}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    ports = {f"GEMLIVE_EMULATOR_{name.upper()}_PORT": port for name in STANDING}
    return kept | ours | ports | {"GOOGLE_GEMINI_BASE_URL": f"http://127.0.0.1:{port}"}


@contextmanager
def standing(line: str, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """A command that has said that it is ready, and ends well when it is interrupted."""
    with subprocess.Popen(
        shlex.split(line, comments=True),
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert "ready" in process.stdout.readline(), line
            yield
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0, line


@pytest.mark.parametrize("block", CASES)
def test_the_lines_run(block: str, folder: Path, environment: dict[str, str]):
    with ExitStack() as stack:
        if re.search(r"^gemlive-emulator (talk|advance)", block) and "serve" not in block:
            clock = "manual" if "advance" in block else "real"
            stack.enter_context(standing(f"gemlive-emulator serve --clock {clock}", folder, environment))
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if line.startswith(ELSEWHERE):
                continue
            if words[:1] == ["gemlive-emulator"] and words[1] in STANDING:
                stack.enter_context(standing(line, folder, environment))
                continue
            done = subprocess.run(
                words, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
