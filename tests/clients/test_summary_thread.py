"""The program of a community thread of December 2024, which wants a summary of a spoken conversation at its end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from emulators import APPS, Serving, finished, serving
from environments import Environments
from speaking import VOICES, recording

pytestmark = pytest.mark.clients

SPOKEN = ("hello.wav", "name.wav")
SUMMARY = """Here is our conversation in short:
* You said: Hello, can you hear me?
* I said: Yes, I am here! How can I help you today?
* You said: My name is Marcelo.
* I said: Nice to meet you, Marcelo! How can I help you today?"""
EMPTY = "server_content=LiveServerContent(model_turn=None, turn_complete={}, interrupted=None)"


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """An emulator that knows what the recordings say."""
    recordings = ["--recordings", str(VOICES)]
    with serving(tmp_path_factory.mktemp("today"), "--pace", "at-once", *recordings) as running:
        yield running


@pytest.fixture(scope="module")
def then(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The same, as the server was in December 2024."""
    options = ["--pace", "at-once", "--profile", "2.0-2024", "--recordings", str(VOICES)]
    with serving(tmp_path_factory.mktemp("then"), *options) as running:
        yield running


def converse(python: Path, emulator: Serving, folder: Path, config: str, ending: str) -> list[str]:
    """What the program logged."""
    files = []
    for name in SPOKEN:
        files.append(folder / f"{name}.pcm")
        files[-1].write_bytes(recording(name))
    command = [str(python), str(APPS / "summary_thread.py"), config, ending, *map(str, files)]
    # This SDK reads no base URL from outside.
    environment = emulator.environment() | {"CHAT_BASE_URL": emulator.url}
    lines = finished(command, environment).stdout.splitlines()
    return [line for line in lines if "GeminiClient" in line]


@pytest.mark.parametrize("config", ["posted", "both"])
def test_then_the_summary_was_an_empty_turn(
    config: str, then: Serving, environments: Environments, tmp_path: Path
) -> None:
    """The lines of the thread's own log: what its configuration leaves of itself on the wire makes no difference."""
    lines = converse(environments.libraries("2024"), then, tmp_path, config, "text")
    assert lines[0].startswith("[INFO] GeminiClient: Audio: ")
    assert lines[2:] == [
        "[INFO] GeminiClient: Response reading task cancelled",
        "[DEBUG] GeminiClient: Read task cancellation handled",
        f"[DEBUG] GeminiClient: Received chunk: setup_complete=None {EMPTY.format(None)} "
        "tool_call=None tool_call_cancellation=None",
        f"[DEBUG] GeminiClient: Received chunk: setup_complete=None {EMPTY.format(True)} "
        "tool_call=None tool_call_cancellation=None",
        "[DEBUG] GeminiClient: Turn complete",
        "[WARNING] GeminiClient: No summary text received",
        "[INFO] GeminiClient: CONVERSATION_SUMMARY: None",
    ]


def test_today_two_modalities_are_refused(today: Serving, environments: Environments, tmp_path: Path) -> None:
    [line] = converse(environments.libraries("2024"), today, tmp_path, "both", "text")
    assert line.startswith(
        "[ERROR] GeminiClient: Failed to connect to Gemini: received 1007 (invalid frame payload data) At most one "
        "response modality can be specified in the setup request. "
    )


def test_today_a_summary_in_writing_is_spoken(today: Serving, environments: Environments, tmp_path: Path) -> None:
    """The SDK drops what the thread's configuration says in camel case: nothing is refused, and nothing is written."""
    lines = converse(environments.libraries("2024"), today, tmp_path, "posted", "text")
    assert lines[-2:] == [
        "[WARNING] GeminiClient: No summary text received",
        "[INFO] GeminiClient: CONVERSATION_SUMMARY: None",
    ]
    assert any("mime_type='audio/pcm" in line for line in lines)


@pytest.mark.parametrize("sdk", ["0.3.0", "1.0.0"])
def test_a_function_takes_the_summary_of_what_was_spoken(
    sdk: str, today: Serving, environments: Environments, tmp_path: Path
) -> None:
    """What the thread advises."""
    python = environments.libraries("2024") if sdk == "0.3.0" else environments.python(sdk).python
    lines = converse(python, today, tmp_path, "spoken", "function")
    assert f"[INFO] GeminiClient: CONVERSATION_SUMMARY: { ({'summary': SUMMARY})!r}" in lines
