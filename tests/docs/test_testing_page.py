"""``docs/testing.md``: every block runs, with and without xdist, and a failing test says what is shown."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from blocks import ROOT, block_named, blocks
from projects import run_module

from gemlive_emulator.kit.rig import OWN
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.server.views.session_view import SessionView

PAGE = ROOT / "docs" / "testing.md"
TEXT = PAGE.read_text(encoding="utf-8")
INI = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\nfilterwarnings = error\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The blocks in files, as a reader would write them."""
    for code in [*blocks(PAGE, "python"), *blocks(PAGE, "yaml")]:
        file = tmp_path / code.splitlines()[0].removeprefix("# ")
        assert not file.exists()
        file.write_text(code, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(INI, encoding="utf-8")
    return tmp_path


def test_the_examples_are_tests_that_pass(project: Path):
    done = run_module(project, "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadfile")
    assert done.returncode == 0, done.stdout + done.stderr
    shown = sum(len(re.findall(r"^ *(?:async )?def test_", code, re.MULTILINE)) for code in blocks(PAGE, "python"))
    # One of them fails, and is not found by its name; another is made for each of two models.
    assert f"{shown} passed" in done.stdout


def test_unittest_runs_its_example(project: Path):
    done = run_module(project, "unittest", "test_plain")
    assert done.returncode == 0, done.stderr


def test_a_failing_test_says_what_is_shown(project: Path):
    done = run_module(project, "pytest", "-q", "-p", "no:cacheprovider", "failing.py")
    assert done.returncode == 1
    [shown] = [block for block in blocks(PAGE, "text") if block.startswith("wanted")]
    said = "\n".join(line[8:] for line in done.stdout.splitlines() if line.startswith("E "))
    assert stable(shown).strip() in stable(said)


def stable(text: str) -> str:
    """The text without what is different each time."""
    text = re.sub(r"^ *\d+\.\d{3} s", "TIME", text, flags=re.MULTILINE)
    text = re.sub(r"function-call-\d+", "CALL", text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "NAME", text)
    return re.sub(r"^AssertionError: ", "", text, flags=re.MULTILINE)


def test_every_assertion_is_named_and_every_one_that_is_named_exists():
    there = {name for name in dir(SessionView) if name.startswith("assert_")}
    assert set(re.findall(r"assert_\w+", TEXT)) == there


def test_what_is_said_of_sessions_and_markers_exists():
    listed = TEXT[TEXT.index("## Assertions") : TEXT.index("| assertion |")]
    looks = set(re.findall(r"`(\w+)`", listed))
    assert looks == {name for name in dir(SessionView) if not name.startswith(("_", "assert_"))} & looks
    rows = re.findall(r"^\| `(\w+)=", TEXT, re.MULTILINE)
    assert set(rows) <= {*OWN, *(field.name for field in fields(Settings))}
    assert set(OWN) <= {*rows, "check"}


def test_the_application_is_named_once():
    assert block_named(PAGE, "app.py").count("def ask") == 2
