"""A session that is over is held by nobody but those who look at it: no garbage collector has to find it."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from gemlive_emulator.profiles.admit import Terms, doorkeeper
from gemlive_emulator.session.behaviour import AT_ONCE
from gemlive_emulator.session.events import ClientClosed, Connected, MessageReceived
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.session import Session
from gemlive_emulator.session.steps import CloseConnection, Consult, Conversation, Pause, Reply, Say, UserTurn
from gemlive_emulator.session.tools import CallTools, ToolCall
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.endpoint import Endpoint

SETUP = (
    b'{"setup": {"model": "models/gemini-2.0-flash-live-001", "sessionResumption": {},'
    b'"tools": [{"functionDeclarations": [{"name": "look"}]}]}}'
)
SAY = b'{"clientContent": {"turns": [{"parts": [{"text": "%s"}]}], "turnComplete": true}}'


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def answer(turn: UserTurn, conversation: Conversation) -> Reply:
    match turn.text:
        case "bye":
            yield CloseConnection(1011, "over")
        case "call":
            yield CallTools((ToolCall("look"),))
        case "ask":
            yield Consult(lambda: None)  # type: ignore[arg-type, return-value]
        case "stubborn":
            try:
                yield Pause(1000)
            finally:
                raise LookupError("it does not want to end")
        case _:
            yield Say("Hello.")


def opened() -> Session:
    session = Session(doorkeeper(Endpoint(), answer, Terms(pace=AT_ONCE)), Names(1))
    session.handle(Connected(), 0)
    session.handle(MessageReceived(decode(SETUP).message), 0)
    return session


@pytest.mark.parametrize("said", [b"Hello", b"bye", b"call", b"ask"])
def test_an_ended_session_is_freed_at_once(said: bytes) -> None:
    session = opened()
    conversation = weakref.ref(session._talk)
    session.handle(MessageReceived(decode(SAY % said).message), 1)
    session.handle(ClientClosed(), 2)
    assert session.closed
    assert conversation() is None
    trace = weakref.ref(session)
    del session
    assert trace() is None


def test_so_is_one_whose_reply_cannot_be_closed() -> None:
    session = opened()
    conversation = weakref.ref(session._talk)
    session.handle(MessageReceived(decode(SAY % b"stubborn").message), 1)
    with pytest.raises(LookupError, match="does not want to end"):
        session.handle(ClientClosed(), 2)
    assert session.closed
    assert session._talk is None
    gc.collect()
    assert conversation() is None


def test_one_that_never_opened_ends_as_well() -> None:
    session = Session(doorkeeper(Endpoint(), answer, Terms(pace=AT_ONCE)), Names(1))
    session.handle(Connected(), 0)
    session.handle(ClientClosed(), 1)
    assert session.handle(ClientClosed(), 2) == []
    assert session.closed
