"""docs/reference/errors.md: where each close and each error is explained."""

import re
from pathlib import Path

from reference_pages.markdown import code, page, table

EXPLAINED = Path(__file__).parents[2] / "docs" / "errors.md"

ABOUT = """\
A list to look words up in: [errors.md](../errors.md) says of each when it comes and what to do. Words are cut at 123
bytes when they are sent, and `...` stands for what varies."""

_SECTION = re.compile(r"^(##+) (.+)\n((?:(?!##).*\n?)*)", re.MULTILINE)
_QUOTED = re.compile(r"(`+)(\d{4})(?: (.+?))?\1", re.DOTALL)


def errors_page() -> str:
    """The page."""
    closes: list[tuple[str, str, str]] = []
    refusals: list[tuple[str, str]] = []
    ours: list[tuple[str, str]] = []
    part = ""
    for depth, heading, text in _SECTION.findall(EXPLAINED.read_text(encoding="utf-8")):
        part = heading if depth == "##" else part
        link = f"[{heading}](../errors.md#{heading})"
        quoted = _QUOTED.findall(text.split(" · ")[0]) if " · " in text else ()
        closes += [
            (code(number), f"{tick}{words.strip()}{tick}" if words else "without words of its own", link)
            for tick, number, words in quoted
        ]
        told = ours if part == "The emulator's own" else refusals if part == "Refused before the upgrade" else None
        if depth == "###" and told is not None:
            told.append((link, _moved(text.split("\n\n")[0])))
    return page(
        "Errors",
        ABOUT,
        "## Closes",
        table(("code", "words", "section"), closes),
        "## Refused before the upgrade",
        table(("section", "when"), refusals),
        "## Errors of scenarios, stores and recordings",
        table(("section", "when"), ours),
    )


def _moved(text: str) -> str:
    """A paragraph of the page in one line, with its links as they are from another folder."""
    bare = " ".join(text.removeprefix("**When.**").split())
    return re.sub(r"\]\((#?)(?!https?:)", lambda found: "](../errors.md#" if found[1] else "](../", bare)
