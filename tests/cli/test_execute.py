"""``exec``: the command's streams, exit code, signals and environment."""

import json
import os
import select
import signal
import sys
from pathlib import Path

import pytest

PYTHON = sys.executable

ASK = """
import os, ssl, urllib.request
with urllib.request.urlopen(os.environ["GOOGLE_GEMINI_BASE_URL"] + "/healthz") as answer:
    print(answer.status)
secure = os.environ["GOOGLE_GEMINI_BASE_URL"].replace("http:", "https:") + "/healthz"
with urllib.request.urlopen(secure, context=ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])) as answer:
    print(answer.status)
"""


@pytest.mark.parametrize("code", [0, 1, 42])
def test_the_exit_code_is_the_commands(run, code: int):
    assert run("exec", "--", PYTHON, "-c", f"raise SystemExit({code})").returncode == code


def test_standard_streams_are_the_commands(run):
    script = "import sys; print(sys.stdin.read().upper(), end=''); print('noted', file=sys.stderr)"
    done = run("exec", "--log-level", "debug", "--", PYTHON, "-c", script, stdin="some words\n")
    assert done.stdout == "SOME WORDS\n"
    assert "noted" in done.stderr


def test_the_command_finds_the_emulator_with_and_without_tls(run):
    done = run("exec", "--", PYTHON, "-c", ASK)
    assert (done.stdout, done.returncode) == ("200\n200\n", 0), done.stderr


def test_options_after_the_command_are_the_commands(run):
    done = run("exec", PYTHON, "-c", "import sys; print(sys.argv[1:])", "--port", "1", "--", "--help")
    assert done.stdout == "['--port', '1', '--', '--help']\n"


def test_the_environment_is_kept_and_added_to(run):
    script = "import json, os; print(json.dumps(dict(os.environ)))"
    told = json.loads(run("exec", "--", PYTHON, "-c", script, MINE="kept", GOOGLE_API_KEY="my-key").stdout)
    assert (told["MINE"], told["GOOGLE_API_KEY"]) == ("kept", "my-key")
    assert "GEMINI_API_KEY" not in told
    assert told["GOOGLE_GEMINI_BASE_URL"].startswith("http://127.0.0.1:")
    assert Path(told["SSL_CERT_FILE"]).exists()


def test_credentials_written_for_the_command_are_gone_with_it(run):
    script = "import os; print(open(os.environ['GOOGLE_APPLICATION_CREDENTIALS']).name)"
    done = run("exec", "--vertex", "--", PYTHON, "-c", script)
    assert (done.returncode, done.stderr.count("Error")) == (0, 0)
    assert not Path(done.stdout.strip()).exists()


@pytest.mark.parametrize(
    ("words", "more", "expected"),
    [
        (["--vertex"], {}, "wss"),
        ([], {"GOOGLE_GENAI_USE_VERTEXAI": "true"}, "wss"),
        (["--no-vertex"], {"GOOGLE_GENAI_USE_VERTEXAI": "true"}, "http"),
    ],
)
def test_vertex_is_chosen_by_option_or_environment(run, words: list[str], more: dict[str, str], expected: str):
    script = "import os; print(os.environ['GOOGLE_VERTEX_BASE_URL'].split(':')[0])"
    assert run("exec", *words, "--", PYTHON, "-c", script, **more).stdout == f"{expected}\n"


def test_a_key_that_looks_real_is_noted_but_not_shown(run):
    key = "AIza" + "b" * 35
    done = run("exec", "--", PYTHON, "-c", "import os; print(os.environ['GEMINI_API_KEY'])", GEMINI_API_KEY=key)
    assert done.stdout == f"{key}\n"
    assert "GEMINI_API_KEY looks like a real key; it goes to the emulator only" in done.stderr
    assert key not in done.stderr


def test_a_command_that_does_not_exist(run):
    done = run("exec", "--", "no-such-command-here")
    assert (done.returncode, done.stdout) == (127, "")
    assert done.stderr.splitlines()[-1] == "Error: no-such-command-here: no such command"


def test_a_command_that_may_not_be_executed(run, tmp_path: Path):
    (tmp_path / "plain.txt").write_text("no program")
    done = run("exec", "--", str(tmp_path / "plain.txt"))
    assert done.returncode == 126
    assert done.stderr.splitlines()[-1] == f"Error: {tmp_path / 'plain.txt'}: may not be executed"


def test_a_script_that_does_not_say_what_runs_it(run, tmp_path: Path):
    script = tmp_path / "script"
    script.write_text("echo hello\n")
    script.chmod(0o755)
    # uvloop, where it is installed, gives such a script to sh as execvp does; asyncio's own loop refuses it.
    (tmp_path / "uvloop.py").write_text("raise ImportError\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = run("exec", "--", str(script), PYTHONPATH=path)
    assert (done.returncode, done.stdout) == (126, "")
    said = done.stderr.splitlines()[-1]
    assert said.startswith(f"Error: {script}: is neither a program for this machine nor a script")
    assert "Traceback" not in done.stderr


def test_what_else_keeps_a_command_from_starting_is_one_clear_line(run, tmp_path: Path):
    (tmp_path / "file").write_text("")
    done = run("exec", "--", str(tmp_path / "file" / "command"))
    assert (done.returncode, done.stdout) == (126, "")
    assert done.stderr.splitlines()[-1] == f"Error: {tmp_path}/file/command: cannot be started: Not a directory"


def test_no_command_is_a_usage_error(run):
    done = run("exec")
    assert done.returncode == 2
    assert "Missing argument" in done.stderr


WAITING = """
import signal, sys
def told(number, frame):
    print(signal.Signals(number).name, flush=True)
    raise SystemExit(7)
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), told)
print("waiting", flush=True)
while True:
    signal.pause()
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"])
def test_a_signal_is_handed_on_and_the_command_decides(start, name: str):
    process = start("exec", "--", PYTHON, "-c", WAITING, name)
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=20)
    assert (out, process.returncode) == (f"{name}\n", 7)
    assert "Traceback" not in err


def test_a_command_ended_by_a_signal_gives_128_and_its_number(run):
    done = run("exec", "--", PYTHON, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)")
    assert done.returncode == 128 + signal.SIGTERM


def test_ctrl_c_at_a_terminal_reaches_the_command_once(environment: dict[str, str], tmp_path: Path):
    pty = pytest.importorskip("pty")

    script = tmp_path / "counting.py"
    script.write_text(
        "import signal, threading\n"
        "heard, lock = [], threading.Event()\n"
        "def told(number, frame):\n"
        "    heard.append(number)\n"
        "    print('heard', len(heard), flush=True)\n"
        "signal.signal(signal.SIGINT, told)\n"
        "signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(SystemExit(len(heard))))\n"
        "print('waiting', flush=True)\n"
        "while True:\n"
        "    signal.pause()\n"
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(PYTHON, [PYTHON, "-m", "gemlive_emulator", "exec", "--", PYTHON, str(script)], environment)

    def read_until(words: bytes) -> bytes:
        got = b""
        while words not in got:
            assert select.select([terminal], [], [], 60)[0], got
            got += os.read(terminal, 4096)
        return got

    try:
        read_until(b"waiting")
        os.write(terminal, b"\x03")
        read_until(b"heard 1")
        os.kill(pid, signal.SIGTERM)
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 1, "one Ctrl-C was heard more than once"
