"""The pages of ``docs/reference`` are what the program says, and say it whole."""

import re
import sys
from typing import get_args

import pytest
from blocks import ROOT

from gemlive_emulator.server.entries import Kind

sys.path.append(str(ROOT / ".ci"))
from reference import FOLDER, PAGES
from reference_pages.markdown import plain, table
from reference_pages.messages import messages_page

MAKE = "make it by: python .ci/reference.py"


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_as_it_is_made(name: str):
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), MAKE


def test_there_are_no_other_pages():
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES), MAKE


@pytest.mark.parametrize("name", PAGES)
def test_tables_are_whole(name: str):
    """Each row is as wide as the head of its table, and no role of a docstring is left."""
    text = PAGES[name]()
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) <= 1, block
    assert not re.search(r":[a-z]+:`", text)


def test_messages_are_told_by_their_names_on_the_wire():
    fields = re.findall(r"^\| `(\w+)` \|", messages_page(), re.MULTILINE)
    assert {"realtimeInput", "sessionResumptionUpdate", "goAway"} <= set(fields)
    assert [name for name in fields if "_" in name] == []


def test_every_kind_of_event_is_told():
    assert re.findall(r"^\| `(\w+)` \|", PAGES["events.md"](), re.MULTILINE) == list(get_args(Kind))


def test_docstrings_become_markdown():
    assert plain("see :class:`~a.b.C`,\n    of :mod:`a.b`: ``c``") == "see `C`, of `a.b`: `c`"


def test_a_bar_in_a_cell_is_no_end_of_it():
    assert table(("a",), [("b|c",)]) == "| a |\n| --- |\n| b\\|c |"
