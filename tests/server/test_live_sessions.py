"""Acting on an open session from Python: a message now, its end now, a user without a client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from live_server import TEXT_SETUP, Client, said
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.server.live import NoSuchSession, NotReady, SessionControl

LIVE = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


@asynccontextmanager
async def connected(emulator: Emulator, *, setup: bool = True) -> AsyncIterator[Client]:
    async with connect(emulator.url.replace("http", "ws") + LIVE) as socket:
        client = Client(socket)
        if setup:
            await client.send(TEXT_SETUP)
            assert await client.receive() == {"setupComplete": {}}
        yield client


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """One whose time stands still."""
    async with Emulator(Settings(port=0, clock="manual", voice="formant")) as emulator:
        yield emulator


async def test_a_message_comes_just_as_it_is(emulator: Emulator) -> None:
    async with connected(emulator) as client:
        session = emulator.live()
        assert (session.name, session.connection) == (emulator.journal.records[0].name, 1)
        session.inject({"news": "é"})
        session.inject('{"more": 1}')
        session.inject(b'{"most": 2}')
        assert [await client.receive() for _ in range(3)] == [{"news": "é"}, {"more": 1}, {"most": 2}]


async def test_the_user_speaks_and_breaks_in(emulator: Emulator) -> None:
    emulator.when(text="weather").say("It is raining, and it will go on raining until tomorrow at noon.")
    async with connected(emulator) as client:
        session = emulator.live()
        assert not session.interrupt()
        session.say("  What is\nthe weather? ")
        await emulator.advance(0.3)
        assert session.interrupt()
        messages = await client.turn()
        assert any(message.get("serverContent", {}).get("interrupted") for message in messages)
        session.say("What is the weather?", typed=True)
        await emulator.advance(60)
        assert said(await client.turn()) == "It is raining, and it will go on raining until tomorrow at noon."


async def test_it_ends_as_asked_for(emulator: Emulator) -> None:
    async with connected(emulator) as client:
        emulator.live().go_away(5)
        emulator.live().close(1011, "Enough.")
        assert await client.receive() == {"goAway": {"timeLeft": "5s"}}
        assert await client.closed() == (1011, "Enough.")


@pytest.mark.parametrize("how", ["eof", "reset"])
async def test_it_ends_without_a_close_frame(emulator: Emulator, how: Any) -> None:
    async with connected(emulator) as client:
        emulator.live().close(how=how)
        assert await client.closed() == (1006, "")


async def test_before_its_setup_it_can_only_be_closed(emulator: Emulator) -> None:
    async with connected(emulator, setup=False) as client:
        session = emulator.live()
        with pytest.raises(NotReady, match="not accepted yet; wait for setupComplete"):
            session.say("Hello")
        session.close(1008, "No.")
        assert await client.closed() == (1008, "No.")
        with pytest.raises(NotReady, match="has ended; wait until a client has connected"):
            session.close(1008, "No.")


async def test_a_fault_strikes_on_its_connection_alone(emulator: Emulator) -> None:
    async with connected(emulator) as one, connected(emulator) as other:
        names = [record.name for record in emulator.journal.records]
        fault = emulator.live(names[0]).fault("send", {"only": "here"}, at="turn 1")
        for client in (other, one):
            await client.say("Hello")
            await emulator.advance(60)
        assert {"only": "here"} in await one.turn()
        assert {"only": "here"} not in await other.turn()
        assert fault.struck == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (("refuse", {"status": 503}), "'refuse' strikes at the handshake; let it strike on connections"),
        (("named", "stale-handle"), "'stale-handle' counts from the setup on"),
        (("named", "newest-dialect"), "'newest-dialect' counts from the setup on"),
        (("stal", "2s"), "unknown fault 'stal'; did you mean 'stall'?"),
    ],
)
async def test_what_cannot_strike_any_more_is_refused(emulator: Emulator, fault: Any, words: str) -> None:
    async with connected(emulator):
        with pytest.raises(ScenarioError, match=words):
            emulator.live().fault(*fault)
        with pytest.raises(ScenarioError, match="'connection' in a fault of one connection; leave it out"):
            emulator.live().fault("stall", "2s", connection=2)
        assert emulator.faults.all == ()


async def test_faults_that_are_forgotten_strike_nowhere_any_more(emulator: Emulator) -> None:
    async with connected(emulator) as client:
        emulator.fault("send", {"lost": 1}, at="turn 1")
        await emulator.advance(0)
        emulator.reset()
        await emulator.advance(0)
        await client.say("Hello")
        await emulator.advance(60)
        assert {"lost": 1} not in await client.turn()


async def test_which_session_is_meant_has_to_be_clear(emulator: Emulator) -> None:
    with pytest.raises(NoSuchSession, match="no sessions are open; wait until a client has connected"):
        emulator.live()
    with pytest.raises(NoSuchSession, match="no session 'x' is open; wait until"):
        emulator.live("x")
    async with connected(emulator), connected(emulator):
        first, second = (record.name for record in emulator.journal.records)
        with pytest.raises(NoSuchSession, match=f"2 sessions are open; name one of {first}, {second}"):
            emulator.live()
        with pytest.raises(NoSuchSession, match=f"did you mean '{first}'"):
            emulator.live(first[:-1])
        assert emulator.live(second).connection == 2


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda session: session.close(), "1006 is no close code that can be sent; give 1000"),
        (lambda session: session.close(5000, "x"), "5000 is no close code"),
        (lambda session: session.say(" "), "give the words that the user says"),
        (lambda session: session.go_away(-1), "give the seconds that are left"),
        (lambda session: session.go_away(float("nan")), "the time left is nan; give the seconds"),
    ],
)
async def test_a_wrong_value_is_told_what_would_be_right(emulator: Emulator, act: Any, words: str) -> None:
    async with connected(emulator):
        with pytest.raises(ValueError, match=words):
            act(emulator.live())


async def test_another_thread_may_do_the_same_and_waits_until_it_is_done(emulator: Emulator) -> None:
    async with connected(emulator) as client:
        session = emulator.live()
        await asyncio.to_thread(session.inject, {"from": "a thread"})
        assert await client.receive() == {"from": "a thread"}
        assert await asyncio.to_thread(session.interrupt) is False
        with pytest.raises(ScenarioError, match="unknown fault"):
            await asyncio.to_thread(session.fault, "stal", "2s")


def test_once_all_is_over_it_says_so_in_any_thread() -> None:
    async def left() -> SessionControl:
        async with Emulator(Settings(port=0)) as emulator, connected(emulator):
            return emulator.live()

    with pytest.raises(NotReady, match="has ended"):
        asyncio.run(left()).say("Hello")
