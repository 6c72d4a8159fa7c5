"""Help is quick because it imports nothing heavy, and it tells the truth about defaults."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import get_args

import click
import pytest

from gemlive_emulator import __version__
from gemlive_emulator.cli import options
from gemlive_emulator.cli.main import COMMANDS, main
from gemlive_emulator.server.settings import LogLevel, PaceName, RecogniserName, Settings
from gemlive_emulator.server.voices import CHOICES

HEAVY = {
    "numpy",
    "pydantic",
    "websockets",
    "uvicorn",
    "starlette",
    "ruamel",
    "yaml",
    "trustme",
    "cryptography",
    "asyncio",
    "certifi",
}

PROBE = """
import json, sys
from gemlive_emulator.cli.main import main
try:
    main(json.loads(sys.argv[1]), prog_name="gemlive-emulator")
except SystemExit as end:
    print(json.dumps({"code": end.code, "modules": sorted(sys.modules)}), file=sys.stderr)
"""


@pytest.mark.parametrize("words", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_imports_nothing_heavy(words: list[str]):
    done = subprocess.run([sys.executable, "-c", PROBE, json.dumps(words)], capture_output=True, text=True, check=True)
    told = json.loads(done.stderr)
    assert told["code"] == 0
    assert done.stdout.strip()
    assert HEAVY & {name.split(".")[0] for name in told["modules"]} == set()


def commands() -> dict[str, click.Command]:
    context = click.Context(main)
    found = {name: main.get_command(context, name) for name in main.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def test_every_command_is_there_under_its_name():
    assert {name: command.name for name, command in commands().items()} == {name: name for name in COMMANDS}


def test_the_list_of_commands_says_what_each_command_says():
    first_lines = {name: (command.help or "").splitlines()[0] for name, command in commands().items()}
    assert first_lines == {name: line for name, (_, line) in COMMANDS.items()}


def test_an_unknown_command_is_a_usage_error(run):
    done = run("sevre")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command 'sevre'" in done.stderr


def test_the_defaults_of_options_are_those_of_the_settings():
    settings = Settings()
    defaults = commands()["serve"].make_context("serve", []).params
    del defaults["ready_file"]
    assert defaults == {name: getattr(settings, name) for name in defaults}
    assert defaults.keys() >= {"host", "port", "voice", "rate", "pace", "log_level", "max_sessions", "allow_origins"}
    assert get_args(PaceName) == options.PACES
    assert options.VOICES == CHOICES
    assert get_args(RecogniserName) == options.RECOGNISERS
    assert get_args(LogLevel) == options.LOG_LEVELS


def test_exec_takes_every_option_of_serve_but_the_ready_file():
    told = {name: {option.name for option in command.params} for name, command in commands().items()}
    assert told["serve"] - told["exec"] == {"ready_file"}
    assert told["exec"] - told["serve"] == {"words", "vertex", "transparent", "sealed"}


def test_the_version_is_the_distributions(run):
    assert __version__ == version("gemlive-emulator")
    assert run("version").stdout == run("--version").stdout == f"gemlive-emulator {__version__}\n"


def test_fields_of_the_family_are_set_by_name_with_json_or_text() -> None:
    given = [
        "--set",
        "behaviour.pace.speed=2",
        "--set",
        "manner.role=true",
        "--set",
        "behaviour.typed_during_reply=queue",
    ]
    read = commands()["serve"].make_context("serve", given).params["overrides"]
    assert read == {"behaviour.pace.speed": 2, "manner.role": True, "behaviour.typed_during_reply": "queue"}


def test_a_field_without_a_value_is_called_wrong() -> None:
    with pytest.raises(click.BadParameter, match="has to be FIELD=VALUE"):
        commands()["serve"].make_context("serve", ["--set", "manner.role"])


@pytest.mark.parametrize(("given", "idle_end"), [("never", 0.0), ("family", None), ("1500ms", 1.5), ("2", 2.0)])
def test_how_the_emulator_listens_is_chosen_by_options(given: str, idle_end: float | None, tmp_path: Path) -> None:
    words = ["--idle-end", given, "--recogniser", "off", "--recordings", str(tmp_path), "--recordings", "."]
    chosen = commands()["serve"].make_context("serve", words).params
    del chosen["ready_file"]
    settings = options.settings_from(chosen)
    assert (settings.idle_end, settings.recogniser, settings.recordings) == (idle_end, "off", (str(tmp_path), "."))


@pytest.mark.parametrize(("words", "lasts"), [((), 3600.0), (("--handle-seconds", "86400"), 86400.0)])
def test_how_long_handles_last_is_told_by_the_environment_or_better_by_the_option(
    words: tuple[str, ...], lasts: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMLIVE_EMULATOR_HANDLE_SECONDS", "3600")
    chosen = commands()["serve"].make_context("serve", list(words)).params
    del chosen["ready_file"]
    assert options.settings_from(chosen).handle_seconds == lasts


def test_a_folder_of_recordings_has_to_be_there() -> None:
    with pytest.raises(click.BadParameter, match="does not exist"):
        commands()["serve"].make_context("serve", ["--recordings", "no such folder"])
