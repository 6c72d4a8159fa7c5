"""SDKs whose emulator is controlled over HTTP while they talk to it: rules, and what happens to their session now."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from emulators import Serving, serving
from environments import Environments
from lasting_apps import SDKS, App, advance, control, running

pytestmark = pytest.mark.clients

MODEL = "gemini-2.0-flash-live-001"
RULE = {"when": {"text": "cerulean"}, "then": [{"say": "Cerulean is a colour between blue and green."}]}


@pytest.fixture
def manual(tmp_path: Path) -> Iterator[Serving]:
    """An emulator whose time stands still."""
    with serving(tmp_path, "--clock", "manual", "--voice", "formant") as running:
        yield running


def begun(app: App, emulator: Serving) -> None:
    """The first question is asked, and answered by the rule."""
    control(emulator, "rules", rules=[RULE])
    app.write("Is cerulean 4711 a colour?")
    assert app.next("connected") is None
    answered(app, emulator)


def answered(app: App, emulator: Serving) -> None:
    """Let time pass until the answer is out; what was asked has to be there by then."""
    while not advance(emulator, seconds=1)["happened"].get("turn_complete"):
        pass
    assert app.answer() == "Cerulean is a colour between blue and green."


@pytest.mark.parametrize("sdk", SDKS)
def test_a_client_sees_what_a_test_does_to_its_session(sdk: str, environments: Environments, manual: Serving) -> None:
    with running(sdk, environments, manual, MODEL, "TEXT", "--stay") as app:
        begun(app, manual)
        control(manual, "sessions/only/say", text="Tell me of cerulean.")
        answered(app, manual)
        control(
            manual, "sessions/only/inject", message={"serverContent": {"modelTurn": {"parts": [{"text": "News!"}]}}}
        )
        control(manual, "sessions/only/inject", message={"serverContent": {"turnComplete": True}})
        assert app.answer() == "News!"
        control(manual, "sessions/only/say", text="Tell me of cerulean once more.", typed=True)
        assert not advance(manual, seconds=0.35)["happened"].get("turn_complete")
        assert control(manual, "sessions/only/interrupt")["interrupted"]
        while "interrupted" not in app.until_told("server_content"):
            pass
        control(manual, "sessions/only/go-away", timeLeft="5s")
        assert app.until_told("go_away") == {"time_left": "5s"}
        control(manual, "sessions/only/close", code=1011, reason="Internal error encountered.")
        refused = app.next("refused")
        assert (refused["code"], refused["words"]) == (1011, "Internal error encountered.")
    told = control(manual, "verify")
    assert told == {"ok": True, "wrong": []}


@pytest.mark.parametrize("sdk", SDKS)
def test_a_client_that_is_told_to_go_comes_back_with_its_handle(
    sdk: str, environments: Environments, manual: Serving
) -> None:
    with running(sdk, environments, manual, MODEL, "TEXT") as app:
        begun(app, manual)
        control(manual, "sessions/only/go-away", timeLeft="5s")
        assert app.until_told("go_away") == {"time_left": "5s"}
        assert app.next("left")
        advance(manual, seconds=1)
        app.write("Is cerulean 4711 a colour?")
        assert app.next("connected")
        answered(app, manual)
        app.finish()
