"""A conversation outlives its connections, or ends with words that a user understands."""

import pytest
from voice_desk import BlockingDesk, DeskClosed


def test_a_question_survives_a_lost_connection(gemlive):
    gemlive.fault("close", "reset", at="audio", connection=1)
    gemlive.otherwise().say("From nine to five.")
    with BlockingDesk(pause=0) as desk:
        assert desk.ask("When are you open?") == "From nine to five."
    assert [one.heard for one in gemlive.sessions] == [("When are you open?",)] * 2


async def test_the_next_connection_knows_what_was_said(gemlive, desk):
    async with desk:
        await desk.ask("Remember the number 42")
        gemlive.live().close(1011, "Internal error encountered.")
        assert "42" in await desk.ask("What number did I ask you to remember?")
    first, second = gemlive.sessions
    second.assert_sent("setup", sessionResumption={"handle": first.handles[-1]})


async def test_the_desk_moves_when_the_server_says_so(gemlive, desk):
    async with desk:
        await desk.ask("Hello")
        gemlive.live().go_away(5)
        assert (await gemlive.wait_for("close")).by == "client"
        assert await desk.ask("Are you still there?")
    assert len(gemlive.sessions) == 2


@pytest.mark.gemlive(clock="manual")
async def test_after_ten_minutes_the_conversation_goes_on(gemlive, desk):
    async with desk:
        await desk.ask("Remember the number 42")
        await gemlive.advance(minutes=9.5)
        await gemlive.wait_for("close")
        assert "42" in await desk.ask("What number did I ask you to remember?")
        assert (await gemlive.advance(minutes=1)).ended == ()


def test_a_dead_handle_is_forgotten(gemlive):
    gemlive.fault("close", "reset", at="turn 2", connection=1)
    gemlive.fault("named", "stale-handle", connection=2)
    with BlockingDesk(pause=0) as desk:
        desk.ask("Hello")
        assert desk.ask("How are you?")
    gemlive.sessions[2].assert_sent("setup", sessionResumption=lambda asked: "handle" not in asked)


@pytest.mark.gemlive(keys={"another": "valid"})
def test_a_key_that_is_refused_is_told(gemlive):
    with pytest.raises(DeskClosed, match="API key not valid"), BlockingDesk():
        pass
    assert len(gemlive.sessions) == 1


def test_a_service_that_is_away_is_tried_three_times(gemlive):
    refused = gemlive.fault("refuse", 503)
    with pytest.raises(DeskClosed, match="The service cannot be reached"), BlockingDesk(pause=0):
        pass
    assert refused.struck == 3


def test_fields_from_the_future_do_no_harm(gemlive):
    gemlive.fault("unknown_field", at="audio")
    with BlockingDesk() as desk:
        assert desk.ask("Hello")
