"""Voice frameworks: the suite on each one's page in docs/clients, in an environment of its own, run as the page says.

Nothing of a framework is patched. Each suite holds a typed turn, a spoken turn with its transcription and a call, a
barge-in, and a conversation that goes on over a new connection, with a model of 2.5 and one of 3.8.
"""

import re
import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from emulators import COMMAND, Finished, emulator_environment, run
from environments import FRAMEWORKS, Environments

sys.path.append(str(Path(__file__).parents[1] / "docs"))
from blocks import ROOT, block_named, blocks

pytestmark = pytest.mark.clients

PAGES = ROOT / "docs" / "clients"
TESTS = ["test_a_typed_turn", "test_a_spoken_turn_with_a_tool", "test_a_barge_in", "test_a_reconnect"]
MODELS = ["gemini-2.5-flash-native-audio-preview-12-2025", "gemini-3.8-live"]
PATIENCE = 300
"""Seconds for all of a suite: frameworks take long to be imported, and all suites run at the same time."""


def words_of(name: str, program: str) -> list[str]:
    """The words of the command of a page that runs this program."""
    [line] = [line for block in blocks(PAGES / f"{name}.md", "sh") for line in block.splitlines() if program in line]
    return shlex.split(line)


def run_suite(name: str, python: Path, folder: Path) -> Finished:
    """What a reader would do: write down what the pages show, and run the command of the page."""
    files = {"scenario.yaml": "README", "pytest.ini": "README", f"test_{name.replace('-', '_')}.py": name}
    for file, page in files.items():
        (folder / file).write_text(block_named(PAGES / f"{page}.md", file), encoding="utf-8")
    environment = emulator_environment(folder)
    [spoken] = [block for block in blocks(PAGES / "README.md", "sh") if "gemlive-emulator say" in block]
    for line in spoken.splitlines():
        _, *words = shlex.split(line)
        run([*COMMAND, *words, "--voice", "formant"], environment, folder=folder)
    _, _, *words = words_of(name, "gemlive-emulator exec")
    at = words.index("python")
    command = [*COMMAND, "exec", "--voice", "formant", *words[:at], str(python), *words[at + 1 :], "-rA"]
    return run(command, environment, patience=PATIENCE, folder=folder)


@pytest.fixture(scope="module")
def suites(environments: Environments, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Finished]:
    """What each suite printed."""
    with ThreadPoolExecutor(len(FRAMEWORKS)) as pool:
        running = {
            name: pool.submit(run_suite, name, environments.libraries(name), tmp_path_factory.mktemp(name))
            for name in FRAMEWORKS
        }
        return {name: suite.result() for name, suite in running.items()}


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_suite_passes_on_both_families(name: str, test: str, suites: dict[str, Finished]) -> None:
    told = suites[name]
    passed = re.findall(rf"^PASSED \S+::{test}\[(.*)\]$", told.stdout, re.MULTILINE)
    assert sorted(passed) == MODELS, told.stdout + told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_nothing_else_is_in_the_suite_and_the_exit_code_is_its_own(name: str, suites: dict[str, Finished]) -> None:
    told = suites[name]
    assert told.code == 0, told.stdout + told.stderr
    assert re.search(rf"^=* ?{len(TESTS) * len(MODELS)} passed", told.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_page_says_what_to_install(name: str) -> None:
    assert tuple(words_of(name, "pip install")[4:]) == FRAMEWORKS[name]


def test_what_else_the_pages_show_is_told_in_the_index() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    pages = {page.name for page in PAGES.glob("*.md")} - {"README.md"}
    assert {link for link in re.findall(r"\]\((\S+?\.md)\)", index) if "/" not in link} == pages
