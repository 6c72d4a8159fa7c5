"""@google/genai on Node, newest of each line: typed questions, written and spoken answers, both back-ends, refusals."""

import pytest
from emulators import APPS, Finished, Serving, run
from environments import NODE_SDKS, Environments, NodeSdk, NoNode
from transcripts import in_snake_case, turns_of

pytestmark = pytest.mark.clients

TEXT_MODEL = "gemini-2.0-flash-live-001"
SPOKEN_MODELS = ["gemini-2.5-flash-native-audio-preview-12-2025", "gemini-3.8-live"]
VERTEX_MODEL = "gemini-live-2.5-flash"


@pytest.fixture(params=NODE_SDKS)
def sdk(request: pytest.FixtureRequest, environments: Environments) -> NodeSdk:
    """One line of the SDK; skipped only where there is no Node for it."""
    try:
        return environments.node(request.param)
    except NoNode as reason:
        pytest.skip(str(reason))


def chat(sdk: NodeSdk, emulator: Serving, *words: str, vertex: bool = False) -> Finished:
    """Run the chat of one SDK version."""
    environment = emulator.environment(vertex=vertex)
    return run([str(sdk.node), str(APPS / "chat.cjs"), *words], environment | {"NODE_PATH": str(sdk.modules)})


def test_typed_questions_are_answered_in_writing(sdk: NodeSdk, emulator: Serving) -> None:
    done = chat(sdk, emulator, TEXT_MODEL, "TEXT", "Hello", "Please repeat cerulean 4711.")
    greeting, echo = turns_of(done)
    assert greeting.messages.pop(0) == {"setup_complete": {}}
    assert greeting.text.startswith("Hello")
    assert "cerulean 4711" in echo.text
    for turn in (greeting, echo):
        turn.check_end()
        assert turn.sounds == []
    assert echo.usage["prompt_token_count"] > greeting.usage["total_token_count"]


@pytest.mark.parametrize("model", SPOKEN_MODELS)
def test_typed_questions_are_answered_aloud(sdk: NodeSdk, model: str, emulator: Serving) -> None:
    [turn] = turns_of(chat(sdk, emulator, model, "AUDIO", "Please repeat cerulean 4711."))
    assert turn.messages.pop(0) == {"setup_complete": {}}
    turn.check_end()
    assert "cerulean 4711" in turn.words
    assert turn.sounds[0] == 9_600
    assert sum(turn.sounds) > 24_000
    assert turn.mime_types == {"audio/pcm;rate=24000"}


def test_vertex_answers_aloud(sdk: NodeSdk, emulator: Serving) -> None:
    done = chat(sdk, emulator, "--vertex", VERTEX_MODEL, "AUDIO", "Please repeat cerulean 4711.", vertex=True)
    [turn] = turns_of(done)
    opened = turn.messages.pop(0)
    assert set(opened) == {"setup_complete"}
    assert len(opened["setup_complete"]["session_id"]) == 36
    turn.check_end()
    assert "cerulean 4711" in turn.words
    assert sum(turn.sounds) > 24_000
    assert turn.mime_types == {"audio/pcm"}


@pytest.mark.parametrize(
    ("model", "modality", "code", "words"),
    [
        (SPOKEN_MODELS[0], "TEXT", 1007, "Cannot extract voices from a non-audio request."),
        ("gemini-9.9-live", "AUDIO", 1008, "models/gemini-9.9-live is not found for API version "),
    ],
)
def test_a_refusal_reaches_onclose(
    sdk: NodeSdk, model: str, modality: str, code: int, words: str, strict_emulator: Serving
) -> None:
    done = chat(sdk, strict_emulator, model, modality, "Hello")
    assert done.code == 0, done.stderr
    told = {name: in_snake_case(value) for line in done.lines for name, value in line.items()}
    assert told["opened"] is True
    assert told["closed"]["code"] == code
    assert told["closed"]["words"].startswith(words)
    assert "message" not in told
    if sdk.version.startswith("3."):
        assert f"code {code}" in told["rejected"]
