"""What plays, compares and converts recordings is pure, though its ring is not: no clock, file, socket or chance in it."""

import ast
import sys
from pathlib import Path

import pytest

from gemlive_emulator import record

FOLDER = Path(record.__file__).parent
PURE = ("expected", "playback", "listening", "converting", "upstream")
IMPURE = {"asyncio", "http", "logging", "os", "random", "secrets", "select", "socket", "ssl", "subprocess", "sys", "threading", "time", "uuid"}  # fmt: skip


def imported(name: str) -> set[str]:
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("name", PURE)
def test_it_reaches_nothing_outside(name: str) -> None:
    found = imported(name)
    assert not {module for module in found if module.split(".")[0] in IMPURE}
    assert not {module for module in found if module.startswith(("gemlive_emulator.server", "gemlive_emulator.store"))}
    foreign = {module.split(".")[0] for module in found} - set(sys.stdlib_module_names) - {"gemlive_emulator", "ruamel"}
    assert foreign == set()


@pytest.mark.parametrize("name", PURE)
def test_it_needs_no_module_of_its_ring_that_does(name: str) -> None:
    ours = {module.rsplit(".", 1)[1] for module in imported(name) if module.startswith("gemlive_emulator.record.")}
    assert ours <= set(PURE)
