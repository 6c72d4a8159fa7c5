"""``docs/javascript.md``: its files are those of the example, which runs with the clients, and all that it names is there."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest
import yaml
from blocks import ROOT, block_named, blocks

sys.path.append(str(ROOT / "tests" / "ci"))
from judges import holds_by_schema

PAGE = ROOT / "docs" / "javascript.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "javascript"
FILES = sorted(path.name for path in EXAMPLE.glob("*.js"))


@pytest.mark.parametrize("name", FILES)
def test_the_files_that_are_shown_are_those_of_the_example(name: str):
    assert block_named(PAGE, name) == (EXAMPLE / name).read_text(encoding="utf-8")


def test_no_other_code_is_shown():
    assert len(blocks(PAGE, "js")) == len(FILES)


def test_what_the_package_and_the_workflow_run_are_files_of_the_example(tmp_path: Path):
    [package] = blocks(PAGE, "json")
    [workflow] = blocks(PAGE, "yaml")
    (tmp_path / "test.yml").write_text(workflow, encoding="utf-8")
    holds_by_schema("github-workflows", tmp_path / "test.yml")
    steps = yaml.safe_load(workflow)["jobs"]["test"]["steps"]
    ours = shlex.split(json.loads(package)["scripts"]["test"])
    theirs = shlex.split(steps[-1]["run"])
    assert ours[ours.index("--") + 1 :] == theirs
    assert theirs[-1] in FILES


def test_every_method_has_its_row_and_every_row_its_method():
    rows = re.findall(r"^\| (`.*?`) \| ", TEXT, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(?:new )?(\w+)\(", row)}
    declared = (ROOT / "javascript" / "remote.d.ts").read_text(encoding="utf-8").split("export class Emulator {")[1]
    assert named - {"Emulator"} == set(re.findall(r"^    (\w+)\(", declared, re.MULTILINE)) - {"constructor"}


def test_every_option_of_start_has_its_row():
    table = TEXT[TEXT.index("| option of `start`") : TEXT.index("`stop()` closes")]
    declared = (ROOT / "javascript" / "start.d.ts").read_text(encoding="utf-8")
    [taken] = re.findall(r"export function start\(\{ (.*?) \}", declared)
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == taken.split(", ")
