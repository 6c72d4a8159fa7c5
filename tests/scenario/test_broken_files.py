"""Mistakes as people make them: each is found in its line, with a sentence that says what would be right.

The first line of every file says what is to be found: ``# LINE CODE: words | words``; a file that it includes may stand
before the line.
"""

import re
from pathlib import Path

import pytest

from gemlive_emulator.scenario.errors import Problem, ScenarioError
from gemlive_emulator.scenario.loader import load

FOLDER = Path(__file__).parent / "broken"
FILES = sorted(FOLDER.glob("*.yaml"))
PAGE = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
EXPECTED = re.compile(r"# (?:(?P<file>[\w/.-]+):)?(?P<line>\d+) (?P<code>[a-z-]+): (?P<words>.+)")


def problem_of(path: Path) -> Problem:
    with pytest.raises(ScenarioError) as refused:
        load(path)
    (problem,) = refused.value.problems
    return problem


def test_there_are_many():
    assert len(FILES) >= 70


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_mistake_is_found_in_its_line_and_told_in_words(path: Path):
    expected = EXPECTED.fullmatch(path.read_text(encoding="utf-8").splitlines()[0])
    assert expected is not None
    problem = problem_of(path)
    assert (problem.file, problem.line, problem.code) == (
        str(FOLDER / (expected["file"] or path.name)),
        int(expected["line"]),
        expected["code"],
    )
    assert problem.line == 0 or problem.column > 0
    for words in expected["words"].split(" | "):
        assert words in f"{problem.wrong}; {problem.right}"
    assert f"\n### {problem.code}\n" in PAGE


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_would_be_right_is_said_in_one_line(path: Path):
    problem = problem_of(path)
    assert problem.right
    assert str(problem).isprintable()
    assert len(str(problem)) - len(problem.file) < 330
