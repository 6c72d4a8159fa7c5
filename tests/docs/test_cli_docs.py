"""Every command, option, variable and setting is documented, and nothing is that does not exist."""

import inspect
import re
from dataclasses import fields

import click
import pytest
from blocks import ROOT

from gemlive_emulator.cli.formats import FORMATS
from gemlive_emulator.cli.main import COMMANDS, main
from gemlive_emulator.server.environment import KEY_NAMES, PLACEHOLDER_KEY, Address, client_environment
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.server.tls import Certificates
from gemlive_emulator.server.transparent import transparent_environment
from gemlive_emulator.wire.closes import KEY_STATES

CLI = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def options() -> dict[str, set[str]]:
    """The long options of each command."""
    told = {}
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        spelled = [word for parameter in command.params for word in (*parameter.opts, *parameter.secondary_opts)]
        told[name] = {word for word in spelled if word.startswith("--")}
    return told


def test_every_command_has_its_place():
    headings = re.findall(r"^## (.+)$", CLI, re.MULTILINE)
    named = {name.strip() for heading in headings for name in heading.split(",")}
    assert set(COMMANDS) <= named


def test_every_option_is_documented_and_every_documented_option_exists():
    told = set().union(*options().values())
    documented = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", CLI)) - {"--help", "--rm", "--user"}
    assert documented == told


def test_the_table_of_serve_has_each_option_once():
    table = CLI[CLI.index("## serve") : CLI.index("## exec")]
    rows = re.findall(r"^\| `(--[a-z-]+)", table, re.MULTILINE)
    assert sorted(rows) == sorted(options()["serve"])


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_is_named(format_: str):
    assert f"`{format_}`" in CLI


def test_every_variable_of_the_environment_is_explained(tmp_path):
    address = Address("http://127.0.0.1:1", Certificates(tmp_path), tmp_path)
    told = client_environment(address, {}, vertex=True)
    for name in told | transparent_environment(address, told):
        assert f"`{name}`" in CLI, name


def test_what_an_sdk_says_of_two_keys_is_explained(monkeypatch, caplog):
    """Word for word, as google-genai says it, so that a search for it finds the page."""
    from google import genai

    for name in KEY_NAMES:
        monkeypatch.setenv(name, PLACEHOLDER_KEY)
    genai.Client()
    [said] = caplog.messages
    assert f"`{said}`" in CLI


def test_every_state_of_a_key_is_named():
    section = CLI[CLI.index("A file for `--keys`") : CLI.index("## exec")]
    assert {*KEY_STATES, "valid"} <= set(re.findall(r"`([a-z-]+)`", section))


def test_every_setting_is_explained_where_it_is_declared():
    explained = re.findall(r"^    (\w+): ", inspect.getdoc(Settings) or "", re.MULTILINE)
    assert explained == [field.name for field in fields(Settings)]
