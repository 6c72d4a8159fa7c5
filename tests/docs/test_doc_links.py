"""``docs/README.md`` has every page, and every link of every page leads to a file, and to a heading, that is there."""

import re
from functools import cache
from pathlib import Path

import pytest
from blocks import ROOT

DOCS = ROOT / "docs"
INDEX = DOCS / "README.md"
PAGES = sorted([ROOT / "README.md", ROOT / "benchmarks" / "README.md", *DOCS.glob("**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)


def links(path: Path) -> list[str]:
    """The links of a page that lead to files of ours."""
    prose = FENCED.sub("", path.read_text(encoding="utf-8"))
    return [link for link in LINK.findall(prose) if not link.startswith(("http://", "https://"))]


@cache
def anchors(path: Path) -> frozenset[str]:
    """The anchors of a page's headings: lower case, blanks to hyphens, marks left out; a number where one comes again."""
    found: list[str] = []
    for heading in re.findall(r"^#+ +(.+)$", FENCED.sub("", path.read_text(encoding="utf-8")), re.MULTILINE):
        name = re.sub(r"[^\w -]", "", re.sub(r"\]\([^)]*\)", "", heading).strip().lower()).replace(" ", "-")
        found.append(f"{name}-{found.count(name)}" if name in found else name)
    return frozenset(found)


@pytest.mark.parametrize("folder", [DOCS, DOCS / "clients", DOCS / "reference"], ids=lambda folder: folder.name)
def test_every_page_is_in_the_index(folder: Path):
    """Those of a folder with an index of its own are in that."""
    index = folder / "README.md" if (folder / "README.md").exists() else INDEX
    linked = {(index.parent / link.split("#")[0]).resolve() for link in links(index)}
    missing = {path.name for path in folder.glob("*.md") if path.resolve() not in linked | {index.resolve()}}
    assert not missing, f"give them a row in {index.relative_to(ROOT)}"


def test_the_readme_leads_to_the_index():
    assert "docs/README.md" in links(ROOT / "README.md")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path):
    astray = []
    for link in links(path):
        file, _, anchor = link.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            astray.append(link)
    assert astray == []
