"""The how-to pages show clients with tests: each page's files, in a folder of their own, pass as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from blocks import ROOT, all_blocks

from gemlive_emulator.scenario.faults.modes import MODES

PAGES = sorted((ROOT / "docs").glob("howto-*.md"))
PATIENCE = 120


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_tests_of_the_page_pass(page: Path, tmp_path: Path):
    for block in all_blocks(page):
        name = block.code.splitlines()[0].removeprefix("# ")
        (tmp_path / name).write_text(block.code, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GOOGLE_", "GEMINI_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=kept | {"XDG_DATA_HOME": str(tmp_path / "share")},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written = sum(path.read_text(encoding="utf-8").count("\ndef test_") for path in tmp_path.glob("test_*.py"))
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= written > 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_failures_that_are_named_exist(page: Path):
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if "](faults.md#" in line]
    named = {name for row in rows for name in re.findall(r"`([a-z]+(?:-[a-z]+)*)`", row)}
    assert named
    assert named <= set(MODES)
