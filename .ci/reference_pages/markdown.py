"""Docstrings to Markdown, and tables."""

import ast
import inspect
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from types import ModuleType

_MODULE = re.compile(r":mod:`~?([\w.]+)`")
_ROLE = re.compile(r":\w+:`~?(?:[\w.]+\.)?(\w+)`")
_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


def plain(docstring: str) -> str:
    """A docstring, or a part of one, as Markdown in one line."""
    bare = _ROLE.sub(r"`\1`", _MODULE.sub(r"`\1`", docstring)).replace("``", "`")
    return " ".join(bare.split())


def summary(docstring: str) -> str:
    """What stands before the first section of a docstring, as Markdown."""
    head = re.split(r"\n\n(?:Attributes|Args|Raises):\n", inspect.cleandoc(docstring))[0]
    return "\n\n".join(plain(paragraph) for paragraph in head.split("\n\n"))


def attributes(described: type) -> dict[str, str]:
    """What a class says of each of its attributes, as Markdown."""
    told = inspect.getdoc(described) or ""
    return {name: plain(words) for name, words in _ATTRIBUTE.findall(told)}


def said_below(module: ModuleType) -> dict[str, str]:
    """The docstring below each name that a module assigns, untouched."""
    body = ast.parse(inspect.getsource(module)).body
    told = {}
    for assigned, below in pairwise(body):
        target = assigned.targets[0] if isinstance(assigned, ast.Assign) else None
        if isinstance(target, ast.Name) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            told[target.id] = inspect.cleandoc(str(below.value.value))
    return told


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar within a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(words: object) -> str:
    """Words as code."""
    return f"`{words}`"


def sentence(words: str) -> str:
    """Words with a capital letter and a full stop."""
    return words[:1].upper() + words[1:].rstrip(".") + "." if words else ""


def page(title: str, about: str, *parts: str) -> str:
    """A page, with a line that says where it is from."""
    made = "<!-- Made by .ci/reference.py; do not edit. -->"
    return "\n\n".join([made, f"# {title}", about, *parts]) + "\n"
