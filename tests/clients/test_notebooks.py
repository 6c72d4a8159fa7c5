"""Programs out of Google's own notebooks, with nothing changed but the environment or the address."""

import json
import re
import sys
import wave
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from emulators import APPS, COMMAND, Finished, Serving, emulator_environment, finished, run
from environments import PYTHON_SDKS, Environments, NodeSdk, NoNode

pytestmark = pytest.mark.clients


@pytest.fixture
def sdk(environments: Environments) -> NodeSdk:
    """The newest SDK for Node."""
    try:
        return environments.node("3")
    except NoNode as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("name", [name for name in PYTHON_SDKS if name != "1.0.0"])
def test_the_chat_loop_of_the_first_guide(environments: Environments, name: str, tmp_path: Path) -> None:
    app = [str(environments.python(name).python), str(APPS / "notebook_chat_loop.py")]
    command = [*COMMAND, "exec", "--", *app]
    done = finished(command, emulator_environment(tmp_path), stdin="hello\nwhat can u help me in \nexit\n")
    before, greeting, help_, after = done.stdout.split("User> ")
    assert before == ""
    assert greeting.startswith("Hello")
    assert "How can I help you today?" in greeting
    assert len(help_) > 20
    assert after == ""
    assert "Traceback" not in done.stderr


def test_the_raw_text_to_audio_cell(emulator: Serving) -> None:
    environment = emulator.environment(vertex=True)
    environment["API_HOST"] = urlsplit(emulator.url).netloc
    done = finished([sys.executable, str(APPS / "notebook_text_to_audio.py")], environment)
    *said, sound = done.stdout.splitlines()
    assert said == ["Connected", "Input: Hello? Gemini are you there?", "Turn complete."]
    told = re.fullmatch(r"Audio: (\d+) samples, loudest (\d+)", sound)
    assert told
    assert int(told[1]) > 24_000
    assert 1_000 < int(told[2]) <= 32_768


def converse(sdk: NodeSdk, emulator: Serving, *words: str) -> Finished:
    """One of the four conversations of the JavaScript notebook."""
    environment = emulator.environment() | {"NODE_PATH": str(sdk.modules)}
    return run([str(sdk.node), str(APPS / "notebook_four_conversations.cjs"), *words], environment)


def samples_in(file: Path) -> int:
    """How many samples a WAV file of the right format holds."""
    with wave.open(str(file)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (24_000, 1, 2)
        held = sound.readframes(sound.getnframes())
        assert len(set(held)) > 100
        return len(held) // 2


def test_text_to_text(sdk: NodeSdk, emulator: Serving) -> None:
    lines = converse(sdk, emulator, "text").stdout.splitlines()
    assert lines == [
        "Opened",
        "Sent message: Hello? Gemini are you there?",
        "Received response: Yes, I am",
        "Received response:  here! How can I help you today?",
        "",
        "Session closed",
        "Close: ",
    ]


def test_text_to_audio(sdk: NodeSdk, emulator: Serving, tmp_path: Path) -> None:
    lines = converse(sdk, emulator, "audio", str(tmp_path)).stdout.splitlines()
    assert lines == [
        "Opened",
        "Sent message: Hello? Gemini are you there?",
        "Received complete response",
        f"Audio saved to {tmp_path}/text_to_audio_response.wav",
        "Session closed",
        "Close: ",
    ]
    assert samples_in(tmp_path / "text_to_audio_response.wav") > 24_000


def test_three_turns_with_sending_and_receiving_apart(sdk: NodeSdk, emulator: Serving, tmp_path: Path) -> None:
    lines = converse(sdk, emulator, "turns", str(tmp_path)).stdout.splitlines()
    questions = ["Hello? Gemini are you there?", "Can you tell me a joke?", "What is the weather like today?"]
    files = [tmp_path / f"audio_response_{number}.wav" for number in range(3)]
    turns = [
        [f"Sent message: {words}", "Received complete response", f"Audio saved to {file}"]
        for words, file in zip(questions, files, strict=True)
    ]
    assert lines == ["Opened", *turns[0], *turns[1], *turns[2], "Session closed", "Close: "]
    assert all(samples_in(file) > 12_000 for file in files)


def test_a_resumable_session_up_to_its_handles(sdk: NodeSdk, emulator: Serving) -> None:
    lines = converse(sdk, emulator, "resumable").stdout.splitlines()
    assert lines[:3] == ["Connecting to the service with handle undefined...", "Opened", "Sending message: Hello"]
    assert lines[-1] == "Close: "
    told = [shape(line) for line in lines[2:-1]]
    turn = ["not resumable", "text", "generation complete", "turn complete"]
    assert folded(told) == [
        "sent", "setup complete", *turn,
        "sent", "handle", *turn, "handle",
    ]  # fmt: skip
    written = "".join(words(line) for line in lines)
    assert written == "Hello there! How can I help you today?\nThe capital of Brazil is **Brasília**.\n"


def shape(line: str) -> str:
    """What kind of message the notebook's log line shows, by exactly the keys that it has."""
    if line.startswith("Sending message: "):
        return "sent"
    message = json.loads(line.removeprefix("Received message: "))
    match message:
        case {"setupComplete": {}} if len(message) == 1:
            return "setup complete"
        case {"sessionResumptionUpdate": {"newHandle": str(handle), "resumable": True, **rest}} if not rest:
            assert re.fullmatch(r"Cih[\w-]{53}", handle)
            return "handle"
        case {"sessionResumptionUpdate": update} if not update:
            return "not resumable"
        case {"serverContent": {"modelTurn": {"parts": [{"text": str()}]} as turn}} if set(turn) == {"parts"}:
            return "text"
        case {"serverContent": {"generationComplete": True, **rest}} if not rest:
            return "generation complete"
        case {"serverContent": {"turnComplete": True}, "usageMetadata": usage} if usage["totalTokenCount"]:
            return "turn complete"
    raise AssertionError(f"no such message in the recorded log: {line}")


def words(line: str) -> str:
    """The text that the model wrote in this line of the log."""
    if not line.startswith("Received message: "):
        return ""
    turn = json.loads(line.removeprefix("Received message: ")).get("serverContent", {}).get("modelTurn", {"parts": []})
    return "".join(part["text"] for part in turn["parts"])


def folded(shapes: list[str]) -> list[str]:
    """Repeats made one."""
    return [each for place, each in enumerate(shapes) if place == 0 or each != shapes[place - 1]]
