"""Names of files: what leads out of the folder, or means something else elsewhere, is refused."""

from pathlib import Path

import pytest
from pydantic_core import PydanticCustomError

from gemlive_emulator.scenario.includes import Folder, resolve_inside, resolve_named


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder ``desk`` with files, a link to one of them and links out of it; beside it a file that is nobody's."""
    (tmp_path / "secret.yaml").write_text("x")
    (tmp_path / "desk-two").mkdir()
    (tmp_path / "desk-two" / "secret.yaml").write_text("x")
    root = tmp_path / "desk"
    for folder in ("sounds/deep", "empty"):
        (root / folder).mkdir(parents=True)
    for name in ("main.yaml", "more.yaml", "sounds/a.wav", "sounds/deep/b.wav"):
        (root / name).write_text("x")
    (root / "link.yaml").symlink_to("more.yaml")
    (root / "out.yaml").symlink_to("../secret.yaml")
    (root / "out").symlink_to("..")
    (root / "loop.yaml").symlink_to("loop.yaml")
    return root


def refusal(root: Path, name: str, here: Path | None = None) -> tuple[str, str, str]:
    with pytest.raises(PydanticCustomError) as refused:
        resolve_inside(root, name, here)
    context = refused.value.context or {}
    return refused.value.type, context["wrong"], context["right"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("more.yaml", "more.yaml"),
        ("./sounds/../more.yaml", "more.yaml"),
        ("sounds/deep/b.wav", "sounds/deep/b.wav"),
        ("link.yaml", "more.yaml"),
    ],
)
def test_a_file_in_the_folder_is_found(desk: Path, name: str, found: str):
    assert resolve_inside(desk, name) == desk / found


def test_a_name_is_relative_to_the_file_that_has_it(desk: Path):
    assert resolve_inside(desk, "../../more.yaml", desk / "sounds" / "deep") == desk / "more.yaml"
    assert refusal(desk, "../../../secret.yaml", desk / "sounds" / "deep")[0] == "outside-folder"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("../secret.yaml", "leads out of the folder"),
        ("../desk-two/secret.yaml", "leads out of the folder"),
        ("sounds/../../secret.yaml", "leads out of the folder"),
        ("../nothing.yaml", "leads out of the folder"),
        ("out.yaml", "leads out of the folder"),
        ("out/secret.yaml", "leads out of the folder"),
        ("/etc/passwd", "is an absolute path"),
        ("//server/share", "is an absolute path"),
        ("C:more.yaml", "is an absolute path"),
        ("c:/more.yaml", "is an absolute path"),
        ("sounds\\a.wav", "has a backslash"),
        ("..\\secret.yaml", "has a backslash"),
        ("more.yaml\0.wav", "is no name of a file"),
        ("more\n.yaml", "is no name of a file"),
        ("", "is no name of a file"),
        (" ", "is no name of a file"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(desk: Path, name: str, wrong: str):
    code, told, right = refusal(desk, name)
    assert code == "outside-folder"
    assert wrong in told
    assert right


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("mroe.yaml", 'there is no file "mroe.yaml"', "did you mean 'more.yaml'?"),
        ("sounds", 'there is no file "sounds"', "known here"),
        ("empty/x.wav", 'there is no file "empty/x.wav"', "no file is in its folder"),
        ("nowhere/x.wav", 'there is no file "nowhere/x.wav"', "its folder is not there"),
        ("x" * 5_000, "leads nowhere", "name a file in the folder"),
        ("loop.yaml", "", ""),
    ],
)
def test_a_name_without_a_file_is_refused(desk: Path, name: str, wrong: str, right: str):
    code, told, advice = refusal(desk, name)
    assert code == "unreadable-file"
    assert wrong in told
    assert right in advice


def test_a_text_without_a_folder_names_no_files(desk: Path):
    assert resolve_named(Folder(desk, desk / "sounds"), "a.wav") == desk / "sounds" / "a.wav"
    with pytest.raises(PydanticCustomError, match="this scenario is none"):
        resolve_named(None, "a.wav")
