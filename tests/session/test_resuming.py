"""Handles that are alive, and what can be wrong with them all the same."""

from typing import Any

import pytest
from book import MIDDLE, NATIVE, NEW, OLD, Ear, content, echo, kinds, opened

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.session.behaviour import AT_ONCE, Resumption
from gemlive_emulator.session.commands import HandleIssued, Recall
from gemlive_emulator.session.events import AudioReceived, Recalled
from gemlive_emulator.session.history import History
from gemlive_emulator.session.resuming import why_not_yet
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.endpoint import Backend, Endpoint

KEPT = History().snapshot()


class Recalling(Playbook):
    """A playbook whose store gives what it is told."""

    def __init__(self, recalled: Recalled) -> None:
        self.recalled = recalled
        super().__init__(echo)

    def _carry_out(self, command: Any) -> None:
        if isinstance(command, Recall):
            self._events.append(self.recalled)
        else:
            super()._carry_out(command)


def resumed(model: str = OLD, **recalled: Any) -> Playbook:
    book = Recalling(Recalled(KEPT, **recalled))
    book.open(model, sessionResumption={"handle": "a" * 36})
    return book


@pytest.mark.parametrize("model", ["", "gemini-2.0-flash-live-001"])
def test_a_handle_of_the_same_model_resumes(model: str):
    book = Recalling(Recalled(KEPT, model=model))
    book.open(OLD, sessionResumption={"handle": "a" * 36})
    assert book.closed is None
    assert kinds(book.log).count("SetupAccepted") == 1


def test_a_handle_of_another_model_is_taken_and_then_closed():
    """Measured: setupComplete, then 1011, for ever."""
    book = Recalling(Recalled(KEPT, model="gemini-3.8-live"))
    book.open(OLD, sessionResumption={"handle": "a" * 36})
    assert book.messages[0].body == {"setupComplete": {}}
    assert book.closed == (1011, "Internal error occurred.")


def test_a_handle_of_another_key_is_as_good_as_dead():
    book = resumed(owned=False)
    assert book.closed == (1008, "BidiGenerateContent session not found")
    assert book.messages == []


@pytest.mark.parametrize(
    ("recalled", "closes"),
    [
        ({"held": True}, True),
        ({"ago": 1.2, "dropped": True}, True),
        ({"ago": 1.4, "dropped": True}, False),
        ({"ago": 0.0}, False),
        ({}, False),
    ],
)
def test_on_3_8_a_session_cannot_be_resumed_too_early(recalled: dict[str, Any], closes: bool):
    """Logs of 2026: never while the old connection is open, 1 to 1.6 s after a drop, at once after a close."""
    book = resumed(NEW, **recalled)
    assert book.closed == ((1011, "Internal error encountered.") if closes else None)


@pytest.mark.parametrize(
    ("ago", "why"), [(0.4, "the earlier connection was closed 0.4 s ago; wait 0.5 s"), (0.6, None)]
)
def test_a_wait_after_a_close_can_be_set(ago: float, why: str | None):
    assert why_not_yet(Recalled(KEPT, ago=ago), Resumption(after_close=0.5)) == why


@pytest.mark.parametrize("model", [OLD, NATIVE])
def test_elsewhere_it_can_at_any_time(model: str):
    assert resumed(model, held=True, ago=0.0, dropped=True).closed is None


def test_a_transparent_session_tells_what_it_has_consumed():
    """Documented: so that a client need only send again what came after it."""
    book = Playbook(echo, Endpoint(Backend.VERTEX), Terms(pace=AT_ONCE))
    book.open("publishers/google/models/gemini-live-2.5-flash", sessionResumption={"transparent": True})
    book.happen(AudioReceived(bytes(640), "audio/pcm;rate=16000", 3))
    book.say("hello")
    book.say("hello")
    updates = [message.body.get("sessionResumptionUpdate") for message in book.messages]
    assert [update["lastConsumedClientMessageIndex"] for update in updates if update] == ["4", "5"]


def test_before_the_client_has_sent_anything_there_is_no_index():
    book = Playbook(echo, Endpoint(Backend.VERTEX))
    book.open("publishers/google/models/gemini-3.8-live", sessionResumption={"transparent": True})
    assert set(book.messages[1].body["sessionResumptionUpdate"]) == {"newHandle", "resumable"}


@pytest.mark.parametrize("name", ["after_drop", "after_close"])
def test_times_are_seconds(name: str):
    with pytest.raises(ValueError, match=f"{name} is -1; it has to be 0 or more seconds"):
        Resumption(**{name: -1})


@pytest.mark.parametrize(
    ("model", "known"),
    [
        (OLD, ["one", "You said: one"]),
        (NATIVE, ["one", "You said: one"]),
        (MIDDLE, ["one", "You said: one", "two"]),
        (NEW, ["one", "You said: one", "two"]),
    ],
)
def test_what_a_cut_turn_leaves_behind(model: str, known: list[str]):
    """Public code, tried live: a typed turn that is cut by the loss is forgotten on 2.5, and known on 3.8."""
    kept: dict[str, Any] = {}
    lost = opened(echo, model, kept=kept, sessionResumption={})
    lost.say("one")
    lost.finish()
    lost.say("two")
    lost.advance(1.2)
    assert any("modelTurn" in one for one in content(lost)[-2:])
    lost.hang_up()
    handle = [one.command.handle for one in lost.log if isinstance(one.command, HandleIssued)][-1]
    ear = Ear()
    again = opened(ear, model, kept=kept, sessionResumption={"handle": handle})
    # The cut answer does not go on: until something is said, nothing more is told.
    assert "TurnComplete" not in kinds(again.finish())
    again.say("three")
    assert [said.text for said in ear.conversations[0].history] == known
