"""``validate`` and ``schema``: for people, for programs, and for CI."""

import json
from pathlib import Path

import pytest

from gemlive_emulator.scenario.schema import written

RIGHT = "otherwise: [{say: x}]\n"
WRONG = "otherwise:\n  - sya: x\n  - pause: long\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "below").mkdir()
    (tmp_path / "right.yaml").write_text(RIGHT)
    (tmp_path / "below" / "wrong.yml").write_text(WRONG)
    (tmp_path / "below" / "notes.txt").write_text("no scenario")
    return tmp_path


def test_files_that_are_right_are_told_and_that_is_all(run, folder: Path):
    done = run("validate", str(folder / "right.yaml"))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{folder}/right.yaml: right\n", "")
    assert run("validate", "-q", str(folder / "right.yaml")).stdout == ""


def test_every_fault_of_every_file_has_a_line(run, folder: Path):
    done = run("validate", str(folder), str(folder / "nowhere.yaml"), str(folder / "below/wrong.yml"))
    assert done.returncode == 1
    assert done.stdout == f"{folder}/right.yaml: right\n"
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == [
        f"{folder}/below/wrong.yml:2:5",
        f"{folder}/below/wrong.yml:3:12",
        f"{folder}/nowhere.yaml",
    ]


def test_programs_get_json(run, folder: Path):
    done = run("validate", "--json", str(folder))
    assert done.returncode == 1
    first, _ = json.loads(done.stdout)
    assert first == {
        "file": f"{folder}/below/wrong.yml",
        "line": 2,
        "column": 5,
        "code": "unknown-step",
        "wrong": "unknown step 'sya'",
        "right": "did you mean 'say'?",
    }
    done = run("validate", "--json", str(folder / "right.yaml"))
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_standard_input_is_checked(run):
    assert run("validate", "-", stdin=RIGHT).returncode == 0
    done = run("validate", "-", stdin=WRONG)
    assert done.stderr.startswith("<stdin>:2:5: unknown step 'sya'")
    assert run("validate", "-", stdin="include: ../x.yaml").stderr.startswith("<stdin>:1:10: ")


def test_a_fault_of_an_included_file_is_told_once(run, folder: Path):
    for name in ("a.yaml", "b.yaml"):
        (folder / name).write_text("include: below/wrong.yml")
    done = run("validate", str(folder / "a.yaml"), str(folder / "b.yaml"))
    assert len(done.stderr.splitlines()) == 2


def test_a_folder_without_scenarios_is_a_mistake(run, tmp_path: Path):
    done = run("validate", str(tmp_path))
    assert done.returncode == 1
    assert "no file in this folder ends with .yaml, .yml, .json" in done.stderr
    assert run("validate").returncode == 2


def test_the_schema_is_printed(run):
    done = run("schema")
    assert (done.returncode, done.stdout) == (0, written())
