"""The npm package: what is in it, its tests that need no SDK, and that it knows what the HTTP interface takes and tells."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server.control.openapi import document
from gemlive_emulator.server.control.table import operations
from gemlive_emulator.server.entries import Kind

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "javascript"
MANIFEST = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))
SHAPES = (PACKAGE / "shapes.d.ts").read_text(encoding="utf-8")
OLDEST_NODE = 20
PATIENCE = 120


@cache
def node() -> str:
    """This machine's Node, if it is new enough."""
    found = shutil.which("node")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout if found else "v0"
    if found is None or int(version.removeprefix("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"no Node {OLDEST_NODE} or newer here")
    return found


def test_it_is_of_this_version_and_under_this_licence():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {name: MANIFEST[name] for name in ("name", "version", "license")} == {
        name: project[name] for name in ("name", "version", "license")
    }
    assert (PACKAGE / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert "dependencies" not in MANIFEST


def test_it_has_its_sources_their_types_and_nothing_else():
    npm = shutil.which("npm", path=os.pathsep.join([str(Path(node()).parent), os.environ["PATH"]]))
    if npm is None:
        pytest.skip("no npm here")
    told = subprocess.run([npm, "pack", "--dry-run", "--json"], cwd=PACKAGE, capture_output=True, check=True).stdout
    [packed] = json.loads(told)
    sources = {f"{name}.{ending}" for name in ("index", "remote", "start") for ending in ("js", "d.ts")}
    assert {file["path"] for file in packed["files"]} == {
        *sources,
        "shapes.d.ts",
        "package.json",
        "README.md",
        "LICENSE",
    }


@pytest.mark.parametrize("name", ["answers", "start"])
def test_its_own_tests_pass(name: str, tmp_path: Path):
    astray = ("GOOGLE_", "GEMINI_", "GEMLIVE_", "COVERAGE_", "NODE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(astray)}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    done = subprocess.run(
        [node(), "--test", str(PACKAGE / "test" / f"{name}.test.js")],
        env=kept | {"PATH": path, "XDG_DATA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^. pass [1-9]", done.stdout, re.MULTILINE)


def test_it_knows_all_kinds_of_events():
    written = re.search(r"export type EventKind =(.*?);", SHAPES, re.DOTALL)
    assert written is not None
    assert tuple(re.findall(r"'(\w+)'", written[1])) == get_args(Kind)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("EmulatorEvent", "EventTold"),
        ("Moved", "Moved"),
        ("Call", "CallTold"),
        ("Turn", "TurnTold"),
        ("Session", "SessionTold"),
        ("MessageWanted", "MessageWanted"),
        ("Course", "Course"),
    ],
)
def test_its_shapes_have_the_fields_of_the_interface(ours: str, theirs: str):
    written = re.search(rf"export interface {ours} {{\n(.*?)^}}", SHAPES, re.DOTALL | re.MULTILINE)
    assert written is not None
    assert set(re.findall(r"^  (\w+)\??:", written[1], re.MULTILINE)) == set(schemas()[theirs]["properties"])


@cache
def schemas() -> dict[str, Any]:
    """The schemas of the interface's OpenAPI document."""
    told: dict[str, Any] = document(operations(Emulator(Settings(port=0))))["components"]["schemas"]
    return told
