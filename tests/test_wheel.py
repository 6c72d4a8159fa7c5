"""What is in the wheel: the package and its licence, and nothing of the tests or of this machine."""

import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(room)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [built] = room.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def read(wheel: Path, name: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        [found] = [entry for entry in archive.namelist() if entry.endswith(f".dist-info/{name}")]
        return archive.read(found).decode()


def test_every_source_file_is_in_it(names: set[str]):
    package = ROOT / "emulator" / "gemlive_emulator"
    source = {
        f"gemlive_emulator/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "gemlive_emulator/py.typed" in source
    assert {name for name in names if ".dist-info/" not in name} == source


def test_it_carries_its_licence_and_no_key(wheel: Path, names: set[str]):
    assert "Version 2.0, January 2004" in read(wheel, "licenses/LICENSE")
    assert [name for name in names if name.endswith((".pem", ".key", ".crt", ".db"))] == []


def test_its_metadata_says_what_it_needs(wheel: Path):
    told = message_from_string(read(wheel, "METADATA"))
    assert told["Name"] == "gemlive-emulator"
    assert told["License-Expression"] == "Apache-2.0"
    assert told["Requires-Python"] == ">=3.11"
    assert told.get_all("Provides-Extra") == ["asr", "fast", "mic", "redis", "voice"]
    assert "gemlive-emulator = gemlive_emulator.cli.main:main" in read(wheel, "entry_points.txt")
