"""What the README says works, word for word."""

import re
import shlex
import sys
import wave
from pathlib import Path

import pytest
from blocks import ROOT, block_named, blocks
from projects import run_module, run_tests

README = ROOT / "README.md"
ANSWER = re.compile(r"[A-Z]\w+.*[.!?]\s*$", re.DOTALL)


def given_an_emulator(folder: Path, *command: str, **more: str) -> str:
    """Run a command by ``gemlive-emulator exec`` in a folder; it has to succeed. Returns its standard output."""
    done = run_module(folder, "gemlive_emulator", "exec", "--voice", "formant", "--", *command, **more)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def written(folder: Path, name: str) -> str:
    """Write a block of the README into the file it names, as a reader would."""
    (folder / name).write_text(block_named(README, name), encoding="utf-8")
    return name


def test_the_conversation_in_python(tmp_path: Path):
    said = given_an_emulator(tmp_path, sys.executable, written(tmp_path, "talk.py"))
    assert ANSWER.match(said), said
    with wave.open(str(tmp_path / "answer.wav")) as answer:
        assert (answer.getframerate(), answer.getnchannels(), answer.getsampwidth()) == (24000, 1, 2)
        assert answer.getnframes() > 12000
        assert any(answer.readframes(12000))


def test_the_test_passes_without_a_command_around_it(tmp_path: Path):
    written(tmp_path, "test_greeting.py")
    done = run_tests(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_the_conversation_over_a_raw_websocket(tmp_path: Path):
    opened, said = given_an_emulator(tmp_path, sys.executable, written(tmp_path, "raw.py")).split("\n", 1)
    assert opened == "{'setupComplete': {}}"
    assert ANSWER.match(said), said
    assert said.endswith("\n")
    assert not said.endswith("\n\n"), "an answer ends its last line itself"


def test_the_spoken_conversation_with_a_barge_in(tmp_path: Path):
    section = README.read_text(encoding="utf-8").split("## Speech in")[1].split("## In CI")[0]
    (commands, promised) = (
        re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)[0] for language in ("sh", "text")
    )
    ours = f"{shlex.quote(sys.executable)} -m gemlive_emulator"
    for command in commands.splitlines():
        _, _, *module = shlex.split(command.replace("gemlive-emulator", ours))
        done = run_module(tmp_path, *module)
        assert done.returncode == 0, done.stderr
    printed = iter([line[10:32].strip() for line in done.stdout.splitlines()])
    for line in promised.splitlines():
        event = line[10:32].strip()
        assert event in printed, f"{event} in this place of:\n{done.stdout}"
        if event == "heard":
            assert line[10:] in done.stdout


@pytest.mark.clients
def test_the_conversation_in_javascript(tmp_path: Path):
    sys.path.append(str(ROOT / "tests" / "clients"))
    from environments import NoNode, make_node_sdk

    try:
        sdk = make_node_sdk("3")
    except NoNode as problem:
        pytest.skip(str(problem))
    (tmp_path / "node_modules").symlink_to(sdk.modules)
    said = given_an_emulator(tmp_path, str(sdk.node), written(tmp_path, "talk.mjs"))
    assert ANSWER.match(said), said


def test_the_commands_are_commands_that_exist():
    """Each word of a shell block that is an option of ours is one that the command has."""
    import click

    from gemlive_emulator.cli.main import main

    lines = [
        line
        for path in (README, *ROOT.glob("docs/**/*.md"))
        for block in blocks(path, "sh")
        for line in block.splitlines()
    ]
    spoken = " \n ".join(lines)
    found = re.findall(r"gemlive-emulator (\w+)((?: +--?[\w-]+)*)", spoken)
    assert {name for name, _ in found} >= {"serve", "exec", "env"}
    for name, rest in found:
        command = main.get_command(click.Context(main), name)
        assert command is not None, name
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in shlex.split(rest) if word != "--"} <= known


def test_there_are_two_commands_and_each_is_one_line():
    text = README.read_text(encoding="utf-8")
    section = text[text.index("## Two commands") : text.index("## Point your application")]
    commands = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert [command.count("\n") for command in commands] == [1, 1]
    assert commands[0].strip().endswith("gemlive-emulator serve")
    assert "&& python -m pytest" in commands[1]
