"""An inner ring never imports an outer one; the rings without I/O import nothing that does any."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gemlive_emulator

PACKAGE = Path(gemlive_emulator.__file__).parent
NAME = "gemlive_emulator"
EVERYTHING = {"wire", "audio", "session", "profiles", "scenario", "store", "server", "record", "cli", "kit", "testing"}

RINGS: dict[str, set[str]] = {
    "wire": set(),
    "audio": set(),
    "session": {"wire", "audio"},
    "profiles": {"wire", "audio", "session"},
    "scenario": {"wire", "audio", "session"},
    "store": {"wire", "session"},
    "testing": {"wire", "audio", "session", "profiles", "scenario"},
    "server": EVERYTHING - {"cli", "kit", "testing", "record"},
    "record": EVERYTHING - {"cli", "kit", "testing"},
    "cli": EVERYTHING - {"kit", "testing"},
    "kit": EVERYTHING - {"cli"},
}
"""What of the package each ring may import beside itself."""

LIBRARIES: dict[str, set[str]] = {
    "wire": {"pybase64"},
    "audio": {"numpy"},
    "session": set(),
    "profiles": {"pydantic"},
    "scenario": {"pydantic", "pydantic_core", "ruamel", "yaml"},
}
"""What of other people's each ring without I/O may import; the outer rings are free."""

WITH_OUTSIDE = {
    "asyncio", "concurrent", "ctypes", "datetime", "http", "logging", "multiprocessing", "os", "queue", "secrets",
    "select", "selectors", "shutil", "signal", "socket", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib",
}  # fmt: skip
"""Modules of the standard library that reach clocks, chance, files, sockets, threads or the process."""

WITHOUT_AFTER_ALL = ("urllib.parse.",)
"""What of them only looks at texts: it takes addresses apart and opens none."""

ALLOWED_OF_CHANCE = {"random.Random", "uuid.UUID"}
"""A generator that is given its seed, and an id made of numbers that were drawn elsewhere."""


def modules(ring: str) -> Iterator[Path]:
    found = sorted((PACKAGE / ring).rglob("*.py"))
    assert found, f"the ring {ring} has no modules"
    yield from found


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every import in a file, wherever it stands; relative ones made absolute."""
    package = [NAME, *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)


def ring_of(name: str) -> str | None:
    """The ring that a full name is in; ``""`` for the top of the package, ``None`` for a name outside it."""
    first, *rest = name.split(".")
    if first != NAME:
        return None
    return rest[0] if rest and rest[0] in EVERYTHING else ""


def test_every_folder_of_the_package_is_a_ring():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders == set(RINGS) == EVERYTHING


@pytest.mark.parametrize("ring", RINGS)
def test_a_ring_imports_itself_and_inner_rings_only(ring: str):
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {name}"
        for path in modules(ring)
        for line, name in imports(path)
        if (target := ring_of(name)) and target != ring and target not in RINGS[ring]
    ]
    assert wrong == []


@pytest.mark.parametrize("ring", LIBRARIES)
def test_a_ring_without_outside_imports_no_library_but_its_own(ring: str):
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {name}"
        for path in modules(ring)
        for line, name in imports(path)
        if (top := name.split(".")[0]) not in sys.stdlib_module_names and top not in LIBRARIES[ring] | {NAME}
    ]
    assert wrong == []


@pytest.mark.parametrize("ring", LIBRARIES)
def test_a_ring_without_outside_reaches_no_clock_chance_or_file(ring: str):
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {name}"
        for path in modules(ring)
        for line, name in imports(path)
        if name.split(".")[0] in WITH_OUTSIDE and not name.startswith(WITHOUT_AFTER_ALL)
    ]
    assert wrong == []


@pytest.mark.parametrize("ring", LIBRARIES)
def test_a_ring_without_outside_draws_no_lots(ring: str):
    wrong = [
        f"{path.relative_to(PACKAGE)}:{node.lineno} uses {ast.unparse(node)}"
        for path in modules(ring)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and ast.unparse(node.value) in ("random", "uuid")
        and ast.unparse(node) not in ALLOWED_OF_CHANCE
    ]
    assert wrong == []
    assert [name for path in modules(ring) for _, name in imports(path) if name.startswith(("random.", "uuid."))] == []


def test_imports_are_found_in_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    (tmp_path / "wire").mkdir()
    path = tmp_path / "wire" / "some.py"
    path.write_text("import a.b\nfrom c import d\ndef f():\n    from . import e\n    from ..session import g\n")
    assert list(imports(path)) == [
        (1, "a.b"),
        (2, "c.d"),
        (4, "gemlive_emulator.wire.e"),
        (5, "gemlive_emulator.session.g"),
    ]
