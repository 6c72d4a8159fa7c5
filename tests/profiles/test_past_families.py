"""Families as they were: the server of December 2024, which took two modalities."""

import struct
from typing import Any

import pytest

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.session.commands import SpeechPart
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn
from gemlive_emulator.testing.playbook import Playbook

BOTH: dict[str, Any] = {"generationConfig": {"responseModalities": ["TEXT", "AUDIO"]}}


def answer(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say("I hear you.")


def opened(terms: Terms, **setup: Any) -> Playbook:
    book = Playbook(answer, terms=terms)
    book.open("models/gemini-2.0-flash-exp", **setup)
    return book


def test_today_two_modalities_are_refused():
    book = opened(Terms(), **BOTH)
    assert book.closed is not None
    code, words = book.closed
    assert code == 1007
    assert words.startswith("At most one response modality can be specified in the setup request.")


@pytest.mark.parametrize("setup", [BOTH, {}, {"generationConfig": {"temperature": 0.5}}])
def test_then_a_typed_turn_was_answered_with_nothing(setup: dict[str, Any]):
    """Log: serverContent without anything, then turnComplete, 120 ms after the request; no modality was on the wire."""
    book = opened(Terms(profile="2.0-2024"), **setup)
    book.say("Please summarise our conversation")
    book.finish()
    told = [message.body for message in book.messages]
    assert told[1] == {"serverContent": {}}
    assert told[2]["serverContent"] == {"turnComplete": True}
    assert len(told) == 3
    assert book.messages[2].at <= 0.12


def test_then_speech_was_answered_aloud():
    overrides = {"behaviour.hearing.threshold_dbfs": -30.0}
    book = opened(Terms(profile="2.0-2024", overrides=overrides), **BOTH)
    book.speak(struct.pack("<hh", 12_000, -12_000) * 8_000 + bytes(48_000))
    book.finish()
    assert any(isinstance(one.command, SpeechPart) for one in book.log)


def test_then_one_modality_was_answered_as_ever():
    book = opened(Terms(profile="2.0-2024"), generationConfig={"responseModalities": ["TEXT"]})
    book.say("Hello")
    book.finish()
    assert book.said == "I hear you."
