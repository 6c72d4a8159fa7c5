"""Code blocks of Markdown files."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block."""

    language: str
    code: str


def all_blocks(path: Path) -> list[Block]:
    """All fenced blocks, in their order."""
    return [Block(found["language"], found["code"]) for found in _BLOCK.finditer(path.read_text(encoding="utf-8"))]


def blocks(path: Path, language: str) -> list[str]:
    """The code of all fenced blocks of one language, in their order."""
    return [block.code for block in all_blocks(path) if block.language == language]


def block_named(path: Path, name: str) -> str:
    """The one block whose first line is a comment with this file name."""
    [code] = [code for _, code in all_blocks(path) if code.splitlines()[0] in (f"# {name}", f"// {name}")]
    return code
