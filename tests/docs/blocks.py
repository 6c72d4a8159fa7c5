"""Code blocks of Markdown files."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(path: Path, language: str) -> list[str]:
    """The code of all fenced blocks of one language, in their order."""
    return [
        found["code"] for found in _BLOCK.finditer(path.read_text(encoding="utf-8")) if found["language"] == language
    ]


def block_named(path: Path, name: str) -> str:
    """The one block whose first line is a comment with this file name."""
    everything = [found["code"] for found in _BLOCK.finditer(path.read_text(encoding="utf-8"))]
    [code] = [code for code in everything if code.splitlines()[0] in (f"# {name}", f"// {name}")]
    return code
