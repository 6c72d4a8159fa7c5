"""Whose a handle is: the reception names the owner, and who keeps the session asks for it."""

from dataclasses import replace

import pytest

from gemlive_emulator.profiles.admit import doorkeeper
from gemlive_emulator.profiles.tokens import Pin
from gemlive_emulator.scenario.builtin import respond
from gemlive_emulator.server.auth_tokens import Token
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.keeping import Keeping
from gemlive_emulator.server.presence import Presence
from gemlive_emulator.server.reception import Guest, owner_of
from gemlive_emulator.session.commands import Recall, Remember
from gemlive_emulator.session.history import History
from gemlive_emulator.store.memory import MemoryStore
from gemlive_emulator.store.record import fingerprint
from gemlive_emulator.wire.endpoint import Backend, Endpoint
from gemlive_emulator.wire.setup import Setup

LIVE_MODEL = "models/gemini-3.8-live"
PRO, VERTEX_MODEL = "projects/one/locations/global", "publishers/google/models/gemini-live-2.5-flash"


def guest(key="", model=LIVE_MODEL, made_with=None, **endpoint):
    """Who came with a key, or with a token that was made with one."""
    owner = fingerprint(made_with or key)
    token = None if made_with is None else Token("auth_tokens/t", owner, 1, 0.0, 0.0, Pin())
    return Guest(Endpoint(key=made_with or key, **endpoint), owner, Setup(model=model), token)


VERTEX = {"backend": Backend.VERTEX}
ONE = guest("one")
TOKEN = guest(made_with="one", constrained=True)
PROJECT = guest("bearer", f"{PRO}/{VERTEX_MODEL}", **VERTEX)


@pytest.mark.parametrize(
    ("given", "comes", "taken"),
    [
        (ONE, ONE, True),
        (ONE, guest("two"), False),
        (ONE, guest(), False),
        (guest(), guest("two"), True),
        (ONE, TOKEN, True),
        (TOKEN, ONE, True),
        (TOKEN, guest(made_with="one", constrained=True), True),
        (TOKEN, guest(made_with="two", constrained=True), False),
        (guest("auth_tokens/foreign"), guest("auth_tokens/other"), True),
        (guest("odd", constrained=True), ONE, True),
        (PROJECT, guest("fresher bearer", f"{PRO}/{VERTEX_MODEL}", **VERTEX), True),
        (PROJECT, guest("bearer", f"projects/two/locations/global/{VERTEX_MODEL}", **VERTEX), False),
        (PROJECT, guest("bearer", f"{PRO}/{VERTEX_MODEL}"), True),
        (PROJECT, guest("bearer", VERTEX_MODEL, **VERTEX), False),
        (guest("bearer", VERTEX_MODEL, **VERTEX), PROJECT, True),
        (PROJECT, ONE, False),
    ],
)
async def test_a_handle_belongs_to_the_key_or_project_that_it_was_given_to(given, comes, taken):
    """Tokens stand for the key that they were made with (public code: a new token resumes); the rest is inferred."""
    seen = []
    around = type("Around", (), {})()
    around.store, around.presence, around.clock = MemoryStore(), Presence(), ManualClock()
    around.store_now = lambda: 0.0

    def keeping(guest):
        admission = replace(doorkeeper(Endpoint(), respond)(Setup(model=LIVE_MODEL)), owner=owner_of(guest))
        session = type("Opened", (), {"admission": admission, "state": None})()
        return Keeping(session, None, around, seen.append, seen.append)  # type: ignore[arg-type]

    keeping(given).take(Remember("h", History().snapshot()))
    found = keeping(comes).take(Recall("h"))
    assert found is not None
    assert found.owned is taken
