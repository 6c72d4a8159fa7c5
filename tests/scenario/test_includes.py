"""Names of files: what leads out of the folder, or means something else elsewhere, is refused."""

from pathlib import Path

import pytest
from pydantic_core import PydanticCustomError
from talk import Talk

from gemlive_emulator.scenario import includes, loader
from gemlive_emulator.scenario.errors import Problem, ScenarioError
from gemlive_emulator.scenario.includes import Folder, resolve_inside, resolve_named
from gemlive_emulator.scenario.loader import load, parse
from gemlive_emulator.session.steps import Say


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


def write(folder: Path, **files: str) -> Path:
    """Files by their names without ending; ``main.yaml`` is given back."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "main.yaml"


def problems(path: Path) -> list[Problem]:
    with pytest.raises(ScenarioError) as refused:
        load(path)
    return list(refused.value.problems)


def rule(words: str, answer: str | None = None) -> str:
    return f"- when: {{text: {words}}}\n  then: [{{say: {answer or words}}}]\n"


def test_rules_are_included_in_their_place(tmp_path: Path):
    main = write(
        tmp_path,
        main=f"rules:\n{rule('one')}- include: [parts/two.yaml, three.yaml]\n{rule('four')}{rule('two', 'late')}",
        parts__two=f"rules:\n{rule('two')}- include: ../three.yaml\n",
        three=f"scenario: named\nrules:\n{rule('three')}---\nrules:\n{rule('drei')}",
    )
    (scenario,) = load(main)
    assert scenario.name == "main"
    talk = Talk(scenario.responder())
    assert [talk.steps(f"{word}!") for word in ("four", "one", "two", "three", "drei")] == [
        [Say(word)] for word in ("four", "one", "two", "three", "drei")
    ]
    assert len(scenario.rules) == 8


def test_scenarios_are_included_in_their_place(tmp_path: Path):
    main = write(
        tmp_path,
        main="scenario: first\notherwise: [{say: x}]\n---\ninclude: [a.yaml, b.yaml, a.yaml]\n---\notherwise: [{say: x}]",
        a="otherwise: [{say: a}]\n---\notherwise: [{say: a}]",
        b="include: a.yaml\n---\nscenario: b\notherwise: [{say: b}]",
    )
    assert [scenario.name for scenario in load(main)] == ["first", "a", "a-2", "b", "main-3"]


def test_a_file_can_be_included_for_its_scenarios_and_for_its_rules(tmp_path: Path):
    main = write(tmp_path, main="include: a.yaml\n---\nrules: [{include: a.yaml}]", a=f"rules:\n{rule('a')}")
    assert [len(scenario.rules) for scenario in load(main)] == [1, 1]


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path):
    main = write(
        tmp_path,
        main="rules:\n- include: parts/two.yaml\n- include: missing.yaml\notherwise: [{sya: x}]",
        parts__two=f"rules:\n{rule('a')}- include: ../three.yaml\n- whn: x\n",
        three="rules: [",
    )
    assert [(problem.file, problem.line, problem.column, problem.code) for problem in problems(main)] == [
        (str(main), 3, 12, "unreadable-file"),
        (str(main), 4, 14, "unknown-step"),
        (str(tmp_path / "parts/two.yaml"), 5, 3, "unknown-key"),
        (str(tmp_path / "three.yaml"), 1, 9, "bad-yaml"),
    ]


def test_files_are_called_as_the_user_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path, main="rules: [{include: parts/two.yaml}]", parts__two="rules: [")
    monkeypatch.chdir(tmp_path)
    assert [problem.file for problem in problems(Path("main.yaml"))] == ["parts/two.yaml"]
    monkeypatch.chdir(tmp_path / "parts")
    assert [problem.file for problem in problems(Path("../main.yaml"))] == ["../parts/two.yaml"]


@pytest.mark.parametrize("kind", ["{name}", "{{include: {name}}}"])
def test_no_file_includes_itself(tmp_path: Path, kind: str):
    def including(name: str) -> str:
        return f"include: {name}" if kind == "{name}" else f"rules: [{{include: {name}}}]"

    main = write(tmp_path, main=including("a.yaml"), a=including("b.yaml"), b=including("./a.yaml"))
    (problem,) = problems(main)
    assert problem.file == str(tmp_path / "b.yaml")
    assert (problem.line, problem.code) == (1, "include-cycle")
    assert problem.wrong == '"./a.yaml" would include itself: a.yaml → b.yaml → a.yaml'
    assert problems(write(tmp_path, main=including("main.yaml")))[0].code == "include-cycle"


def test_includes_have_a_depth(tmp_path: Path):
    chain = {f"f{n}": f"include: f{n + 1}.yaml" for n in range(20)} | {"f20": "otherwise: [{say: x}]"}
    main = write(tmp_path, main="include: f0.yaml", **chain)
    (problem,) = problems(main)
    assert (problem.file, problem.code) == (str(tmp_path / f"f{includes.MAX_DEPTH - 1}.yaml"), "file-limits")


def test_includes_have_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loader, "MAX_FILES", 2)
    scenarios = {name: f"scenario: {name}\notherwise: [{{say: x}}]" for name in "abc"}
    main = write(tmp_path, main="include: [a.yaml, b.yaml, c.yaml]", **scenarios)
    (problem,) = problems(main)
    assert (problem.file, problem.line, problem.code) == (str(tmp_path / "c.yaml"), 0, "file-limits")


def test_rules_that_are_included_again_and_again_come_to_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loader, "MAX_RULES", 50)
    chain = {f"f{n}": f"rules: [{', '.join([f'{{include: f{n + 1}.yaml}}'] * 10)}]" for n in range(3)}
    main = write(tmp_path, main="rules: [{include: f0.yaml}]", **chain, f3=f"rules:\n{rule('a')}")
    (problem,) = problems(main)
    assert (problem.file, problem.line, problem.code) == (str(tmp_path / "f1.yaml"), 1, "file-limits")


def test_files_together_have_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loader, "MAX_BYTES", 60)
    main = write(tmp_path, main="include: a.yaml", a=f"otherwise: [{{say: {'x' * 40}}}]")
    (problem,) = problems(main)
    assert (problem.file, problem.code) == (str(tmp_path / "a.yaml"), "file-limits")
    assert "the files together" in problem.wrong


@pytest.mark.parametrize(
    ("text", "line", "column", "code", "wrong", "right"),
    [
        ("include: ../x.yaml", 1, 10, "outside-folder", "leads out", "in the folder of the scenario"),
        ("include:\n- a.yaml\n- /etc/passwd", 3, 3, "outside-folder", "absolute path", "in the folder"),
        ("include: []", 1, 10, "wrong-value", "nothing stands in this list", "leave the key out"),
        ("include: {a: b}", 1, 10, "wrong-value", "a text is needed", "in quotes"),
        ("include: b.yaml", 1, 10, "unreadable-file", "there is no file", "did you mean 'a.yaml'?"),
        ("scenario: x\ninclude: a.yaml", 1, 1, "unknown-key", "'scenario'", "in a document of its own"),
        ("rules:\n- include: a.yaml\n  when: {text: a}", 3, 3, "unknown-key", "'when'", "an entry of its own"),
    ],
)  # fmt: skip
def test_a_bad_include_is_told_with_its_place(
    tmp_path: Path, text: str, line: int, column: int, code: str, wrong: str, right: str
):
    (problem,) = problems(write(tmp_path, main=text, a=f"rules:\n{rule('a')}"))
    assert (problem.file, problem.line, problem.column, problem.code) == (
        str(tmp_path / "main.yaml"),
        line,
        column,
        code,
    )
    assert wrong in problem.wrong
    assert right in problem.right


def test_only_rules_of_a_file_are_included_among_rules(tmp_path: Path):
    main = write(tmp_path, main="rules: [{include: a.yaml}]", a=f"rules:\n{rule('a')}otherwise: [{{say: x}}]")
    (problem,) = problems(main)
    assert (problem.file, problem.line, problem.code) == (str(tmp_path / "a.yaml"), 4, "unknown-key")
    assert "belongs into the scenario that includes them" in problem.right
    (problem,) = problems(write(tmp_path, a=f"rulse:\n{rule('a')}"))
    assert "did you mean 'rules'?" in problem.right


def test_a_text_includes_from_the_folder_it_is_given(tmp_path: Path):
    write(tmp_path, a=f"rules:\n{rule('a')}")
    text = "rules: [{include: a.yaml}]"
    assert len(parse(text, folder=tmp_path)[0].rules) == 1
    with pytest.raises(ScenarioError, match=r"<text>:1:19: \"a.yaml\" is a file, and this scenario is none; save"):
        parse(text)


def test_the_loader_tells_every_file_there_or_not(tmp_path: Path):
    main = write(tmp_path, main="rules: [{include: parts/two.yaml}, {include: no.yaml}]", parts__two="rules: [")
    told: list[Path] = []
    with pytest.raises(ScenarioError):
        load(main, told.append)
    assert told == [main, tmp_path / "parts/two.yaml", tmp_path / "no.yaml"]
