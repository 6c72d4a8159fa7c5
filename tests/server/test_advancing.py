"""Time that is moved in Python: everything falls due in order, and the account says what."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from live_server import TEXT_MODEL, TEXT_SETUP, Client, said
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, EmulatorError, Settings
from gemlive_emulator.server.advancing import Ended
from gemlive_emulator.server.clock import ManualClock, RateClock
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
TOO_LONG = "Deadline expired before operation could complete."


def manual(**more: object) -> Settings:
    return Settings(port=0, clock="manual", voice="formant", **more)  # type: ignore[arg-type]


def ws(emulator: Emulator) -> str:
    return emulator.url.replace("http", "ws", 1) + PATH


def parrot(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(turn.text)


async def opened(connection: object) -> Client:
    client = Client(connection)  # type: ignore[arg-type]
    await client.send(TEXT_SETUP)
    assert "setupComplete" in await client.receive()
    return client


async def test_ten_minutes_lead_a_connection_to_its_end() -> None:
    async with Emulator(manual()) as emulator, connect(ws(emulator)) as connection:
        client = await opened(connection)
        early = await emulator.advance(minutes=9)
        assert (early.seconds, early.now, early.happened, early.ended, early.open) == (540.0, 540.0, {}, (), 1)
        warned = await emulator.advance(20)
        assert warned.happened == {"go_away": 1}
        assert await client.receive() == {"goAway": {"timeLeft": "50s"}}
        late = await emulator.advance(hours=1)
        assert await client.closed() == (1011, TOO_LONG)
    [record] = emulator.journal.records
    assert late.happened == {"close": 1}
    assert late.ended == (Ended(record.name, 600.0, 1011, TOO_LONG, "server"),)
    assert (late.now, late.open) == (560.0 + 3600.0, 0)


async def test_seconds_minutes_and_hours_add_up() -> None:
    emulator = Emulator(manual())
    assert (await emulator.advance(1, minutes=2, hours=3)).now == 1 + 120 + 10_800
    assert (await emulator.advance()).seconds == 0.0


async def test_a_turn_goes_on_only_when_time_does() -> None:
    async with Emulator(manual(), responder=parrot) as emulator, connect(ws(emulator)) as connection:
        client = await opened(connection)
        await client.say("Hello")
        assert "turn_complete" not in (await emulator.advance(0)).happened
        assert (await emulator.advance(30)).happened["turn_complete"] == 1
        assert said(await client.turn()) == "Hello"


async def test_a_client_of_this_process_can_go_on_elsewhere_before_the_end() -> None:
    async with Emulator(manual(), responder=parrot) as emulator:
        first = await opened(await connect(ws(emulator)))

        async def move_house() -> Client:
            assert "goAway" in await first.receive()
            second = await opened(await connect(ws(emulator)))
            await first.socket.close()
            return second

        moving = asyncio.get_running_loop().create_task(move_house())
        told = await emulator.advance(700)
        assert [(one.at, one.code, one.by) for one in told.ended] == [(550.0, 1000, "client")]
        assert told.happened == {"go_away": 1, "setup": 1, "close": 1}
        assert [record.opened for record in emulator.journal.records] == [0.0, 550.0]
        await (await moving).socket.close()


async def test_many_sessions_end_in_the_order_in_which_they_began() -> None:
    async with Emulator(manual()) as emulator:
        clients = []
        for _ in range(5):
            clients.append(await opened(await connect(ws(emulator))))
            await emulator.advance(1)
        told = await emulator.advance(650)
        assert [one.at for one in told.ended] == [600.0, 601.0, 602.0, 603.0, 604.0]
        assert [one.session for one in told.ended] == [record.name for record in emulator.journal.records]
        assert [await client.closed() for client in clients] == [(1011, TOO_LONG)] * 5


async def test_a_client_that_leaves_on_the_way_is_in_the_account() -> None:
    async with Emulator(manual()) as emulator:
        client = await opened(await connect(ws(emulator)))
        leaving = asyncio.get_running_loop().create_task(client.socket.close(1000, "enough"))
        told = await emulator.advance(10)
        await leaving
    assert [(one.code, one.words, one.by) for one in told.ended] == [(1000, "enough", "client")]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Emulator(Settings(port=0)), "by itself, at the machine's pace, and cannot be moved; give it a clock"),
        (
            lambda: Emulator(Settings(port=0, rate=60.0)),
            "by itself, at 60 times the machine's pace, and cannot be moved",
        ),
        (lambda: Emulator(Settings(port=0), clock=Wrapped()), "by itself, as its owner lets it, and cannot be moved"),
    ],
)
async def test_a_clock_that_runs_by_itself_cannot_be_moved(make: Callable[[], Emulator], words: str) -> None:
    with pytest.raises(EmulatorError, match=re.escape(words)) as caught:
        await make().advance(600)
    assert "Settings(clock='manual')" in str(caught.value)


class Wrapped:
    """A clock of the caller's own."""

    def __getattr__(self, name: str) -> object:
        return getattr(RateClock(1.0), name)


async def test_time_does_not_go_back_nor_a_year_on() -> None:
    emulator = Emulator(manual())
    with pytest.raises(ValueError, match="time does not go back"):
        await emulator.advance(minutes=-1)
    with pytest.raises(ValueError, match="too far"):
        await emulator.advance(hours=9000)
    assert emulator.clock.now() == 0.0


async def test_each_emulator_of_a_process_has_its_own_time(tmp_path: Path) -> None:
    async with Emulator(manual()) as one, Emulator(manual()) as two:
        first, second = await opened(await connect(ws(one))), await opened(await connect(ws(two)))
        told = await one.advance(600)
        assert [one.code for one in told.ended] == [1011]
        assert (one.clock.now(), two.clock.now()) == (600.0, 0.0)
        assert (one.connected, two.connected) == (0, 1)
        assert await first.closed() == (1011, TOO_LONG)
        await second.socket.close()


async def test_a_clock_that_is_given_goes_before_the_settings() -> None:
    clock = ManualClock(100.0)
    emulator = Emulator(Settings(port=0), clock=clock)
    assert (await emulator.advance(1)).now == 101.0
    assert emulator.clock is clock


def test_the_model_of_these_tests_has_the_limit_that_they_wait_for() -> None:
    from gemlive_emulator.profiles.admit import family_of

    limits = family_of(TEXT_MODEL.removeprefix("models/")).behaviour.limits
    assert (limits.connection, limits.go_away) == (600.0, 50.0)
