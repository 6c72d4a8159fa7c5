"""What the tests of calls share: a desk that calls the weather, and clients that answer it."""

from collections.abc import Iterator
from typing import Any

from book import (
    OLD,
    declares,
    kinds,
    opened,
    times,
)

from gemlive_emulator.session.commands import (
    ToolCalls,
)
from gemlive_emulator.session.steps import Conversation, Reply, Responder, Say, Step, UserTurn
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolCall, ToolResult
from gemlive_emulator.testing.playbook import Happened, Playbook

VEGAS = CallTools((ToolCall("weather", {"city": "Vegas"}),))
EXTENDED = "models/gemini-3.8-live-extended-thinking"
BLOCKING, FREE = declares("weather", "time", behavior="BLOCKING"), declares("weather", "time", behavior="NON_BLOCKING")
LONG = "Once upon a time there was a town. " * 20


class Desk:
    """Calls the weather for whoever asks for it, and keeps what it was given.

    ``before`` is said before the call, ``meanwhile`` after it, without waiting.
    """

    def __init__(self, *before: Step, meanwhile: str = "", **call: Any) -> None:
        self.before = before
        self.meanwhile = meanwhile
        self.call = CallTools(VEGAS.calls, wait=not meanwhile, **call)
        self.given: list[ToolResult] = []
        self.seen: list[Conversation] = []

    def __call__(self, turn: UserTurn, conversation: Conversation) -> Reply:
        self.seen.append(conversation)
        if "weather" not in turn.text:
            yield Say(f"You said: {turn.text}")
            return
        yield from self.before
        (result,) = yield self.call
        if self.meanwhile:
            yield Say(self.meanwhile)
            (result,) = yield AwaitResults((result,))
        self.given.append(result)
        while result.continues:
            yield Say(f"So far {result.response['sky']}.")
            (result,) = yield AwaitResults((result.id,))
            self.given.append(result)
        yield Say(f"The weather in Vegas is {result.response.get('sky', 'unknown')}.")


def respond(book: Playbook, sky: str = "sunny", **fields: Any) -> list[Happened]:
    """The client answers the last call."""
    call = [one.command for one in book.log if isinstance(one.command, ToolCalls)][-1].calls[0]
    response = {"id": call.id, "name": call.name, "response": {"sky": sky}, **fields}
    return book.receive({"toolResponse": {"functionResponses": [response]}})


def asked(responder: Responder, model: str = OLD, tools: Any = BLOCKING, **rest: Any) -> Playbook:
    """A playbook in which the weather was called just now."""
    book = opened(responder, model, tools=tools, **rest)
    book.say("What is the weather in Vegas?")
    while not times(book.log, ToolCalls):
        book.advance(0.25)
    return book


def told(happened: list[Happened], *but: str) -> list[str]:
    """What the client was told, repeats folded."""
    left_out = {"Synthesize", "UtteranceBegins", "Remember", "Warn", *but}
    names = [name for name in kinds(happened) if name not in left_out]
    return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]


def said_by_model(book: Playbook) -> list[str]:
    """Its answers, as far as they can have been heard."""
    talk = book.session._talk
    assert talk is not None
    return [said.text for said in talk._account.history.entries if said.role == "model"]


def late(result: ToolResult) -> Iterator[Step]:
    yield Say(f"That was late: {result.response['sky']}.")
