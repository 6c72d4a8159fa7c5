"""SDKs under a clock that is moved from outside: ten minutes, goAway, a new connection with the handle, and on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from emulators import Serving, serving
from environments import Environments
from lasting_apps import SDKS, App, advance, running

pytestmark = pytest.mark.clients

TEXT_MODEL = ("gemini-2.0-flash-live-001", "TEXT")
SPOKEN_MODELS = [("gemini-2.5-flash-native-audio-preview-12-2025", "AUDIO"), ("gemini-3.8-live", "AUDIO")]
TOO_LONG = "Deadline expired before operation could complete."


@pytest.fixture
def manual(tmp_path: Path) -> Iterator[Serving]:
    """An emulator whose time stands still."""
    with serving(tmp_path, "--clock", "manual", "--pace", "at-once", "--voice", "formant") as running:
        yield running


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
            # The server, too, has to have seen that the connection before has gone.
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
