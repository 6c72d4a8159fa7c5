"""``docs/errors.md`` has a section for everything that an error links to, and for every close of the catalogue."""

import ast
import re
from pathlib import Path

import pytest

from gemlive_emulator.wire import closes
from gemlive_emulator.wire.errors import cut

ROOT = Path(__file__).parents[2]
EMULATOR = ROOT / "emulator" / "gemlive_emulator"
PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
LINK = re.compile(r"docs/errors\.md#([\w-]+)")


def slug(heading: str) -> str:
    """The anchor that a heading gets: lower case, blanks to hyphens, marks left out."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


def headings() -> list[str]:
    return [slug(line.lstrip("#")) for line in PAGE.splitlines() if line.startswith("#")]


def catalogue() -> dict[str, tuple[int, str]]:
    """Every close that stands as it is in ``wire/closes.py``, by name, and one of each that is made to measure."""
    fixed = {name: value for name, value in vars(closes).items() if isinstance(value, tuple) and name.isupper()}
    made = {
        "model_not_found": closes.model_not_found("...", "..."),
        "publisher_model_not_found": closes.publisher_model_not_found("projects/..."),
        "modalities_not_supported": closes.modalities_not_supported("TEXT", "...", ["AUDIO"]),
        "unknown_name": closes.unknown_name("...", "..."),
        "last_turn_not_user": closes.last_turn_not_user("..."),
    }
    return fixed | closes.KEY_STATES | made


def closes_of_page() -> list[tuple[int, re.Pattern[str]]]:
    """Every close that the page tells: its code, and a pattern of its words, where dots stand for what varies."""
    quoted = re.findall(r"^`+(\d{4}) (.+?)`+ · ", PAGE, re.MULTILINE)
    return [(int(code), re.compile(".*".join(map(re.escape, words.split("..."))), re.DOTALL)) for code, words in quoted]


def test_every_anchor_named_in_the_code_exists():
    named = {
        (anchor, path.name)
        for path in EMULATOR.rglob("*")
        if path.suffix in {".py", ".json", ".md"}
        for anchor in LINK.findall(path.read_text(encoding="utf-8"))
    }
    assert {anchor for anchor, _ in named} <= set(headings()), named


def test_every_code_of_a_scenario_fault_has_a_section():
    """The loader makes its links of codes: every hyphenated word that stands alone in the scenario ring is one.

    Only what the built-in responder's topics, paces and formats of JSON Schema are called is none.
    """
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (EMULATOR / "scenario").glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    topics = [node.args[0] for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func) == "Topic"]
    words = [node.value for node in nodes if isinstance(node, ast.Constant) and node not in topics]
    codes = {word for word in words if isinstance(word, str) and re.fullmatch(r"[a-z]+(-[a-z]+)+", word)}
    assert "unknown-key" in codes
    assert codes - {"real-time", "at-once", "date-time"} <= set(headings())


def test_no_two_sections_have_the_same_anchor():
    assert len(headings()) == len(set(headings()))


def test_every_link_within_the_page_leads_somewhere():
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= set(headings())


@pytest.mark.parametrize(("name", "close"), catalogue().items())
def test_every_close_of_the_catalogue_has_its_words_on_the_page(name: str, close: tuple[int, str]):
    code, words = close
    wire = cut(words)
    assert any(code == told and pattern.fullmatch(wire) for told, pattern in closes_of_page()), f"{name}: {wire!r}"
