"""SDKs under a clock that is moved from outside: ten minutes, goAway, a new connection with the handle, and on."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from emulators import APPS, PATIENCE, Serving, serving, started
from environments import Environments, NoNode
from transcripts import in_snake_case

pytestmark = pytest.mark.clients

TEXT_MODEL = ("gemini-2.0-flash-live-001", "TEXT")
SPOKEN_MODELS = [("gemini-2.5-flash-native-audio-preview-12-2025", "AUDIO"), ("gemini-3.8-live", "AUDIO")]
TOO_LONG = "Deadline expired before operation could complete."
SDKS = ["python 3", "python 1", "javascript 3"]


@pytest.fixture
def manual(tmp_path: Path) -> Iterator[Serving]:
    """An emulator whose time stands still."""
    with serving(tmp_path, "--clock", "manual", "--pace", "at-once", "--voice", "formant") as running:
        yield running


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


def advance(emulator: Serving, **time: float) -> dict[str, Any]:
    """Move the time as a test in any language would."""
    asked = Request(
        f"{emulator.url}/emulator/v1/clock/advance",
        json.dumps(time).encode(),
        {"Content-Type": "application/json"},
    )
    with urlopen(asked, timeout=PATIENCE) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


@pytest.mark.parametrize(("model", "modality"), [TEXT_MODEL, *SPOKEN_MODELS])
@pytest.mark.parametrize("sdk", SDKS)
def test_a_conversation_outlasts_two_connections(
    sdk: str, model: str, modality: str, environments: Environments, manual: Serving
) -> None:
    with running(sdk, environments, manual, model, modality) as app:
        app.write("Is cerulean 4711 a colour?")
        assert app.next("connected") is None
        assert app.answer()
        for _ in range(2):
            talk_for_520_seconds(app, manual)
            assert advance(manual, seconds=40)["happened"]["go_away"] == 1
            assert app.until_told("go_away") == {"time_left": "50s"}
            assert app.next("left")
            # The real server, too, takes the handle only when the connection before has been gone for a moment.
            assert advance(manual, seconds=1)["open"] == 0
            app.write("What was the last question I asked?")
            assert app.next("connected")
            words = app.answer()
            assert modality == "AUDIO" or "cerulean 4711" in words
        talk_for_520_seconds(app, manual)
        app.finish()


def talk_for_520_seconds(app: App, emulator: Serving) -> None:
    """With a question now and then: 3.8 ends connections on which nothing is said for eight minutes."""
    for _ in range(2):
        assert app.ask("Is cerulean 4711 a colour?")
        told = advance(emulator, seconds=260)
        assert (told["ended"], told["open"]) == ([], 1)


@pytest.mark.parametrize(("model", "modality"), [TEXT_MODEL, *SPOKEN_MODELS])
@pytest.mark.parametrize("sdk", SDKS)
def test_who_does_not_move_on_is_cut_off_with_the_real_words(
    sdk: str, model: str, modality: str, environments: Environments, manual: Serving
) -> None:
    with running(sdk, environments, manual, model, modality, "--stay") as app:
        app.write("Is cerulean 4711 a colour?")
        assert app.next("connected") is None
        assert app.answer()
        talk_for_520_seconds(app, manual)
        told = advance(manual, minutes=2)
        assert told["happened"] == {"go_away": 1, "close": 1}
        assert [(one["at"], one["code"], one["words"]) for one in told["ended"]] == [(600.0, 1011, TOO_LONG)]
        assert app.until_told("go_away") == {"time_left": "50s"}
        refused = app.next("refused")
        assert (refused["code"], refused["words"]) == (1011, TOO_LONG)
