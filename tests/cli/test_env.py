"""``env``: what it prints leads unmodified clients to a running emulator, in both modes."""

import json
import shutil
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner
from waiting import ready

from gemlive_emulator.cli.main import main
from gemlive_emulator.server import tls

CHAT = """
import asyncio
from google import genai
from google.genai import types

async def main():
    client = genai.Client({arguments})
    async with client.aio.live.connect(model={model!r}, config={{"response_modalities": ["TEXT"]}}) as session:
        await session.send_client_content(turns=types.Content(role="user", parts=[types.Part(text="Hello")]))
        said = [message.text or "" async for message in session.receive()]
    print("vertex" if client.vertexai else "gemini", bool("".join(said)))

asyncio.run(main())
"""
GEMINI_MODEL, VERTEX_MODEL = "gemini-2.0-flash-live-001", "gemini-2.0-flash-live-preview-04-09"


def told_by(text: str) -> dict[str, str]:
    told: dict[str, str] = json.loads(text)
    return told


def test_every_format_says_the_same_and_a_shell_takes_it(start, run, environment: dict[str, str]):
    port = ready(start("serve", "--port", "0"))["port"]
    expected = told_by(run("env", "--port", port, "--format", "json").stdout)
    assert expected["GOOGLE_GEMINI_BASE_URL"] == f"http://127.0.0.1:{port}"
    for format_ in ("sh", "fish", "powershell", "dotenv"):
        printed = run("env", "--port", port, "--format", format_)
        assert printed.stderr == ""
        assert all(f"{name}=" in printed.stdout or f"{name} " in printed.stdout for name in expected)
    script = (
        f'eval "$({sys.executable} -m gemlive_emulator env --url http://127.0.0.1:{port}/)"; '
        f"{sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"
    )
    shell = shutil.which("sh")
    assert shell
    done = subprocess.run([shell, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert expected.items() <= told_by(done.stdout).items()


def test_nothing_running_there_is_warned_of(start, run):
    process = start("serve", "--port", "0")
    port = ready(process)["port"]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    done = run("env", "--port", port)
    assert done.returncode == 0
    assert f"nothing answers at http://127.0.0.1:{port}" in done.stderr
    assert f"export GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:{port}\n" in done.stdout


@pytest.mark.parametrize(
    ("option", "arguments", "model", "expected"),
    [
        ("--no-vertex", "", GEMINI_MODEL, "gemini True\n"),
        ("--no-vertex", "api_key='mine', http_options={'api_version': 'v1alpha'}", GEMINI_MODEL, "gemini True\n"),
        ("--vertex", "", VERTEX_MODEL, "vertex True\n"),
        ("--vertex", "vertexai=True", VERTEX_MODEL, "vertex True\n"),
        ("--vertex", "vertexai=True, project='p', location='us-central1'", VERTEX_MODEL, "vertex True\n"),
        ("--vertex", "project='p', location='us-central1'", VERTEX_MODEL, "vertex True\n"),
    ],
)
def test_an_unmodified_client_talks(run, tmp_path, option: str, arguments: str, model: str, expected: str):
    (tmp_path / "chat.py").write_text(CHAT.format(arguments=arguments, model=model))
    done = run("exec", "--pace", "at-once", option, "--", sys.executable, str(tmp_path / "chat.py"))
    assert done.stdout == expected, done.stderr


def test_models_are_listed_over_rest_at_the_same_address(run, tmp_path):
    (tmp_path / "models.py").write_text(
        "from google import genai\n"
        "client = genai.Client()\n"
        "print(any('live' in model.name for model in client.models.list()))\n"
    )
    done = run("exec", "--", sys.executable, str(tmp_path / "models.py"))
    assert done.stdout == "True\n", done.stderr


def test_models_of_vertex_are_listed_or_it_is_said_what_the_client_needs(run, tmp_path):
    """With project and location in the environment alone, google-genai asks the base URL itself, whatever it wants."""
    (tmp_path / "models.py").write_text(
        "from google import genai\n"
        "from google.genai.errors import ClientError\n"
        "bare, told = genai.Client(), genai.Client(project='p', location='us-central1')\n"
        "for ask in (lambda client: list(client.models.list())[0], lambda client: client.models.get(model='gemini-3.8-live')):\n"
        "    print(ask(told).name)\n"
        "    try:\n"
        "        print(ask(bare))\n"
        "    except ClientError as error:\n"
        "        print(error.code, 'project=..., location=...' in error.message)\n"
    )
    done = run("exec", "--vertex", "--", sys.executable, str(tmp_path / "models.py"))
    assert done.stdout == "publishers/google/models/gemini-3.8-live\n400 True\n" * 2, done.stderr


def test_where_no_certificate_can_be_kept_one_line_says_why(monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(tls, "keep", full)
    done = CliRunner().invoke(main, ["env", "--port", "1"])
    assert done.exit_code == 1
    assert "Error: No folder for certificates can be written: no space left" in done.output
