"""What docs/python.md shows works, word for word."""

import re
from pathlib import Path

import pytest
from blocks import ROOT, blocks
from projects import run_tests

from gemlive_emulator import ScenarioError, Steps
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.hosting import Hosted

PAGE = ROOT / "docs" / "python.md"
INI = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"


def test_the_examples_are_tests_that_pass(tmp_path: Path):
    names = []
    for code in [*blocks(PAGE, "python"), *blocks(PAGE, "yaml")]:
        name = code.splitlines()[0].removeprefix("# ")
        (tmp_path / name).write_text(code, encoding="utf-8")
        names.append(name)
    assert len(names) == len(set(names)) == 9
    done = run_tests(tmp_path, INI)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9 passed" in done.stdout


STEP = re.compile(r"^\| (`- .*`) \| (`\..*`) \|$", re.MULTILINE)


@pytest.mark.parametrize(("in_a_file", "in_python"), STEP.findall(PAGE.read_text(encoding="utf-8")))
def test_each_way_to_write_a_step_is_the_same_in_both(in_a_file: str, in_python: str):
    from gemlive_emulator.scenario.engine import Scenario
    from gemlive_emulator.scenario.loader import parse

    lines = [line.strip("`") for line in in_a_file.split("<br>")]
    (written,) = parse("otherwise:\n" + "".join(f"  {line}\n" for line in lines))
    assert isinstance(written, Scenario)
    for call in re.findall(r"`(\..*?)`(?:, |$)", in_python):
        assert eval(f"Steps(){call}", {"Steps": Steps}).forms == written.otherwise


def test_the_complaint_that_is_shown_is_the_one_that_comes():
    (shown,) = [block for block in blocks(PAGE, "text") if "sya" in block]
    with pytest.raises(ScenarioError) as caught:
        Steps().sya("Hello")
    assert str(caught.value).partition(": ")[2] == shown.strip().partition(": ")[2]


def test_what_the_page_names_is_there():
    for name in re.findall(r"(?<!\w)emulator\.(\w+)", PAGE.read_text(encoding="utf-8")):
        assert hasattr(Emulator, name) or name in ("faults", "journal", "testing", "session"), name
        assert hasattr(Hosted, name) or name in ("awaited", "testing"), f"{name} in gemlive"
