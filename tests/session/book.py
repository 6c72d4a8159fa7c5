"""Short hands for playbooks of the session tests."""

from typing import Any

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.session.behaviour import Pace
from gemlive_emulator.session.steps import Conversation, Reply, Responder, Say, Step, UserTurn
from gemlive_emulator.testing.playbook import Happened, Playbook
from gemlive_emulator.wire.endpoint import Endpoint

STEADY = Pace(first_text=0.5, next_text=0.25, first_audio=1.0, speed=4.0)
TEXT = {"responseModalities": ["TEXT"]}
OLD, NATIVE, NEW = "models/gemini-2.0-flash-live-001", "models/gemini-2.5-flash-native-audio-latest", "gemini-3.8-live"
MIDDLE, CASCADE = "models/gemini-3.1-flash-live-preview", "models/gemini-live-2.5-flash-preview"


def replies(*steps: Step) -> Responder:
    """A responder that always takes the same steps."""

    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        yield from steps

    return respond


def echo(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(f"You said: {turn.text}")


class Ear:
    """A responder that keeps what it was given, and echoes."""

    def __init__(self) -> None:
        self.turns: list[UserTurn] = []
        self.conversations: list[Conversation] = []

    def __call__(self, turn: UserTurn, conversation: Conversation) -> Reply:
        self.turns.append(turn)
        self.conversations.append(conversation)
        yield Say(f"You said: {turn.text}")


def opened(
    responder: Responder,
    model: str = OLD,
    pace: Pace | None = STEADY,
    overrides: dict[str, Any] | None = None,
    kept: dict[str, Any] | None = None,
    seed: int = 1,
    **setup: Any,
) -> Playbook:
    """A playbook past its setup."""
    terms = Terms(pace=pace, overrides=overrides or {})
    book = Playbook(responder, Endpoint(), terms, kept=kept, seed=seed)
    book.open(model, **setup)
    assert book.closed is None
    return book


def chat(responder: Responder, model: str = OLD, **rest: Any) -> Playbook:
    """The same for a text session."""
    return opened(responder, model, generationConfig=TEXT, **rest)


def kinds(happened: list[Happened]) -> list[str]:
    """The names of what happened."""
    return [type(one.command).__name__ for one in happened]


def only(happened: list[Happened], kind: type) -> Any:
    """The one command of this kind."""
    found = [one.command for one in happened if isinstance(one.command, kind)]
    assert len(found) == 1, f"{len(found)} of {kind.__name__} in {kinds(happened)}"
    return found[0]


def times(happened: list[Happened], kind: type) -> list[float]:
    """When commands of this kind came."""
    return [one.at for one in happened if isinstance(one.command, kind)]
