"""Files: every fault with line and column, and nothing that a file can do but be wrong."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest
from talk import Talk

from gemlive_emulator.scenario import loader, nodes
from gemlive_emulator.scenario.errors import Problem, ScenarioError
from gemlive_emulator.scenario.loader import MAX_BYTES, check, choose, load, parse
from gemlive_emulator.session.steps import Say
from gemlive_emulator.wire.errors import EmulatorError

ERRORS_PAGE = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
SAY = "then: [{say: x}]"


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as refused:
        parse(text, "desk.yaml")
    return refused.value.problems


def only(text: str) -> Problem:
    (problem,) = problems(text)
    return problem


@pytest.mark.parametrize(
    ("text", "line", "column", "code", "wrong", "right"),
    [
        # keys
        ("scenaro: x\notherwise: [{say: x}]", 1, 1, "unknown-key", "unknown key 'scenaro'", "did you mean 'scenario'?"),
        ("rules:\n  - when: {txt: hi}\n    " + SAY, 2, 12, "unknown-key", "unknown key 'txt'", "did you mean 'text'?"),
        ("rules:\n  - when:\n      text:\n        is: hi\n    " + SAY, 4, 9, "unknown-key", "'is'", "contains, exact, like, not, regex"),
        ("rules:\n  - {when: {text: hi}, than: x}", 2, 24, "unknown-key", "'than'", "did you mean 'then'?"),
        ("otherwise:\n  - say: x\n    pause: 1s", 3, 5, "unknown-key", "'pause'", "on a new line that begins with '- '"),
        ("otherwise:\n  - say: x\n    loud: 1", 3, 5, "unknown-key", "'loud'", "known here: say"),
        ("otherwise: [{close: {code: 1000, reasn: x}}]", 1, 34, "unknown-key", "'reasn'", "did you mean 'reason'?"),
        ("rules:\n  - when: {text: hi}", 2, 5, "missing-key", "'then' is missing", "add it"),
        ("otherwise:\n  - close: {reason: x}", 2, 12, "missing-key", "'code' is missing", "write close: 1011"),
        ("rules: [{when: {}, " + SAY + "}]", 1, 16, "missing-key", "an empty condition", "for 'always' use otherwise"),
        ("rules: [{when: {text: {}}, " + SAY + "}]", 1, 23, "missing-key", "empty mapping", "contains: …"),
        ("scenario: x", 1, 1, "missing-key", "a scenario that says nothing", "rules, otherwise or a script"),
        ("otherwise: [{say: x}]\nscript:\n  - expect: {text: a}\n    reply: [{say: x}]", 2, 1, "wrong-value", "a script and rules", "---"),
        # steps
        ("otherwise:\n  - sya: x", 2, 5, "unknown-step", "unknown step 'sya'", "did you mean 'say'?"),
        ("otherwise:\n  - {}", 2, 5, "unknown-step", "unknown step ''", "known here: "),
        ("otherwise:\n  - hello", 2, 5, "unknown-step", 'not the text "hello"', "- say: Hello"),
        ("otherwise:\n  - [a]", 2, 5, "unknown-step", "not a list", "- say: Hello"),
        ("otherwise:\n  -\n  - say: x", 2, 4, "unknown-step", "not nothing", "- say: Hello"),
        ("otherwise: {say: x}", 1, 12, "wrong-value", "a list is needed here, not a mapping", "begin each entry with '- '"),
        ("otherwise: []", 1, 12, "wrong-value", "nothing stands in this list", "leave the key out"),
        ("rules: []", 1, 8, "wrong-value", "nothing stands in this list", "leave the key out"),
        ("script: hello", 1, 9, "wrong-value", "a list is needed here, not the text", "begin each entry"),
        ("otherwise:\n  - close: 1000\n  - say: x", 2, 3, "wrong-value", "steps after 'close' are never reached", "put 'close' last"),
        # values
        ("otherwise:\n  - say: {turn.text}", 2, 11, "unknown-key", "unknown key 'turn.text'", "begins with a brace must stand in quotes"),
        ("otherwise:\n  - think: {turn.text}", 2, 12, "wrong-value", "a text is needed here, not a mapping", "in quotes"),
        ("otherwise:\n  - say:", 2, 9, "wrong-value", "a text is needed here, not nothing", ""),
        ("scenario: ''\notherwise: [{say: x}]", 1, 11, "wrong-value", "an empty text", ""),
        ("otherwise: [{say: 'a {turn.txt}'}]", 1, 19, "unknown-placeholder", "{turn.txt}", "did you mean 'turn.text'?"),
        ("otherwise: [{close: {code: 1000, reason: '{'}}]", 1, 42, "unknown-placeholder", "a single '{'", "{{"),
        ("otherwise: [{pause: 700 msec}]", 1, 21, "bad-duration", '"700 msec" is no duration', "write 700ms"),
        ("otherwise: [{pause: -1}]", 1, 21, "bad-duration", "no duration", "write 700ms"),
        ("otherwise: [{pause: 25h}]", 1, 21, "bad-duration", "no duration", "write 700ms"),
        ("otherwise: [{close: 1005}]", 1, 21, "wrong-value", '"1005" is no close code', "1000 to 1003"),
        ("otherwise: [{close: 000001000123}]", 1, 21, "wrong-value", "no close code", "1000 to 1003"),
        ("otherwise: [{close: ¹}]", 1, 21, "wrong-value", "no close code", "1000 to 1003"),
        ("otherwise: [{close: [1]}]", 1, 21, "wrong-value", "a mapping is needed here, not a list", "{code: …, how: …, reason: …"),
        ("rules: [{when: {text: /(a/}, " + SAY + "}]", 1, 23, "bad-regex", "'(' without ')'", "{contains: TEXT}"),
        ("rules: [{when: {text: {regex: [a, '*']}}, " + SAY + "}]", 1, 35, "bad-regex", "nothing before the repeat", ""),
        ("rules: [{when: {text: [a, {exact: []}]}, " + SAY + "}]", 1, 35, "wrong-value", "nothing stands in this list", ""),
        ("rules: [{when: {not: {any: [{text: [[a]]}]}}, " + SAY + "}]", 1, 37, "wrong-value", "a text is needed here, not a list", ""),
        ("rules: [{when: {any: []}, " + SAY + "}]", 1, 22, "wrong-value", "nothing stands in this list", ""),
        ("rules: [{when: {any: {text: a}}, " + SAY + "}]", 1, 22, "wrong-value", "a list is needed here", "begin each entry"),
        ("rules: [{when: hello, " + SAY + "}]", 1, 16, "wrong-value", "a mapping is needed here", 'write {text: "hello"}'),
        ("a", 1, 1, "wrong-value", "a mapping is needed here, not the text", "write {scenario: …"),
        ("- a", 1, 1, "wrong-value", "a mapping is needed here, not a list", "put rules: or otherwise: on a line above it"),
        # speech
        ("otherwise: [{end_turn: {reason: Blocklist}}]", 1, 33, "wrong-value", '"Blocklist" is not known here', "did you mean 'BLOCKLIST'?"),
        ("otherwise:\n  - silense", 2, 5, "unknown-step", 'not the text "silense"', "did you mean 'silence'?"),
        ("otherwise: [silence, {say: x}]", 1, 12, "wrong-value", "steps after 'silence'", "put 'silence' last"),
        ("otherwise: [end_turn, {say: x}]", 1, 12, "wrong-value", "steps after 'end_turn'", "put 'end_turn' last"),
        ("otherwise: [{silence: x}]", 1, 23, "wrong-value", "a mapping is needed here", "write {}"),
        ("otherwise: [{silence: {for: 1s}}]", 1, 24, "unknown-key", "'for'", "write {}"),
        ("otherwise: [say]", 1, 13, "wrong-value", "a text is needed here, not nothing", ""),
        ("otherwise: [close]", 1, 13, "missing-key", "'code' is missing", "write close: 1011"),
        ("otherwise: [{say: {sound: none}}]", 1, 19, "missing-key", "'text' is missing", "add it"),
        ("otherwise: [{say: {text: x, sound: nine}}]", 1, 36, "wrong-value", '"nine" is not known here', "did you mean 'none'? known here: none, silent, voice"),
        ("otherwise: [{say: {text: x, sound: [a]}}]", 1, 36, "wrong-value", "a text is needed here, not a list", "in quotes"),
        ("otherwise: [{end_turn: {reason: RESPONSE_REJECT}}]", 1, 33, "wrong-value", '"RESPONSE_REJECT" is not known', "did you mean 'RESPONSE_REJECTED'?"),
        ("otherwise: [{interrupt: {after: soon}}]", 1, 33, "bad-duration", '"soon" is no duration', "write 700ms, 1.5s, 2m or a number of seconds, or end for after the end of the turn"),
        ("otherwise: [{interrupt: {after: [1]}}]", 1, 33, "wrong-value", "a text is needed here, not a list", "in quotes"),
        ("otherwise: [{interrupt: {times: 0}}]", 1, 26, "wrong-value", "never happens", "write 1 or more"),
        ("otherwise: [{interrupt: {times: often}}]", 1, 33, "wrong-value", '"often" is no number', "such as 2"),
        ("otherwise: [{interrupt: {after: end, times: 2}}]", 1, 38, "wrong-value", "the end of a turn comes once", "leave times out"),
        ("otherwise: [{say: x}, interrupt]", 1, 12, "wrong-value", "'interrupt' stands after what it is to cut", "put it first"),
        ("otherwise: [{transcript: {text: x}}]", 1, 26, "wrong-value", "a text is needed here, not a mapping", "in quotes"),
        ("otherwise: [{transcript: '{turn.txt}'}]", 1, 26, "unknown-placeholder", "{turn.txt}", "did you mean 'turn.text'?"),
        ("rules: [{when: {herd: hi}, " + SAY + "}]", 1, 17, "unknown-key", "'herd'", "did you mean 'heard'?"),
        ("rules: [{when: {heard: {is: hi}}, " + SAY + "}]", 1, 25, "unknown-key", "'is'", "contains, exact, like, not, regex"),
        ("rules: [{when: {audio: yes}, " + SAY + "}]", 1, 24, "wrong-value", 'a mapping is needed here, not the text "yes"', "write any, or {at_least: …, at_most: …, recording: …}"),
        ("rules: [{when: {audio: {}}, " + SAY + "}]", 1, 24, "missing-key", "an empty mapping", "write any, or {at_least: …"),
        ("rules: [{when: {audio: {atleast: 1s}}, " + SAY + "}]", 1, 25, "unknown-key", "'atleast'", "did you mean 'at_least'?"),
        ("rules: [{when: {audio: {at_least: long}}, " + SAY + "}]", 1, 35, "bad-duration", '"long" is no duration', "write 700ms"),
        ("rules: [{when: {audio: {at_least: 2s, at_most: 1s}}, " + SAY + "}]", 1, 25, "wrong-value", "at_least is more than at_most", "exchange them"),
        ("rules: [{when: {images: {at_least: 1.5}}, " + SAY + "}]", 1, 36, "wrong-value", '"1.5" is no number', "such as 2"),
        ("user_says: hello\notherwise: [{say: x}]", 1, 12, "wrong-value", "a list is needed here", "begin each entry"),
        ("user_says: ['']\notherwise: [{say: x}]", 1, 13, "wrong-value", "an empty text", ""),
        ("user_says: [a]\nscript:\n  - expect: {heard: a}\n    reply: [{say: x}]", 1, 1, "wrong-value", "user_says in a scenario with a script", "write says beside"),
        ("script:\n  - expect: {heard: a}\n    says: [a]\n    reply: [{say: x}]", 3, 11, "wrong-value", "a text is needed here, not a list", ""),
        # YAML
        ("a: b: c", 1, 5, "bad-yaml", "mapping values are not allowed here", "': ' in it must stand in quotes"),
        ("rules:\n\t- x", 2, 1, "bad-yaml", "cannot start any token", "blanks, not tabs"),
        ("otherwise: [{say: %x}]", 1, 19, "bad-yaml", "cannot start any token", "must stand in quotes"),
        ("otherwise: [{say: x]", 1, 20, "bad-yaml", "expected ',' or '}'", ""),
        ("otherwise: [{say: 'a\x01'}]", 1, 21, "bad-yaml", "special characters are not allowed", ""),
        ("a: 1\nb: 2\na: 3", 3, 1, "bad-yaml", "the key 'a' stands here twice, first in line 1", ""),
        ("{say: x}: 1", 1, 1, "bad-yaml", "a key must be a word", "in quotes"),
        ("a: !!python/object/apply:os.system ['true']", 1, 4, "bad-yaml", "python/object/apply:os.system is not allowed", "without a tag"),
        ("a: !danger x", 1, 4, "bad-yaml", "the tag !danger is not allowed", "without a tag"),
        ("rules:\n- when: &w {not: *w}\n  " + SAY, 2, 9, "file-limits", "within each other", ""),
        ("[" * 1_000, 0, 0, "file-limits", "far too deep", ""),
        ("", 0, 0, "missing-key", "the file is empty", "rules, otherwise or a script"),
        ("---\n---\n# nothing", 0, 0, "missing-key", "the file is empty", "rules, otherwise or a script"),
        # several documents
        ("otherwise: [{say: x}]\n---\nscenario: scenario\notherwise: [{say: x}]", 3, 11, "wrong-value", "a second scenario", "another name"),
        ("otherwise: [{say: x}]\n---\notherwise: [{sya: x}]", 3, 14, "unknown-step", "'sya'", "did you mean 'say'?"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(text: str, line: int, column: int, code: str, wrong: str, right: str):
    problem = only(text)
    assert (problem.line, problem.column, problem.code) == (line, column, code), problem
    assert wrong in problem.wrong
    assert right in problem.right
    assert f"\n### {code}\n" in ERRORS_PAGE


def test_all_faults_are_told_at_once_in_the_order_of_the_file():
    text = "rules:\n- when: {txt: a}\n  then: [{sya: x}, {say: '{x}'}]\notherwise: [{pause: x}]"
    assert [(problem.line, problem.column) for problem in problems(text)] == [(2, 10), (3, 11), (3, 26), (4, 21)]


def test_an_error_names_file_line_column_fault_remedy_and_page():
    with pytest.raises(EmulatorError) as refused:
        parse("otherwise:\n- sya: x", "desk.yaml")
    assert str(refused.value) == (
        "desk.yaml:2:3: unknown step 'sya'; did you mean 'say'? (docs/errors.md#unknown-step)"
    )


def test_an_alias_is_a_value_again():
    (scenario,) = parse("rules:\n- when: {text: a}\n  then: &bye [{say: bye}]\n- when: {text: b}\n  then: *bye")
    assert Talk(scenario.responder()).steps("b") == [Say("bye")]


def test_aliases_cannot_grow_without_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(nodes, "MAX_VALUES", 20_000)
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert only("\n".join(lines)).code == "file-limits"


def test_an_anchor_may_be_set_again():
    assert parse("scenario: &a x\notherwise: [{say: &a y}, {say: *a}]")[0].name == "x"


@pytest.mark.parametrize("written", ["no", "1.10", "0x1F", "2026-11-25", "on", "~x"])
def test_a_text_stays_as_it_was_written(written: str):
    (scenario,) = parse(f"otherwise: [{{say: {written}}}]")
    assert Talk(scenario.responder()).steps("x") == [Say(written)]


def test_json_is_taken_with_its_escapes():
    (scenario,) = parse('{"scenario": "j", "otherwise":\t[{"say": "\\ud83d\\ude00 \\/ \\ud800"}]}')
    assert Talk(scenario.responder()).steps("x") == [Say("😀 / \ufffd")]


def test_scenarios_are_chosen_by_name_or_by_place():
    scenarios = parse(
        "scenario: a\notherwise: [{say: x}]\n---\notherwise: [{say: y}]\n---\notherwise: [{say: z}]", name="f"
    )
    assert [scenario.name for scenario in scenarios] == ["a", "f-2", "f-3"]
    assert choose(scenarios) is scenarios[0]
    assert choose(scenarios, "f-3") is scenarios[2]
    with pytest.raises(ScenarioError, match=r"A: there is no scenario of this name; did you mean 'a'\?"):
        choose(scenarios, "A")


def test_a_file_is_read_and_names_its_scenario(tmp_path: Path):
    file = tmp_path / "desk.yaml"
    file.write_bytes(b"\xef\xbb\xbfotherwise: [{say: x}]\r\n")
    assert [scenario.name for scenario in load(file)] == ["desk"]
    assert check(file) == []


def test_a_file_is_checked(tmp_path: Path):
    file = tmp_path / "desk.yaml"
    file.write_text("otherwise:\n- sya: x\n- pause: x\n")
    assert [line.split(": ")[0] for line in check(file)] == [f"{file}:2:3", f"{file}:3:10"]


@pytest.mark.parametrize(
    ("content", "line", "column", "code"),
    [(b"a: \xc3\xa9\nb: \xc3\xa9\xff", 2, 5, "bad-yaml"), (b"#" * (MAX_BYTES + 1), 0, 0, "file-limits")],
)
def test_a_file_that_is_no_text_or_too_large_is_refused(
    tmp_path: Path, content: bytes, line: int, column: int, code: str
):
    file = tmp_path / "desk.yaml"
    file.write_bytes(content)
    with pytest.raises(ScenarioError) as refused:
        load(file)
    (problem,) = refused.value.problems
    assert (problem.line, problem.column, problem.code) == (line, column, code)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("missing.yaml", "there is no such file"), (".", "this is no file"), ("a\0b", "no such file|cannot be read")],
)
def test_a_path_that_is_no_file_is_refused(tmp_path: Path, name: str, wrong: str):
    with pytest.raises(ScenarioError, match=wrong):
        load(tmp_path / name)


def test_a_pipe_is_no_file(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ScenarioError, match="this is no file"):
        load(tmp_path / "pipe")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "desk.yaml"
    file.write_text("otherwise: [{say: x}]")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(loader.Path, "open", refuse)
    with pytest.raises(ScenarioError, match=r"cannot be read: .*Permission denied"):
        load(file)


def test_reading_a_scenario_does_not_need_yaml_until_then():
    told = "import sys, gemlive_emulator.scenario.loader; sys.exit('ruamel.yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], check=False).returncode == 0


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("content", ["otherwise: [{say: x}]", "otherwise: [{sya: x}]"])
def test_the_garbage_collector_is_as_it_was(tmp_path: Path, on: bool, content: str):
    file = tmp_path / "desk.yaml"
    file.write_text(content)
    was_on = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        check(file)
        assert gc.isenabled() is on
    finally:
        (gc.enable if was_on else gc.disable)()


@pytest.mark.parametrize("frozen", [True, False])
def test_what_somebody_has_frozen_stays_so(tmp_path: Path, frozen: bool, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "desk.yaml"
    file.write_text("otherwise: [{say: x}]")
    thawed: list[bool] = []
    monkeypatch.setattr(gc, "get_freeze_count", lambda: int(frozen))
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(gc, "unfreeze", lambda: thawed.append(True))
    was_on = gc.isenabled()
    try:
        gc.enable()
        check(file)
    finally:
        (gc.enable if was_on else gc.disable)()
    assert thawed == [True] * (not frozen)
