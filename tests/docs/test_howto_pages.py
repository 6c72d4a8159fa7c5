"""The how-to pages show clients with tests: each page's files, in a folder of their own, pass as they stand."""

import re
from pathlib import Path

import pytest
from blocks import ROOT, all_blocks
from projects import run_tests

from gemlive_emulator.scenario.faults.modes import MODES

PAGES = sorted((ROOT / "docs").glob("howto-*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_tests_of_the_page_pass(page: Path, tmp_path: Path):
    for block in all_blocks(page):
        name = block.code.splitlines()[0].removeprefix("# ")
        (tmp_path / name).write_text(block.code, encoding="utf-8")
    done = run_tests(tmp_path)
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
