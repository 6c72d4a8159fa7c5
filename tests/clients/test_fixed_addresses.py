"""Programs that dial Google's own hosts, unchanged, under ``exec --transparent``: raw ones, SDKs, a page in Chromium."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

import pytest
from emulators import APPS, COMMAND, PATIENCE, Finished, emulator_environment, run, started
from environments import Environments, NodeSdk, NoNode
from transcripts import turns_of

pytestmark = pytest.mark.clients

EXEC = [*COMMAND, "exec", "--pace", "at-once", "--log-level", "error"]
NO_BASE_URL = ["env", "-u", "GOOGLE_GEMINI_BASE_URL", "-u", "GOOGLE_VERTEX_BASE_URL"]
"""Before a command: the base URLs that ``exec`` tells as well are forgotten, so that SDKs have their default endpoint."""

SECRET = "Please repeat cerulean 4711."
TEXT_MODEL = "gemini-2.0-flash-live-001"
VERTEX_MODEL = "gemini-live-2.5-flash"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def transparently(home: Path, *command: str, **more: str) -> Finished:
    """Run a command to its end under ``exec --transparent``, in a bare environment."""
    return run([*EXEC, "--transparent", "--", *NO_BASE_URL, *command], emulator_environment(home) | more)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_raw_script_in_python(tmp_path: Path, loop: str) -> None:
    done = transparently(tmp_path, sys.executable, str(APPS / "fixed_address.py"), loop)
    assert done.stdout.startswith('{"setupComplete":{}}\n'), done.stderr
    assert "cerulean 4711" in done.stdout


@pytest.mark.parametrize("name", ["3", "1"])
def test_google_genai_at_its_default_endpoint(tmp_path: Path, environments: Environments, name: str) -> None:
    sdk = environments.python(name)
    done = transparently(tmp_path, str(sdk.python), str(APPS / "chat.py"), TEXT_MODEL, "TEXT", SECRET)
    [turn] = turns_of(done)
    assert "cerulean 4711" in turn.text


def test_google_genai_at_the_host_of_a_region(tmp_path: Path, environments: Environments) -> None:
    told = [str(APPS / "chat.py"), "--vertex", VERTEX_MODEL, "AUDIO", SECRET]
    command = [*EXEC, "--transparent", "--vertex", "--", *NO_BASE_URL, str(environments.python("3").python), *told]
    done = run(command, emulator_environment(tmp_path) | {"GOOGLE_CLOUD_LOCATION": "europe-west4"})
    [turn] = turns_of(done)
    assert "cerulean 4711" in turn.words


def node(environments: Environments, line: str) -> NodeSdk:
    try:
        return environments.node(line)
    except NoNode as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("line", ["3", "1"])
def test_genai_for_node_without_http_options(tmp_path: Path, environments: Environments, line: str) -> None:
    sdk = node(environments, line)
    command = [str(sdk.node), str(APPS / "chat.cjs"), TEXT_MODEL, "TEXT", SECRET]
    [turn] = turns_of(transparently(tmp_path, *command, NODE_PATH=str(sdk.modules)))
    assert "cerulean 4711" in turn.text


def test_raw_scripts_in_node(tmp_path: Path, environments: Environments) -> None:
    """On a Node that has a WebSocket of its own, which is version 22 and later."""
    done = transparently(tmp_path, str(node(environments, "3").node), str(APPS / "fixed_address.cjs"))
    told = {name: value for line in done.lines for name, value in line.items()}
    assert told == {
        "WebSocket": {"setupComplete": {}},
        "https": 200,
        "fetch": 200,
        "tls": True,
        "net": "127.0.0.1",
        "worker": 200,
    }, done.stderr
    assert (done.code, done.stderr) == (0, "")


def test_a_node_that_is_told_no_address_does_not_go_on_to_google(tmp_path: Path, environments: Environments) -> None:
    sdk, script = node(environments, "3"), "require('net').connect(443, 'aiplatform.googleapis.com')"
    told = ["env", "GEMLIVE_EMULATOR_TRANSPARENT=nowhere", str(sdk.node), "-e", script]
    done = transparently(tmp_path, *told)
    assert done.code == 1
    assert 'GEMLIVE_EMULATOR_TRANSPARENT is "nowhere"; it has to be HOST:PORT' in done.stderr


def test_node_leaves_other_hosts_alone(tmp_path: Path, environments: Environments) -> None:
    """And other ports of Google's, which are looked up as ever."""
    script = (
        "const net = require('net');"
        "net.connect(9, '127.0.0.1').on('error', (problem) => console.log(problem.port));"
        "net.connect({port: 9, host: 'aiplatform.googleapis.com', lookup: (host, _, found) => found(new Error(host))})"
        ".on('error', (problem) => console.log(problem.message));"
    )
    done = transparently(tmp_path, str(node(environments, "3").node), "-e", script)
    assert sorted(done.stdout.split()) == ["9", "aiplatform.googleapis.com"], done.stderr


class Page(BaseHTTPRequestHandler):
    """Serves the page, and puts what it tells into a queue."""

    told: Queue[str]

    def do_GET(self) -> None:
        """The page, whatever is asked for."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((APPS / "fixed_address.html").read_bytes())

    def do_POST(self) -> None:
        """What the page tells."""
        self.told.put(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def page_served() -> Iterator[tuple[str, Queue[str]]]:
    """The page at an address of this machine, and what it tells."""
    told: Queue[str] = Queue()
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Page", (Page,), {"told": told})) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}/", told
        server.shutdown()
        thread.join()


@pytest.fixture
def browser() -> str:
    """A Chromium; skipped where there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"there is no Chromium here; apt-get install {BROWSERS[0]}")
    return found


@pytest.mark.parametrize(
    ("trust", "expected"),
    [
        ('--ignore-certificate-errors-spki-list="$GEMLIVE_EMULATOR_KEY_HASH"', '{"setupComplete":{}}'),
        ("", "closed 1006"),
    ],
    ids=["trusted", "not trusted"],
)
def test_a_page_in_chromium(tmp_path: Path, browser: str, trust: str, expected: str) -> None:
    """With the flags of docs/transparent.md. Without the one for trust it is refused: no other error is overlooked."""
    with page_served() as (url, told):
        flags = f'--user-data-dir="{tmp_path}/profile" --host-resolver-rules="$GEMLIVE_EMULATOR_HOST_RULES" {trust}'
        headless = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --remote-debugging-port=0"
        command = ["sh", "-c", f'exec "{browser}" {headless} {flags} {url} >/dev/null 2>&1']
        environment = emulator_environment(tmp_path)
        # Debian's is a script that would outlive a polite end of its own: the whole group is ended.
        with started([*EXEC, "--transparent", "--", *command], environment, stderr=subprocess.DEVNULL):
            assert told.get(timeout=PATIENCE) == expected
