"""Setups whose judgement comes later: what is sent meanwhile waits, and a refusal is the same as at once."""

import json
from dataclasses import replace
from typing import Any

import pytest
from book import OLD, TEXT, echo

from gemlive_emulator.profiles.admit import doorkeeper
from gemlive_emulator.session.admission import Admission, Later
from gemlive_emulator.session.commands import Ask, Close, Recall, SetupAccepted, TurnComplete
from gemlive_emulator.session.events import Answered, ClientClosed, Connected, MessageReceived, Recalled, SpeechReady
from gemlive_emulator.session.history import History
from gemlive_emulator.session.lifetime import Lifetime
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.session import Session
from gemlive_emulator.testing.playbook import silent_speech
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.setup import Setup

SETUP = {"model": OLD, "generationConfig": TEXT}


def read(message: dict[str, Any]) -> MessageReceived:
    return MessageReceived(decode(json.dumps(message)).message)


class Judged:
    """A session whose setup was sent, and the request for its judgement."""

    def __init__(self, **setup: Any) -> None:
        self.setup: Setup | None = None
        self.session = Session(self.admit, Names(1))
        self.session.handle(Connected(), 0.0)
        (self.asked,) = self.session.handle(read({"setup": {**SETUP, **setup}}), 1.0)

    def admit(self, setup: Setup) -> Later:
        self.setup = setup
        return Later(self.judge)

    async def judge(self) -> Admission:
        raise AssertionError("the driver alone asks")

    def admission(self, **changes: Any) -> Admission:
        assert self.setup is not None
        return replace(doorkeeper(Endpoint(), echo)(self.setup), **changes)

    def answer(self, now: float = 2.0, **answered: Any) -> list[Any]:
        assert isinstance(self.asked, Ask)
        return self.session.handle(Answered(self.asked.id, **answered), now)


def test_the_judge_is_asked_for_and_nothing_else_is_due():
    judged = Judged()
    assert isinstance(judged.asked, Ask)
    assert judged.asked.ask == judged.judge
    assert judged.session.state is Lifetime.JUDGING
    assert judged.session.deadline is None, "the client has done its part in time"


def test_what_comes_meanwhile_waits_and_keeps_its_order():
    judged = Judged()
    turn = {"turns": [{"parts": [{"text": "Hello"}]}], "turnComplete": True}
    assert judged.session.handle(read({"clientContent": turn}), 1.5) == []
    done = judged.answer(value=judged.admission())
    assert kinds_of(done)[0] == "SetupAccepted"
    told = [*done]
    while TurnComplete not in map(type, told):
        deadline = judged.session.deadline
        assert deadline is not None
        told += judged.session.handle(SpeechReady(9, silent_speech("x")), deadline)
    assert "TextPart" in kinds_of(told)


def kinds_of(commands: list[Any]) -> list[str]:
    return [type(command).__name__ for command in commands]


def test_seconds_to_the_end_of_a_token_count_from_the_judgement():
    judged = Judged()
    judged.answer(now=2.0, value=judged.admission(expires=10.0))
    assert [type(command) for command in judged.session.handle(SpeechReady(9, silent_speech("x")), 11.9)] == []
    (close,) = judged.session.handle(SpeechReady(9, silent_speech("x")), 12.0)
    assert (close.code, close.words) == (1011, "auth token has expired")


def test_a_refusal_closes():
    (close,) = Judged().answer(error=ClientFault(1011, "Token has expired", "make a new one"))
    assert (type(close), close.code, close.words, close.hint) == (Close, 1011, "Token has expired", "make a new one")


def test_what_is_wrong_with_us_is_raised():
    judged = Judged()
    with pytest.raises(OSError, match="gone"):
        judged.answer(error=OSError("gone"))


def test_a_handle_is_recalled_after_the_judgement():
    judged = Judged(sessionResumption={"handle": "a" * 36})
    assert judged.answer(value=judged.admission()) == [Recall("a" * 36)]
    told = judged.session.handle(Recalled(History().snapshot()), 3.0)
    assert SetupAccepted in map(type, told)


def test_a_handle_that_is_none_is_refused_after_the_judgement():
    judged = Judged(sessionResumption={"handle": "no handle!"})
    (close,) = judged.answer(value=judged.admission())
    assert close.code == 1007


def test_of_a_client_that_left_nothing_comes():
    judged = Judged()
    assert judged.session.handle(ClientClosed(), 1.5) == []
    assert judged.answer(value=judged.admission()) == []


def test_answers_to_nobody_are_ignored():
    judged = Judged()
    assert judged.session.handle(SpeechReady(1, silent_speech("x")), 1.5) == []
    judged.answer(value=judged.admission())
    assert judged.answer(value=judged.admission()) == []
    fresh = Session(judged.admit, Names(1))
    fresh.handle(Connected(), 0.0)
    assert fresh.handle(Answered(0), 0.5) == []
