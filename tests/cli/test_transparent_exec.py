"""``exec --transparent`` and ``exec --sealed``, and what ``env --transparent`` prints."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest

from gemlive_emulator.cli import sealing

PYTHON = sys.executable
ENTER = (PYTHON, "-I", str(sealing.ENTRY))

ASK_GOOGLE = """
import ssl, urllib.request
for scheme in ("http", "https"):
    with urllib.request.urlopen(scheme + "://us-central1-aiplatform.googleapis.com/healthz") as answer:
        print(answer.status)
"""
ASK_OURS = """
import os, urllib.request
with urllib.request.urlopen(os.environ["GOOGLE_GEMINI_BASE_URL"] + "/healthz") as answer:
    print(answer.status)
"""


@pytest.fixture(scope="module")
def namespaces() -> None:
    """Skips where the system makes no namespaces for this user."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        words = (str(theirs.fileno()), "/etc/hosts", "127.0.0.1:443", "true")
        tried = subprocess.run(
            [*ENTER, *words], pass_fds=[theirs.fileno()], capture_output=True, text=True, check=False
        )
    if tried.returncode == 126 and "no namespace can be made here" in tried.stderr:
        pytest.skip(tried.stderr.strip())


@pytest.fixture
def sealed(run, namespaces: None):
    """Run a command with ``exec --sealed``."""

    def sealed(*command: str):
        return run("exec", "--sealed", "--", *command)

    return sealed


def test_a_program_that_dials_google_reaches_the_emulator(run):
    done = run("exec", "--transparent", "--", PYTHON, "-c", ASK_GOOGLE + ASK_OURS)
    assert (done.stdout, done.returncode) == ("200\n" * 3, 0), done.stderr


def test_it_is_never_on_by_itself(run):
    script = "import os; print(sorted(set(os.environ) & {'GEMLIVE_EMULATOR_TRANSPARENT', 'NODE_OPTIONS'}))"
    variables = {"GEMLIVE_EMULATOR_EXEC_TRANSPARENT": "1", "GEMLIVE_EMULATOR_EXEC_SEALED": "1"}
    assert run("exec", "--", PYTHON, "-c", script, **variables).stdout == "[]\n"
    told = json.loads(run("env", "--format", "json", GEMLIVE_EMULATOR_ENV_TRANSPARENT="1").stdout)
    assert "GEMLIVE_EMULATOR_TRANSPARENT" not in told


def test_env_tells_the_hooks_of_an_emulator_that_runs_already(run):
    told = json.loads(run("env", "--transparent", "--port", "4711", "--format", "json").stdout)
    assert told["GEMLIVE_EMULATOR_TRANSPARENT"] == "127.0.0.1:4711"
    assert told["GEMLIVE_EMULATOR_HOST_RULES"].startswith("MAP generativelanguage.googleapis.com:443 127.0.0.1:4711")
    assert Path(told["PYTHONPATH"].split(":")[0], "sitecustomize.py").exists()


def test_a_sealed_program_reaches_the_emulator_at_googles_hosts_and_at_its_own(sealed):
    done = sealed(PYTHON, "-I", "-c", ASK_GOOGLE + ASK_OURS)
    assert (done.stdout, done.returncode) == ("200\n" * 3, 0), done.stderr


def test_a_sealed_program_reaches_nothing_else(sealed):
    # TEST-NET-1 (RFC 5737): without a route the system refuses at once, with one nothing would be there.
    script = "import socket; print(socket.socket().connect_ex(('192.0.2.1', 443)) != 0, socket.if_nameindex())"
    told = sealed(PYTHON, "-c", script).stdout
    assert told.startswith("True [(1, 'lo')")


def test_a_sealed_program_is_the_same_user_and_sees_the_rest_of_the_machine(sealed, tmp_path: Path):
    script = "import os, sys; print(os.getuid(), os.getgid()); open(sys.argv[1], 'w').close()"
    done = sealed(PYTHON, "-c", script, str(tmp_path / "made"))
    assert done.stdout == f"{os.getuid()} {os.getgid()}\n", done.stderr
    assert (tmp_path / "made").exists()


def test_the_hosts_file_outside_is_as_it_was(sealed):
    before = Path("/etc/hosts").read_text(encoding="utf-8")
    assert "us-central1-aiplatform.googleapis.com" in sealed("cat", "/etc/hosts").stdout
    assert Path("/etc/hosts").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("no-such-command-here",), 127, "Error: no-such-command-here: no such command"),
        (("/etc/hosts",), 126, "Error: /etc/hosts: may not be executed"),
        (("sh", "-c", "exit 42"), 42, None),
        (("sh", "-c", "kill -TERM $$"), 128 + 15, None),
    ],
    ids=["missing", "no program", "code", "signal"],
)
def test_exit_codes_are_those_of_exec(sealed, command: tuple[str, ...], code: int, said: str | None):
    done = sealed(*command)
    assert done.returncode == code
    assert said is None or done.stderr.splitlines()[-1] == said


def test_where_there_are_no_namespaces_one_line_says_so():
    """Asked for an address that is not the namespace's, as where the emulator listens in the network."""
    command = [*ENTER, "0", "/etc/hosts", "192.0.2.1:443", "true"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 126
    assert done.stderr.startswith("Error: --sealed: no namespace can be made here: ")
    assert done.stderr.count("\n") == 1


def test_the_hosts_file_of_the_system_is_copied_octet_by_octet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "HOSTS_FILE", tmp_path / "system")
    with pytest.raises(click.ClickException, match=r"--sealed: .*system cannot be read: No such file"):
        sealing._write_hosts(tmp_path / "hosts")
    (tmp_path / "system").write_bytes(b"127.0.0.1 localhost # f\xfcr uns\n")
    written = sealing._write_hosts(tmp_path / "hosts").read_bytes()
    assert written.startswith(b"127.0.0.1 localhost # f\xfcr uns\n127.0.0.1 generativelanguage.googleapis.com\n")
