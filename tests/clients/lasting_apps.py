"""Programs on an SDK that ask what is written to them, for as long as it takes, and tests that control their emulator."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

import pytest
from emulators import APPS, PATIENCE, Serving, started
from environments import Environments, NoNode
from transcripts import in_snake_case

SDKS = ["python 3", "python 1", "javascript 3"]


class App:
    """A running program that asks what is written to it, and says what it is told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, question: str) -> str:
        """Ask, and give the words of the answer."""
        self.write(question)
        return self.answer()

    def write(self, question: str) -> None:
        """Ask."""
        assert self._process.stdin is not None
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        """The words of the answer."""
        words = ""
        while True:
            content = self.next("message").get("server_content", {})
            parts = content.get("model_turn", {}).get("parts", [])
            words += "".join(part.get("text", "") for part in parts if not part.get("thought"))
            words += content.get("output_transcription", {}).get("text", "")
            if content.get("turn_complete"):
                return words

    def next(self, kind: str) -> Any:
        """What the next line of this kind tells; there is none of another kind before it."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            # SDKs print notes of their own.
            if line.startswith("{"):
                [(name, told)] = json.loads(line).items()
                assert name == kind, line
                return in_snake_case(told)
        raise AssertionError(f"the program has ended, and said nothing of {kind}")

    def until_told(self, name: str) -> Any:
        """What the next message with this field says."""
        while name not in (message := self.next("message")):
            pass
        return message[name]

    def finish(self) -> None:
        """No more questions."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(PATIENCE) == 0


@contextmanager
def running(sdk: str, environments: Environments, emulator: Serving, *words: str) -> Iterator[App]:
    """The program on this SDK; skipped only where there is no Node for it."""
    language, line = sdk.split()
    environment = emulator.environment()
    if language == "python":
        command = [str(environments.python(line).python), str(APPS / "lasting.py")]
    else:
        try:
            node = environments.node(line)
        except NoNode as reason:
            pytest.skip(str(reason))
        command = [str(node.node), str(APPS / "lasting.cjs")]
        environment |= {"NODE_PATH": str(node.modules)}
    errors = emulator.folder / "app.log"
    with (
        errors.open("w") as log,
        started([*command, *words], environment, stdin=subprocess.PIPE, stderr=log) as process,
    ):
        yield App(process)
    assert "Traceback" not in errors.read_text()


def control(emulator: Serving, path: str, **body: Any) -> dict[str, Any]:
    """Ask the emulator as a test in any language would."""
    asked = Request(
        f"{emulator.url}/emulator/v1/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urlopen(asked, timeout=PATIENCE) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def advance(emulator: Serving, **time: float) -> dict[str, Any]:
    """Move the time."""
    return control(emulator, "clock/advance", **time)
