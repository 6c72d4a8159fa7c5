"""Short hands for playbooks of the session tests."""

import struct
from collections.abc import Callable
from typing import Any

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.session.behaviour import Pace
from gemlive_emulator.session.commands import Transcribe
from gemlive_emulator.session.hearing import NOTHING_FOREKNOWN, Foreknown, Words
from gemlive_emulator.session.steps import Conversation, Reply, Responder, Say, Step, UserTurn
from gemlive_emulator.testing.playbook import Happened, Playbook
from gemlive_emulator.wire.endpoint import Endpoint

STEADY = Pace(first_text=0.5, next_text=0.25, first_audio=1.0, speed=4.0)
FIXED = {"behaviour.hearing.threshold_dbfs": -30.0, "behaviour.hearing.silence_ms": 500}
"""A detector that takes every tone for speech, for tests that are about what comes of it."""
TEXT = {"responseModalities": ["TEXT"]}
OLD, NATIVE, NEW = "models/gemini-2.0-flash-live-001", "models/gemini-2.5-flash-native-audio-latest", "gemini-3.8-live"
MIDDLE, CASCADE = "models/gemini-3.1-flash-live-preview", "models/gemini-live-2.5-flash-preview"


def replies(*steps: Step) -> Responder:
    """A responder that always takes the same steps."""

    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        yield from steps

    return respond


def tone(seconds: float, rate: int = 16_000) -> bytes:
    """Loud sound, s16le mono."""
    return struct.pack("<hh", 12_000, -12_000) * round(seconds * rate / 2)


def quiet(seconds: float, rate: int = 16_000) -> bytes:
    """Digital silence, s16le mono."""
    return bytes(2 * round(seconds * rate))


def says(*texts: str | None) -> Foreknown:
    """The user says these, one after the other."""
    left = iter(texts)
    return Foreknown(lambda: next(left, None))


def echo(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(f"You said: {turn.text}")


ANY_ARGS = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}, "a": {"type": "INTEGER"}}}


def declares(*names: str, **fields: Any) -> list[dict[str, Any]]:
    """The tools of a setup; ``behavior=...`` and the like go into each function."""
    return [{"functionDeclarations": [{"name": name, "parameters": ANY_ARGS, **fields} for name in names]}]


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
    foreknown: Foreknown = NOTHING_FOREKNOWN,
    transcribe: Callable[[Transcribe], Words | None] = lambda request: None,
    **setup: Any,
) -> Playbook:
    """A playbook past its setup."""
    terms = Terms(pace=pace, overrides=overrides or {})
    book = Playbook(responder, Endpoint(), terms, kept=kept, seed=seed, foreknown=foreknown, transcribe=transcribe)
    book.open(model, **setup)
    assert book.closed is None
    return book


def chat(responder: Responder, model: str = OLD, **rest: Any) -> Playbook:
    """The same for a text session."""
    return opened(responder, model, generationConfig=TEXT, **rest)


def listening(responder: Responder, model: str = NEW, **rest: Any) -> Playbook:
    """A playbook whose detector takes every tone for speech, and ends it after half a second."""
    overrides = {**FIXED, **rest.pop("overrides", {})}
    return opened(responder, model, overrides=overrides, **rest)


def spoken(book: Playbook, seconds: float = 1.0, silence: float = 0.6) -> list[Happened]:
    """The client streams speech in real time, and silence behind it."""
    return book.speak(tone(seconds) + quiet(silence))


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


def in_turns(*replies_in_order: list[Step]) -> Any:
    """A responder that takes the next of these replies with each turn."""
    left = iter(replies_in_order)

    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        for step in next(left):  # noqa: UP028 - what a tool returned cannot be sent into a list
            yield step

    return respond


def content(book: Playbook) -> list[dict[str, Any]]:
    """What the client got as server content, audio data aside."""
    return [message.body["serverContent"] for message in book.messages if "serverContent" in message.body]


def fields(book: Playbook) -> list[str]:
    """The first field of each server content, repeats folded."""
    names: list[str] = []
    for one in content(book):
        name = next(iter(one), "")
        if not names or names[-1] != name:
            names.append(name)
    return names
