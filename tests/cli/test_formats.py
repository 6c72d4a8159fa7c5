"""What ``env`` prints comes back from real shells as it was."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gemlive_emulator.cli.formats import FORMATS

TOLD = {
    "PLAIN": "http://127.0.0.1:8765",
    "SPACES": "/home/some one/trust file.pem",
    "QUOTES": """it's "quoted" """,
    "ODD": "a$HOME`b`\\n!*?[x]#;&|<>%PATH%{}~\\",
    "LETTERS": "naïve 日本",
    "EMPTY": "",
}

ECHO = "import json, os, sys; print(json.dumps({name: os.environ.get(name) for name in sys.argv[1:]}))"


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no {name} on this machine")
    return found


def read_back(command: list[str]) -> dict[str, str | None]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "LC_ALL": "C.UTF-8",
        "PYTHONUTF8": "1",
    }
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    told: dict[str, str | None] = json.loads(done.stdout)
    return told


@pytest.fixture
def show() -> str:
    """A command line, safe in every shell, that prints the variables as JSON."""
    import sys

    script = "exec(__import__('base64').b64decode('{}'))"
    import base64

    return f'{sys.executable} -c "{script.format(base64.b64encode(ECHO.encode()).decode())}" {" ".join(TOLD)}'


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "dash"])
def test_sh(shell: str, show: str, tmp_path: Path):
    (tmp_path / "told").write_text(FORMATS["sh"](TOLD))
    assert read_back([program(shell), "-c", f'eval "$(cat {tmp_path}/told)"; {show}']) == TOLD


def test_fish(show: str, tmp_path: Path):
    (tmp_path / "told").write_text(FORMATS["fish"](TOLD))
    assert read_back([program("fish"), "--no-config", "-c", f"cat {tmp_path}/told | source; {show}"]) == TOLD


def test_powershell(show: str, tmp_path: Path):
    (tmp_path / "told").write_text(FORMATS["powershell"](TOLD))
    script = f"Get-Content {tmp_path}/told | Out-String | Invoke-Expression; {show}"
    told = read_back([program("pwsh"), "-NoProfile", "-Command", script])
    assert {name: value or "" for name, value in told.items()} == TOLD


def test_fish_and_powershell_quote_as_their_manuals_say():
    assert FORMATS["fish"]({"A": "it's \\ $x"}) == "set -gx A 'it\\'s \\\\ $x'\n"
    assert FORMATS["powershell"]({"A": "it's \\ $x"}) == "$Env:A = 'it''s \\ $x'\n"


def test_dotenv(tmp_path: Path):
    node = program("node")
    simple = {name: value for name, value in TOLD.items() if name not in ("QUOTES", "ODD")}
    (tmp_path / ".env").write_text(FORMATS["dotenv"](simple))
    script = "console.log(JSON.stringify(Object.fromEntries(process.argv.slice(1).map((n) => [n, process.env[n]]))))"
    assert read_back([node, f"--env-file={tmp_path}/.env", "-e", script, *simple]) == simple


def test_dotenv_leaves_simple_values_bare_and_quotes_others():
    assert FORMATS["dotenv"]({"A": "http://127.0.0.1:1", "B": "a b"}) == 'A=http://127.0.0.1:1\nB="a b"\n'


def test_json():
    assert json.loads(FORMATS["json"](TOLD)) == TOLD


def test_github(tmp_path: Path):
    """Read as the runner does: ``NAME<<END``, lines, ``END``."""
    told = TOLD | {"LINES": "one\n two\nEND\n", "ENDS": "END_"}
    lines = iter(FORMATS["github"](told).split("\n"))
    read = {}
    for head in lines:
        if head:
            name, end = head.split("<<")
            read[name] = "\n".join(iter(lambda: next(lines), end))
    assert read == told
