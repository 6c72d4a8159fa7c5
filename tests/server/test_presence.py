"""Who is there, and how the last one went."""

from math import inf

from gemlive_emulator.server import presence
from gemlive_emulator.server.presence import Presence, Standing


def test_of_a_session_that_was_never_here_nothing_is_known():
    assert Presence().of("s", 5.0) == Standing(held=False, ago=inf, dropped=False)


def test_a_session_is_held_until_its_last_connection_ends():
    seen = Presence()
    seen.begin("s")
    seen.begin("s")
    assert seen.of("s", 1.0) == Standing(held=True)
    seen.end("s", 2.0, dropped=False)
    assert seen.of("s", 2.5) == Standing(held=True, ago=0.5)
    seen.end("s", 3.0, dropped=True)
    assert seen.of("s", 5.0) == Standing(held=False, ago=2.0, dropped=True)
    seen.begin("s")
    seen.end("s", 6.0, dropped=False)
    assert seen.of("s", 6.0) == Standing(held=False, ago=0.0, dropped=False)


def test_sessions_that_ended_long_ago_make_room(monkeypatch):
    monkeypatch.setattr(presence, "MOST_ENDED", 2)
    seen = Presence()
    for at, name in enumerate("abac"):
        seen.begin(name)
        seen.end(name, float(at), dropped=True)
    assert [seen.of(name, 4.0).ago for name in "abc"] == [2.0, inf, 1.0]
