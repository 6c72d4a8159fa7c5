"""The cells of Google's notebook on the bare protocol, with nothing changed but the address."""

import ast
import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
from emulators import APPS, Serving, finished
from environments import Environments
from speaking import VOICES

from gemlive_emulator.audio.wav import from_wav

pytestmark = pytest.mark.clients

CELLS = APPS / "live_api_notebook.txt"
PREPARING = ["Import", "Set Google Cloud", "Choose", "Step 1", "Step 2", "Text to Audio"]
INPUT = VOICES / "story.wav"

SECTIONS = {
    "audio": ["Audio Streaming", "Reusable", "Audio Transcription", "Voice Activity"],
    "video": ["Video Streaming"],
    "tools": ["Function Calling", "Google Search"],
    "proactive": ["Reusable", "Proactive"],
    "affective": ["Reusable", "Affective"],
}
"""What runs in one kernel. They run side by side, since a cell takes a silence of five seconds for an answer."""

Shown = list[str | dict[str, Any]]


@pytest.fixture(scope="module")
def kernels(
    emulator: Serving, environments: Environments, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Shown]]]:
    """All sections, begun at the same time."""
    python = str(environments.libraries("notebook"))
    folder = tmp_path_factory.mktemp("notebook")
    shutil.copy(INPUT, folder / "input.wav")
    environment = emulator.environment(vertex=True) | {"API_HOST": urlsplit(emulator.url).netloc}
    finished([python, str(APPS / "make_video.py"), str(folder / "dog_day2.mp4")], environment)

    def run_sections(sections: list[str]) -> Shown:
        command = [python, str(APPS / "notebook.py"), str(CELLS), str(folder), *PREPARING, *sections]
        lines = finished(command, environment).stdout.splitlines()
        return [json.loads(line) if line.startswith("{") else line for line in lines]

    with ThreadPoolExecutor(len(SECTIONS)) as pool:
        yield {name: pool.submit(run_sections, sections) for name, sections in SECTIONS.items()}


@pytest.fixture
def shown(kernels: dict[str, Future[Shown]]) -> Callable[[str], Shown]:
    """What the cells of a kernel printed and displayed, in order, but for the text-to-audio cell."""

    def of(name: str) -> Shown:
        lines = kernels[name].result()
        return lines[1 + next(at for at, line in enumerate(lines) if sound_in(line)) :]

    return of


def sound_in(line: str | dict[str, Any]) -> dict[str, int] | None:
    """What was played, if something was."""
    if isinstance(line, str) or not line.get("audio"):
        return None
    assert line["rate"] == 24_000
    sound: dict[str, int] = line["audio"]
    return sound


def check_sound(line: str | dict[str, Any]) -> None:
    """A second of speech or more was played."""
    sound = sound_in(line)
    assert sound is not None, line
    assert sound["samples"] > 24_000
    assert 1_000 < sound["loudest"] <= 32_768


def turns_in(lines: Shown) -> list[Shown]:
    """What ``run_live_session`` showed of each turn."""
    assert not any("Error" in str(line) or "unexpected" in str(line) for line in lines), lines
    assert lines[-1] == {"markdown": "**Status:** All turns complete. Session closed."}
    rules = [at for at, line in enumerate(lines) if line == {"markdown": "\n---"}]
    return [lines[start + 1 : end] for start, end in pairwise(rules)]


def sessions_in(lines: Shown) -> list[Shown]:
    """The lines of each ``run_live_session``."""
    starts = [at for at, line in enumerate(lines) if line == {"markdown": "## Starting Live Connect Session..."}]
    return [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]


def told(turn: Shown, which: str) -> str:
    """The transcription that was displayed, of ``Input`` or ``Output``."""
    mark = f"**Final {which} transcription >** "
    found = [line["markdown"] for line in turn if isinstance(line, dict) and "markdown" in line]
    return "".join(text.removeprefix(mark) for text in found if text.startswith(mark))


def test_audio_streaming(shown: Callable[[str], Shown]) -> None:
    pcm, rate = from_wav(INPUT.read_bytes())
    lines = shown("audio")
    assert lines[:8] == [
        f"Read audio: {len(pcm)} bytes",
        "Channels: 1",
        f"Rate: {rate}Hz",
        "Width: 2 bytes",
        {"audio": None, "filename": "input.wav", "autoplay": True},
        "Connected",
        "Input Audio File: input.wav",
        "Finished streaming audio.",
    ]
    assert lines[8] == "Turn complete."
    check_sound(lines[9])


def test_audio_transcription(shown: Callable[[str], Shown]) -> None:
    transcription, _ = sessions_in(shown("audio"))
    [turn] = turns_in(transcription)
    assert turn[0] == "Input: Hey, tell me a joke about rabbit"
    check_sound(turn[1])
    assert len(told(turn, "Output")) > 20
    assert turn[-1] == "Turn complete."


def test_voice_activity_detection(shown: Callable[[str], Shown]) -> None:
    _, detection = sessions_in(shown("audio"))
    [turn] = turns_in(detection)
    assert turn[:2] == ["Input Audio File: input.wav", "Finished streaming audio."]
    check_sound(turn[2])
    assert turn[3:] == ["Turn complete."]


def test_video_streaming(shown: Callable[[str], Shown]) -> None:
    lines = shown("video")
    assert lines[:-1] == [
        {"video": "dog_day2.mp4", "width": 300, "height": 200, "embed": True},
        "Connected",
        "Input Video File: dog_day2.mp4",
        "Streaming video with 10.00 FPS (delay: 0.1000s)",
        "End of video stream.",
        "Signaling end of turn.",
        "Turn complete.",
    ]
    check_sound(lines[-1])


def test_function_calling_which_never_answers_the_call(shown: Callable[[str], Shown]) -> None:
    connected, asked, ended, response, call, *_ = shown("tools")
    assert [connected, asked] == ["Connected", "Input: Get the current temperature in New York."]
    assert [ended, response] == ["Turn complete.", "Response:"]
    name, told = str(call).split(": ", 1)
    assert name == "FunctionCall"
    made = ast.literal_eval(told)
    assert made.pop("id")
    assert made == {"name": "get_temperature", "args": {"location": "New York"}}


def test_google_search(shown: Callable[[str], Shown]) -> None:
    lines = shown("tools")
    assert lines[-4:-1] == ["Connected", "Input: What is the current weather in Toronto, Canada?", "Turn complete."]
    check_sound(lines[-1])


def test_proactive_audio(shown: Callable[[str], Shown]) -> None:
    [session] = sessions_in(shown("proactive"))
    small_talk, french, italian = turns_in(session)
    for turn in (small_talk, french):
        assert turn[1:] == [
            "Timeout: No response received in 5s. Ending turn.",
            {"markdown": "**Model Response:** *No audio response received.*"},
            "Turn complete.",
        ]
    check_sound(italian[1])
    assert len(told(italian, "Output")) > 20


def test_affective_dialog(shown: Callable[[str], Shown]) -> None:
    [session] = sessions_in(shown("affective"))
    stuck, thankful = turns_in(session)
    for turn in (stuck, thankful):
        assert str(turn[0]).startswith("Input: ")
        check_sound(turn[1])
        assert turn[2:] == ["Turn complete."]
