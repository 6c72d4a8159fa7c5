"""docs/scenarios.md has a row for every fault, each event and each key, and what it shows can be written."""

import re

import pytest
from blocks import ROOT

from gemlive_emulator.scenario.faults.catalogue import FAULTS
from gemlive_emulator.scenario.faults.form import FaultForm
from gemlive_emulator.scenario.faults.moment import EVENTS
from gemlive_emulator.scenario.loader import parse

PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## Faults\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| `(\{.*?\})` \|", SECTION, re.MULTILINE)
SHORT = re.findall(r"^\| `\{(\w+): \{\}", SECTION, re.MULTILINE)


def test_every_fault_has_a_row():
    assert sorted(re.findall(r"\w+", row)[0] for row in ROWS) == sorted(FAULTS)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_shows_what_can_be_written(row: str):
    (scenario,) = parse(f"faults:\n  - {row}\n")
    assert scenario.faults[0].name in row


@pytest.mark.parametrize("name", SHORT)
def test_a_fault_without_a_value_may_be_its_name_alone(name: str):
    first, second = parse(f"faults:\n  - {name}\n  - {{{name}: {{}}}}\n")[0].faults
    assert first.form == second.form


def test_every_event_and_key_is_named():
    assert [event for event in EVENTS if f"`{event}`" not in SECTION and f"{event} " not in SECTION] == []
    assert [key for key in FaultForm.model_fields if f"`{key}: " not in SECTION] == []
