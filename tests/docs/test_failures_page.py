"""``docs/faults.md`` has a row for every failure of the catalogue, in its words, and what it shows can be used."""

import re

import pytest
from blocks import ROOT, blocks

from gemlive_emulator.cli.faults import snippet
from gemlive_emulator.scenario.faults.asked import faults_in
from gemlive_emulator.scenario.faults.mode import Mode
from gemlive_emulator.scenario.faults.modes import MODES, TITLES
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.wire.errors import cut

PATH = ROOT / "docs" / "faults.md"
PAGE = PATH.read_text(encoding="utf-8")


def row(mode: Mode) -> str:
    """What the page says of a failure."""
    close = "" if mode.close is None else f"{mode.close[0]} {words(mode.close[1])}".strip()
    moment = f"`{mode.at}`" if mode.at else ""
    return f"| `{mode.name}` | {mode.what} | {close} | {moment} | {mode.advice} | {mode.source} |"


def words(reason: str) -> str:
    """The words of a close as they go out, but for line breaks, and fit for a cell."""
    return f"`` {' '.join(cut(reason).split())} ``" if reason else ""


def section(number: int) -> str:
    """What the page says of a failure mode: its heading and its table."""
    rows = "\n".join(row(mode) for mode in MODES.values() if mode.number == number)
    title = f"{number}. {TITLES[number]}" if number else TITLES[number]
    head = "| name | what happens | close | at | what a client should do | known |\n|---|---|---|---|---|---|"
    return f"### {title}\n\n{head}\n{rows}\n"


@pytest.mark.parametrize("number", TITLES)
def test_each_failure_mode_has_its_section(number: int):
    assert section(number) in PAGE, f"docs/faults.md should have:\n{section(number)}"


def test_nothing_else_is_in_the_tables():
    assert set(re.findall(r"^\| `([a-z0-9.-]+)` \|", PAGE, re.MULTILINE)) == set(MODES)
    assert len(re.findall(r"^### ", PAGE, re.MULTILINE)) == len(TITLES)


def test_what_is_shown_in_yaml_is_taken():
    shown = blocks(PATH, "yaml")
    assert shown
    for text in shown:
        assert parse(text)


def test_what_is_shown_of_urls_is_taken():
    shown = re.findall(r"\?fault=([^`\s&]+)", PAGE)
    assert len(shown) > 3
    for asked in shown:
        if asked[0].islower():
            assert faults_in(asked.replace("+", " "), "the page")


@pytest.mark.parametrize("name", MODES)
def test_what_the_command_shows_is_taken(name: str):
    (scenario,) = parse(snippet(MODES[name]))
    assert [fault.name for fault in scenario.faults] == [name]
