"""The hook of ``exec --transparent`` in Python: in interpreters of their own, with what they load and print looked at."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gemlive_emulator.server.preload.gemlive_emulator_hosts import MARK, MARK_6, Detour, Refusal, is_google
from gemlive_emulator.server.transparent import PRELOAD

PATIENCE = 60
CLOSED = "127.0.0.1:9"
"""Where nobody listens: for tests that only look a host up."""

LOOK_UP = "import socket; print(socket.getaddrinfo('aiplatform.googleapis.com', 443)[0][4])"


def python(*words: str, folders: tuple[Path, ...] = (), **more: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the hook's folder on its path, and no site-packages of ours in its way."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE_", "GEMLIVE_"))}
    path = os.pathsep.join(map(str, (PRELOAD, *folders)))
    return subprocess.run(
        [sys.executable, *words],
        env=kept | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"} | more,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize(
    "host",
    [
        "generativelanguage.googleapis.com",
        "aiplatform.googleapis.com",
        "us-central1-aiplatform.googleapis.com",
        "Europe-West4-AIPlatform.GoogleAPIs.com.",
        "firebasevertexai.googleapis.com",
        b"northamerica-northeast1-aiplatform.googleapis.com",
    ],
)
def test_hosts_of_the_live_api_are_known(host: str | bytes):
    assert is_google(host)


@pytest.mark.parametrize(
    "host",
    [
        "storage.googleapis.com",
        "googleapis.com",
        "generativelanguage.googleapis.com.evil.example",
        "evil-generativelanguage.googleapis.com",
        "a.b-aiplatform.googleapis.com",
        "xn--aiplatform.googleapis.com.example",
        b"\xff.googleapis.com",
        "",
        None,
        127,
    ],
)
def test_no_other_host_is(host: object):
    assert not is_google(host)


@pytest.mark.parametrize(
    ("port", "led"),
    [(443, True), ("https", True), (b"http", True), (80, True), ("HTTP", True), (None, True), (0, True),
     ("8443", False), ("smtp", False), (44.3, False)],
)  # fmt: skip
def test_only_the_ports_of_the_web_are_led_away(port: object, led: bool):
    assert Detour("127.0.0.1", 4711).name("aiplatform.googleapis.com", port) == (
        MARK if led else "aiplatform.googleapis.com"
    )


@pytest.mark.parametrize(
    ("host", "port", "there"),
    [
        (MARK, 443, ("127.0.0.1", 4711)),
        ("aiplatform.googleapis.com", 80, ("127.0.0.1", 4711)),
        (MARK, 8443, (MARK, 8443)),
        (MARK, None, (MARK, None)),
        ("127.0.0.1", 443, ("127.0.0.1", 443)),
        ("example.com", 443, ("example.com", 443)),
    ],
)
def test_a_connection_is_led_by_its_mark_or_its_name(host: str, port: int | None, there: tuple[str, int | None]):
    assert Detour("127.0.0.1", 4711).address(host, port) == there


def test_an_emulator_that_has_ipv6_only_gets_a_mark_of_its_family():
    detour = Detour("::1", 4711)
    assert detour.name("aiplatform.googleapis.com", 443) == MARK_6
    assert detour.address(MARK_6, 443) == ("::1", 4711)


def test_a_refusal_keeps_what_was_asked_for():
    refusal = Refusal("not here.")
    for host in ("aiplatform.googleapis.com", b"firebasevertexai.googleapis.com"):
        with pytest.raises(ConnectionRefusedError, match="com: not here"):
            refusal.address(host, 8443)
    assert refusal.address("example.com", 443) == ("example.com", 443)
    assert refusal.refused == ["aiplatform.googleapis.com", "firebasevertexai.googleapis.com"]


def test_a_program_looks_up_the_mark_and_sees_nothing_printed():
    done = python("-c", LOOK_UP, GEMLIVE_EMULATOR_TRANSPARENT=CLOSED)
    assert (done.stdout, done.stderr) == (f"('{MARK}', 443)\n", "")


@pytest.mark.parametrize("name", ["sitecustomize.py", "gemlive_emulator_hosts.py"])
def test_old_interpreters_can_read_it(name: str):
    ast.parse((PRELOAD / name).read_text(encoding="utf-8"), feature_version=(3, 8))


def test_grandchildren_are_hooked():
    script = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {LOOK_UP!r}]))"
    assert python("-c", script, GEMLIVE_EMULATOR_TRANSPARENT=CLOSED).stdout == f"('{MARK}', 443)\n"


LOADED = "import sys; print(*sorted(sys.modules)); print(len(sys.meta_path))"


def test_nothing_is_loaded_but_the_hook():
    hooked, finders = python("-c", LOADED, GEMLIVE_EMULATOR_TRANSPARENT=CLOSED).stdout.splitlines()
    bare, fewer = python("-c", LOADED, PYTHONPATH="").stdout.splitlines()
    more = set(hooked.split()) - set(bare.split())
    assert more - {"sitecustomize"} == {"gemlive_emulator_hosts"}
    assert int(finders) == int(fewer) + 1


def test_without_the_variable_nothing_is_changed():
    script = f"{LOADED}; import socket; print('connect' in vars(socket.socket), socket.getaddrinfo.__module__)"
    _, finders, changed = python("-c", script).stdout.splitlines()
    assert changed == "False socket"
    assert finders == python("-c", LOADED, PYTHONPATH="").stdout.splitlines()[1]


@pytest.mark.parametrize("option", ["-I", "-E", "-S"])
def test_an_isolated_interpreter_is_not_hooked(option: str):
    script = "import sys; print('gemlive_emulator_hosts' in sys.modules)"
    assert python(option, "-c", script, GEMLIVE_EMULATOR_TRANSPARENT=CLOSED).stdout == "False\n"


@pytest.mark.parametrize("told", ["8765", "localhost", ":8765", "localhost:http"])
def test_a_variable_that_is_no_address_keeps_the_program_from_google(told: str):
    done = python("-c", LOOK_UP, GEMLIVE_EMULATOR_TRANSPARENT=told)
    assert done.returncode == 1
    assert f"GEMLIVE_EMULATOR_TRANSPARENT is {told!r}; it has to be HOST:PORT" in done.stderr


def test_the_next_sitecustomize_runs_too(tmp_path: Path):
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.path.append('/added'); print('theirs')\n")
    script = (
        f"{LOOK_UP}; import sys, sitecustomize; print(sitecustomize.__file__, sys.path.count('/added'), sys.path[1])"
    )
    done = python("-c", script, folders=(tmp_path,), GEMLIVE_EMULATOR_TRANSPARENT=CLOSED)
    theirs = tmp_path / "sitecustomize.py"
    assert done.stdout == f"theirs\n('{MARK}', 443)\n{theirs} 1 {PRELOAD}\n", done.stderr


def test_what_is_wrong_in_the_next_sitecustomize_is_told_as_without_us(tmp_path: Path):
    (tmp_path / "sitecustomize.py").write_text("import no_such_module_here\n")
    done = python("-c", LOOK_UP, folders=(tmp_path,), GEMLIVE_EMULATOR_TRANSPARENT=CLOSED)
    assert "no_such_module_here" in done.stderr
    assert done.stdout == f"('{MARK}', 443)\n"


def test_the_resolver_of_aiohttp_that_asks_c_ares_is_given_the_mark(tmp_path: Path):
    """With a stand-in of the same signature: the real one needs ``aiodns``, which nothing else here does."""
    package = tmp_path / "aiohttp"
    package.mkdir()
    (package / "__init__.py").write_text("")
    resolver = "class AsyncResolver:\n    async def resolve(self, host, port=0, family=2): return host, port, family\n"
    (package / "resolver.py").write_text(resolver)
    ask = "print(asyncio.run(AsyncResolver().resolve({!r}, {})))"
    script = "import asyncio; from aiohttp.resolver import AsyncResolver; "
    script += f"{ask.format('aiplatform.googleapis.com', 443)}; {ask.format('example.com', 80)}"
    done = python("-c", script, folders=(tmp_path,), GEMLIVE_EMULATOR_TRANSPARENT=CLOSED)
    assert done.stdout == f"('{MARK}', 443, 2)\n('example.com', 80, 2)\n", done.stderr


def test_modules_that_are_loaded_early_or_reloaded_are_hooked(tmp_path: Path):
    (tmp_path / "early.pth").write_text("import socket\n")
    script = f"import site; site.addsitedir({str(tmp_path)!r}); " + LOOK_UP
    reload = (
        "import importlib; importlib.reload(socket); print(socket.getaddrinfo('aiplatform.googleapis.com', 80)[0][4])"
    )
    done = python("-c", f"{script}; {reload}", GEMLIVE_EMULATOR_TRANSPARENT=CLOSED)
    assert done.stdout == f"('{MARK}', 443)\n('{MARK}', 80)\n", done.stderr
