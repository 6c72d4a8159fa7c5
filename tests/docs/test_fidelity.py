"""``docs/fidelity.md`` names files, fields and settings; each of them exists."""

import re
from dataclasses import fields, is_dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from gemlive_emulator.profiles.families import FAMILIES, PROFILES
from gemlive_emulator.server.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "emulator" / "gemlive_emulator"
PAGE = (ROOT / "docs" / "fidelity.md").read_text(encoding="utf-8")
LISTENING = (ROOT / "docs" / "listening.md").read_text(encoding="utf-8")
FIELD = r"`((?:behaviour|manner|vertex_manner|refusals)\.\w[\w.]*)[`=]"


def settable(record: Any, before: str = "") -> set[str]:
    """The dotted names of all that ``--set`` can change; Vertex's manner has the fields of the other."""
    names: set[str] = set()
    for field in fields(record):
        value = getattr(record, field.name)
        if is_dataclass(value):
            names |= settable(value, f"{before}{field.name}.")
        else:
            names.add(before + field.name)
    return {name for name in names if not name.startswith("vertex_manner.")}


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(\w+/\w+\.py)`", PAGE))))
def test_every_file_exists(name: str):
    assert (PACKAGE / name).is_file()


@pytest.mark.parametrize(
    ("name", "attribute"), sorted(set(re.findall(r"`(\w+/\w+\.py)` `([\w.]+)`", PAGE))), ids=lambda part: part
)
def test_every_name_in_a_file_stands_there(name: str, attribute: str):
    source = (PACKAGE / name).read_text(encoding="utf-8")
    assert all(re.search(rf"\b{part}\b", source) for part in attribute.split("."))


@pytest.mark.parametrize("field", sorted(set(re.findall(FIELD, PAGE + LISTENING))))
def test_every_field_of_a_family_exists(field: str):
    attrgetter(field)(FAMILIES["2.0"])


def test_every_field_of_a_family_has_its_row():
    """What can be changed by ``--set`` is what the page grades."""
    rows = "".join(line for line in PAGE.splitlines() if line.startswith("|"))
    assert {name for name in settable(FAMILIES["2.0"]) - {"name"} if f"`{name}`" not in rows} == set()


def test_every_setting_exists():
    named = {
        name for group in re.findall(r"settings? ((?:`\w+`(?:, | and )?)+)", PAGE) for name in re.findall(r"\w+", group)
    }
    assert named - {"and"} <= {field.name for field in fields(Settings)}


def test_every_family_has_its_row():
    section = PAGE.split("## Families")[1].split("\n\n")[1]
    assert set(PROFILES) == set(re.findall(r"^\| `([\w.-]+)` \|", section, re.MULTILINE))


def test_every_row_is_as_wide_as_the_head_of_its_table():
    head = 0
    for line in PAGE.splitlines():
        columns = line.count("|") if line.startswith("|") else 0
        head = (head or columns) if columns else 0
        assert columns == head, line
