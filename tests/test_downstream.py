"""A project of somebody else, ``tests/downstream``: tested with the built wheel alone, and its tests with mistakes."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent / "downstream"))
sys.path.append(str(Path(__file__).parent / "clients"))
from environments import install
from mutants import MUTANTS, Mutant, copy_project, judge_all, run_tests

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.clients


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with what the project asks for; this package is there as a wheel."""
    room = tmp_path_factory.mktemp("downstream")
    install([sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(room)], ROOT)
    [wheel] = room.glob("*.whl")
    ours = room / "ours.txt"
    ours.write_text(f"gemlive-emulator @ {wheel.as_uri()}\n", encoding="utf-8")
    made, asked = room / "environment", str(ROOT / "tests" / "downstream" / "pyproject.toml")
    found = made / "bin" / "python"
    uv = [sys.executable, "-m", "uv", "--quiet"]
    install([*uv, "venv", "--python", sys.executable, str(made)])
    wanted = ["--requirements", asked, "--group", f"{asked}:test", "--override", str(ours)]
    install([*uv, "pip", "install", "--python", str(found), *wanted])
    return found


@pytest.fixture(scope="module")
def verdicts(python: Path) -> dict[str, str]:
    """What becomes of each mistake."""
    return judge_all(python)


def test_its_tests_pass_side_by_side(python: Path, tmp_path: Path):
    done = run_tests(python, copy_project(tmp_path / "voice-desk"), "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "29 passed" in done.stdout


def test_it_has_the_wheel_and_not_this_checkout(python: Path, tmp_path: Path):
    where = install([str(python), "-c", "import gemlive_emulator; print(gemlive_emulator.__file__)"], tmp_path)
    assert Path(where).is_relative_to(python.parent.parent)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.slug)
def test_its_tests_find_a_mistake(mutant: Mutant, verdicts: dict[str, str]):
    assert verdicts[mutant.name] == ""


def test_there_are_twelve_mistakes():
    assert len({mutant.slug for mutant in MUTANTS}) == 12
