"""What the tests of CI files share: the checks of a schema and of a shell, and a client with nothing but an environment."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(sys.executable).parent
PATIENCE = 120

CLIENT = """
import asyncio
from google import genai

async def main():
    client = genai.Client()
    config = {"response_modalities": ["TEXT"]}
    async with client.aio.live.connect(model="gemini-2.0-flash-live-001", config=config) as session:
        await session.send_client_content(turns={"role": "user", "parts": [{"text": "Good morning"}]})
        async for message in session.receive():
            print(message.text or "", end="", flush=True)

asyncio.run(main())
"""


def holds_by_schema(schema: str, path: Path) -> None:
    """A file is as the maintainers of its form publish it; check-jsonschema brings the schemas."""
    command = [PROGRAMS / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def holds_by_shellcheck(script: str, shell: str = "bash") -> None:
    linter = shutil.which("shellcheck", path=str(PROGRAMS))
    if linter is None:
        pytest.skip("shellcheck has no package for this system")
    done = subprocess.run([linter, f"--shell={shell}", "-"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def said_to_a_client(environment: dict[str, str]) -> str:
    """What an unmodified google-genai hears that is told of the emulator by these variables only."""
    done = subprocess.run(
        [sys.executable, "-c", CLIENT], env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
