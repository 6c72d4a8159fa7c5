"""The scenario of a mounted folder, and options that come from the environment."""

from dataclasses import fields
from pathlib import Path

import click
import pytest
from waiting import ready

from gemlive_emulator.cli.main import COMMANDS, main
from gemlive_emulator.cli.mounted import FOLDER_VARIABLE, mounted_scenario
from gemlive_emulator.cli.options import settings_from
from gemlive_emulator.server.settings import Settings

RIGHT = 'otherwise:\n  - say: "You said: {turn.text}"\n'


def found(folder: Path) -> Path | None:
    return mounted_scenario({FOLDER_VARIABLE: str(folder)})


def test_no_variable_no_folder_and_an_empty_folder_are_no_scenario(tmp_path: Path):
    assert mounted_scenario({}) is None
    assert mounted_scenario({FOLDER_VARIABLE: ""}) is None
    assert found(tmp_path / "nowhere") is None
    assert found(tmp_path) is None


@pytest.mark.parametrize("name", ["desk.yaml", "desk.yml", "desk.json"])
def test_the_only_scenario_is_played_whatever_lies_beside_it(tmp_path: Path, name: str):
    (tmp_path / "parts.yaml").mkdir()
    for other in (name, "hello.wav", "README.md"):
        (tmp_path / other).touch()
    assert found(tmp_path) == tmp_path / name


def test_of_several_the_one_with_the_usual_name_is_played(tmp_path: Path):
    for name in ("desk.yaml", "scenario.yaml", "weather.yaml"):
        (tmp_path / name).touch()
    assert found(tmp_path) == tmp_path / "scenario.yaml"


@pytest.mark.parametrize("names", [("desk.yaml", "weather.json"), ("scenario.json", "scenario.yaml")])
def test_several_without_one_that_is_meant_are_a_mistake(tmp_path: Path, names: tuple[str, str]):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(click.ClickException, match=", ".join(names)) as raised:
        found(tmp_path)
    assert "--scenario" in raised.value.message


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(click.ClickException, match=rf"{FOLDER_VARIABLE}={tmp_path}: Permission denied"):
        found(tmp_path)


def test_what_is_asked_for_goes_before_what_is_mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    for name in ("scenario.yaml", "asked.yaml"):
        (tmp_path / name).write_text(RIGHT, encoding="utf-8")

    def scenario(*words: str) -> str | None:
        command = main.get_command(click.Context(main), "exec")
        assert command is not None
        given = command.make_context("exec", [*words, "true"]).params
        names = {field.name for field in fields(Settings)}
        return settings_from({name: value for name, value in given.items() if name in names}).scenario

    assert scenario() == str(tmp_path / "scenario.yaml")
    assert scenario("--scenario", str(tmp_path / "asked.yaml")) == str(tmp_path / "asked.yaml")


def test_each_option_with_a_value_has_the_variable_that_its_name_says():
    """click makes the variable's name of the parameter's, which need not be the option's."""
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        for option in command.params:
            if isinstance(option, click.Option) and not (option.is_flag or option.multiple):
                said = option.opts[-1].removeprefix("--").replace("-", "_")
                by_hand = f"GEMLIVE_EMULATOR_{name}_{said}".upper()
                assert said == option.name or option.envvar == by_hand, f"{name} {option.opts[-1]}"


def test_a_server_is_told_everything_by_its_environment(run, start, tmp_path: Path):
    (tmp_path / "scenario.yaml").write_text(RIGHT, encoding="utf-8")
    told = {"GEMLIVE_EMULATOR_SERVE_PORT": "0", "GEMLIVE_EMULATOR_SERVE_CLOCK": "manual"}
    url = ready(start("serve", **told, **{FOLDER_VARIABLE: str(tmp_path)}))["url"]
    assert not url.endswith(":8765")
    assert run("ready", GEMLIVE_EMULATOR_READY_URL=url).stdout == f"ready at {url}\n"
    assert run("advance", "1s", GEMLIVE_EMULATOR_ADVANCE_URL=url).returncode == 0


def test_a_wrong_value_of_the_environment_is_told_as_that_of_an_option(run):
    done = run("serve", GEMLIVE_EMULATOR_SERVE_CLOCK="sundial")
    assert done.returncode == 2
    assert "--clock" in done.stderr
    assert "sundial" in done.stderr
