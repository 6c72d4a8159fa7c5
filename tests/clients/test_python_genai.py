"""google-genai for Python, from 1.0.0 to the newest: typed questions, written and spoken answers, both back-ends."""

import pytest
from emulators import APPS, Finished, Serving, run
from environments import PYTHON_SDKS, Environments
from transcripts import Turn, turns_of

pytestmark = pytest.mark.clients

NEWER = [name for name in PYTHON_SDKS if name != "1.0.0"]
TEXT_MODEL = "gemini-2.0-flash-live-001"
SPOKEN_MODELS = ["gemini-2.5-flash-native-audio-preview-12-2025", "gemini-3.8-live"]
VERTEX_MODEL = "gemini-live-2.5-flash"
OLD_SDK_SEES = {"model_turn", "turn_complete", "interrupted"}


def chat(
    environments: Environments, name: str, emulator: Serving, *words: str, vertex: bool = False, **more: str
) -> Finished:
    """Run the chat of one SDK version."""
    environment = emulator.environment(vertex=vertex) | more
    app = "chat.py"
    if name == "1.0.0":
        app = "chat_1_0.py"
        environment["CHAT_BASE_URL"] = emulator.url
    return run([str(environments.python(name).python), str(APPS / app), *words], environment)


def check_end(name: str, turn: Turn) -> None:
    """The end of a turn as far as this version of the SDK shows it."""
    if name != "1.0.0":
        turn.check_end()
        return
    assert all(set(content) <= OLD_SDK_SEES for content in turn.contents)
    assert [content for content in turn.contents if "turn_complete" in content] == [turn.contents[-1]]


def test_the_versions_are_the_promised_ones(environments: Environments) -> None:
    assert {name: environments.python(name).version.split(".")[: name.count(".") + 1] for name in PYTHON_SDKS} == {
        name: name.split(".") for name in PYTHON_SDKS
    }


@pytest.mark.parametrize("name", PYTHON_SDKS)
def test_typed_questions_are_answered_in_writing(environments: Environments, name: str, emulator: Serving) -> None:
    done = chat(environments, name, emulator, TEXT_MODEL, "TEXT", "Hello", "Please repeat cerulean 4711.")
    greeting, echo = turns_of(done)
    assert greeting.text.startswith("Hello")
    assert "cerulean 4711" in echo.text
    for turn in (greeting, echo):
        check_end(name, turn)
        assert turn.sounds == []
    if name != "1.0.0":
        assert echo.usage["prompt_token_count"] > greeting.usage["total_token_count"]


@pytest.mark.parametrize("model", SPOKEN_MODELS)
@pytest.mark.parametrize("name", PYTHON_SDKS)
def test_typed_questions_are_answered_aloud(
    environments: Environments, name: str, model: str, emulator: Serving
) -> None:
    [turn] = turns_of(chat(environments, name, emulator, model, "AUDIO", "Please repeat cerulean 4711."))
    check_spoken(name, turn)
    assert turn.mime_types == {"audio/pcm;rate=24000"}


@pytest.mark.parametrize("name", PYTHON_SDKS)
def test_vertex_with_a_project_answers_aloud(environments: Environments, name: str, emulator: Serving) -> None:
    done = chat(
        environments, name, emulator, "--vertex", VERTEX_MODEL, "AUDIO", "Please repeat cerulean 4711.", vertex=True
    )
    [turn] = turns_of(done)
    check_spoken(name, turn)
    assert turn.mime_types == {"audio/pcm"}


@pytest.mark.parametrize("name", NEWER)
def test_vertex_chosen_by_the_environment_alone_answers(
    environments: Environments, name: str, emulator: Serving
) -> None:
    [turn] = turns_of(chat(environments, name, emulator, VERTEX_MODEL, "TEXT", "Hello", vertex=True))
    assert turn.text.startswith("Hello")
    check_end(name, turn)


@pytest.mark.parametrize("name", NEWER)
def test_vertex_with_a_key_answers(environments: Environments, name: str, emulator: Serving) -> None:
    [turn] = turns_of(chat(environments, name, emulator, "--express", VERTEX_MODEL, "TEXT", "Hello"))
    assert turn.text.startswith("Hello")
    check_end(name, turn)


def check_spoken(name: str, turn: Turn) -> None:
    """One spoken answer, with its words where the SDK asks for them and shows them."""
    check_end(name, turn)
    assert turn.text == ""
    assert sum(turn.sounds) > 24_000
    assert all(size % 2 == 0 and size <= 11_520 for size in turn.sounds)
    assert turn.sounds[0] == 9_600
    if name != "1.0.0":
        assert "cerulean 4711" in turn.words
