"""``docs/limits.md``: the figures are those of the families, and what is shown works."""

import json
import re
from operator import attrgetter
from pathlib import Path

import pytest

from gemlive_emulator.profiles.changing import override
from gemlive_emulator.profiles.families import FAMILIES
from gemlive_emulator.session.session import Session

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.split("## The word before")[0].splitlines() if "`behaviour.limits." in line]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_each_limit_is_what_the_families_have(row: str):
    field = re.findall(r"`(behaviour\.limits\.\w+)`", row)[-1]
    values = {attrgetter(field)(family) for family in FAMILIES.values()}
    told = row.split("|")[2]
    if field.endswith("context"):
        assert values == {True}
    else:
        assert {int(number) for number in re.findall(r"(\d+) s\b", told)} == {round(value) for value in values if value}


def test_the_lead_of_go_away_is_that_of_the_families():
    assert {family.behaviour.limits.go_away for family in FAMILIES.values()} == {50.0}
    assert "`goAway` 50 s before" in PAGE


def test_the_time_for_the_first_message_is_the_default():
    assert Session.__init__.__defaults__ == (30.0,)
    assert "| first message | 30 s |" in PAGE


def test_what_is_set_can_be_set():
    told = re.findall(r"--set ([\w.]+)=([\w.]+)", PAGE)
    assert len(told) > 4
    for field, value in told:
        override(FAMILIES["3.8"], {field: value if value.isalpha() else json.loads(value)})


def test_the_example_runs(capsys: pytest.CaptureFixture[str]):
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "limits.md", "exec"), {"__name__": "example"})
    assert capsys.readouterr().out == "600 s; {}; []; 0 open\n"
