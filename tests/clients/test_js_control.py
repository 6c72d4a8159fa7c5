"""The npm package drives an emulator around @google/genai, by ``exec``; and its types are those of its sources."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from emulators import COMMAND, emulator_environment, finished, run
from environments import Environments, NodeSdk, NoNode, find_node, install, kept

pytestmark = pytest.mark.clients

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "javascript"
EXAMPLE = ROOT / "examples" / "javascript"
COMPILER = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))["devDependencies"]


@pytest.fixture
def sdk(environments: Environments) -> NodeSdk:
    """The newest SDK; skipped only where there is no Node for it."""
    try:
        return environments.node("3")
    except NoNode as reason:
        pytest.skip(str(reason))


def surroundings(home: Path, sdk: NodeSdk) -> dict[str, str]:
    """What a test of a JavaScript project finds: its Node, and the command on the path."""
    given = emulator_environment(home)
    path = os.pathsep.join([str(sdk.node.parent), str(Path(sys.executable).parent), given["PATH"]])
    return given | {"NODE_PATH": str(sdk.modules), "PATH": path}


def test_the_package_drives_an_emulator_and_its_client(sdk: NodeSdk, tmp_path: Path) -> None:
    tests = [str(sdk.node), "--test", str(PACKAGE / "test" / "control.test.js")]
    around = [*COMMAND, "exec", "--clock", "manual", "--voice", "formant", "--"]
    done = finished([*around, *tests], surroundings(tmp_path, sdk))
    assert "fail 0" in done.stdout
    assert "pass 14" in done.stdout


def test_the_example_holds(sdk: NodeSdk, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("node_modules"))
    modules = project / "node_modules"
    modules.mkdir()
    (modules / "@google").symlink_to(sdk.modules / "@google")
    (modules / "gemlive-emulator").symlink_to(PACKAGE)
    given = surroundings(tmp_path, sdk)
    tests = [str(project / f"{name}.test.js") for name in ("assistant", "time")]
    assert "pass 4" in finished([str(sdk.node), "--test", *tests], given).stdout
    around = [*COMMAND, "exec", "--pace", "at-once", "--", str(sdk.node), "--test", str(project / "around.test.js")]
    assert "pass 1" in finished(around, given).stdout


def test_its_types_are_those_of_its_sources(tmp_path: Path) -> None:
    try:
        node = find_node(20)
    except NoNode as reason:
        pytest.skip(str(reason))
    wanted = [f"{name}@{COMPILER[name]}" for name in ("typescript", "@types/node")]

    def fill(draft: Path) -> None:
        draft.mkdir()
        (draft / "package.json").write_text('{"private": true}\n')
        paths = os.pathsep.join([str(node.node.parent), os.environ.get("PATH", "")])
        install([*node.npm, "install", "--silent", "--no-audit", "--no-fund", *wanted], draft, PATH=paths)

    compiler = kept("typescript", fill) / "node_modules"
    project = tmp_path / "javascript"
    shutil.copytree(PACKAGE, project, ignore=shutil.ignore_patterns("node_modules", "test"))
    for made in ("index", "remote", "start"):
        (project / f"{made}.d.ts").unlink()
    (project / "node_modules").symlink_to(compiler)
    tsc = [str(node.node), str(compiler / "typescript" / "bin" / "tsc"), "--project", str(project)]
    done = run(tsc, {"HOME": str(tmp_path)})
    assert done.code == 0, done.stdout
    for made in ("index", "remote", "start"):
        name = f"{made}.d.ts"
        assert (project / name).read_text() == (PACKAGE / name).read_text(), f"npm run types writes {name} anew"
