"""Whole emulators with a store of their choice."""

import socket

import pytest
from processes import Client
from websockets.exceptions import ConnectionClosedError

from gemlive_emulator import Emulator, EmulatorError, ManualClock, Settings
from gemlive_emulator.server.clock import since_1970
from gemlive_emulator.session.steps import Say
from gemlive_emulator.session.tools import CallTools, ToolCall
from gemlive_emulator.store.opening import make_store


def tell(turn, conversation):
    return "|".join([*(said.text for said in conversation.history if said.role == "user"), turn.text])


WEATHER = [{"functionDeclarations": [{"name": "get_weather"}]}]


def weather(turn, conversation):
    if turn.text == "weather":
        [result] = yield CallTools((ToolCall("get_weather"),))
        yield Say(f"It is {result.response['sky']}.")
    else:
        yield Say("Hm.")


def settings(store, **more):
    return Settings(port=0, pace="at-once", voice="formant", store=store, **more)


@pytest.fixture(params=["gemini-2.0-flash-live-001", "gemini-3.8-live"])
def model(request):
    return request.param


async def test_sessions_survive_the_end_of_the_emulator(where, model):
    client = Client("c", model)
    for number in range(3):
        # Stopped as usual while the client is connected, and started anew: on another port, with a new journal.
        async with Emulator(settings(where), responder=tell) as emulator:
            await client.open(emulator.port)
            answer = await client.turn(f"turn {number}")
            assert answer.strip().split("|") == [f"turn {before}" for before in range(number + 1)]
        await client.close()


async def test_what_a_killed_emulator_has_told_is_in_its_store(where):
    """Looked at from outside, while the emulator knows of no end: the age, and the call that waits."""
    clock, client = ManualClock(), Client("c", "gemini-3.8-live", tools=WEATHER)
    async with Emulator(settings(where), clock=clock, responder=weather) as emulator:
        await client.open(emulator.port)
        await clock.advance(100)
        await client.turn("one")
        assert (await left_in(where, client.handle)).age == 100
        await clock.advance(50)
        await client.turn("weather")
        left = await left_in(where, client.handle)
        assert left.age == 150
        assert [call.call.id for reply in left.pending for call in reply.calls] == client.calls
        await clock.advance(410)  # goAway at 550 s
        assert (await left_in(where, client.handle)).age == 550
        await client.close()


async def test_a_call_survives_the_end_of_the_emulator(where):
    client = Client("c", "gemini-3.8-live", tools=WEATHER)
    async with Emulator(settings(where), responder=weather) as emulator:
        await client.open(emulator.port)
        await client.turn("weather")
        await client.close()
    async with Emulator(settings(where), responder=weather) as emulator:
        await client.open(emulator.port)
        assert await client.respond({"sky": "clear"}) == "It is clear."
        await client.close()


async def left_in(where, handle):
    """What a store outside the process holds under a handle."""
    store = make_store(where)
    await store.open()
    kept = await store.find(handle, since_1970(ManualClock()))
    await store.close()
    return kept.snapshot.restore()


async def test_memory_forgets_at_the_end_of_the_emulator():
    client = Client("c")
    async with Emulator(settings("memory"), responder=tell) as emulator:
        await client.open(emulator.port)
        await client.turn("one")
        await client.close()
    async with Emulator(settings("memory"), responder=tell) as emulator:
        with pytest.raises(ConnectionClosedError, match="BidiGenerateContent session not found"):
            await client.open(emulator.port)
        await client.close()


@pytest.mark.parametrize("kind", ["memory", "shared"])
async def test_a_handle_dies_by_the_emulators_clock(kind, where):
    clock, client = ManualClock(), Client("c")
    store = where if kind == "shared" else "memory"
    async with Emulator(settings(store, handle_seconds=3600), clock=clock, responder=tell) as emulator:
        await client.open(emulator.port)
        assert await client.turn("one") == "one"
        await client.close()
        await clock.advance(3590)
        await client.open(emulator.port)
        await client.close()
        await clock.advance(11)
        with pytest.raises(ConnectionClosedError, match="BidiGenerateContent session not found"):
            await client.open(emulator.port)
        await client.close()


DAY = 24 * 3600
TWO = "gemini-2.0-flash-live-001"


@pytest.mark.parametrize("kind", ["memory", "shared"])
@pytest.mark.parametrize(
    ("model", "told"),
    [
        (TWO, {"handle_seconds": DAY}),
        (TWO, {"overrides": {"behaviour.resumption.handle_seconds": DAY}}),
        (TWO, {"scenario": "resumption: {handles_last: 24h}"}),
        (f"publishers/google/models/{TWO}", {}),
    ],
    ids=["setting", "family", "scenario", "Vertex"],
)
async def test_a_handle_lasts_a_day_where_that_is_said(kind, where, model, told, tmp_path):
    """As Google's notebook says of the Gemini API, and the documentation of Vertex."""
    if "scenario" in told:
        (tmp_path / "day.yaml").write_text(told["scenario"])
        told = {"scenario": str(tmp_path / "day.yaml")}
    clock, client = ManualClock(), Client("c", model)
    async with Emulator(settings(where if kind == "shared" else "memory", **told), clock=clock) as emulator:
        await client.open(emulator.port)
        await client.turn("one")
        await client.close()
        await clock.advance(DAY - 60)
        await client.open(emulator.port)
        await client.close()
        await clock.advance(61)
        with pytest.raises(ConnectionClosedError, match="BidiGenerateContent session not found"):
            await client.open(emulator.port)
        await client.close()


async def test_what_is_set_by_hand_goes_before_the_scenario(tmp_path):
    (tmp_path / "day.yaml").write_text("resumption: {handles_last: 24h}")
    clock, client = ManualClock(), Client("c")
    told = settings("memory", scenario=str(tmp_path / "day.yaml"), handle_seconds=60)
    async with Emulator(told, clock=clock) as emulator:
        await client.open(emulator.port)
        await client.turn("one")
        await client.close()
        await clock.advance(61)
        with pytest.raises(ConnectionClosedError, match="BidiGenerateContent session not found"):
            await client.open(emulator.port)
        await client.close()


async def test_a_store_that_cannot_be_opened_keeps_the_emulator_from_starting(tmp_path):
    emulator = Emulator(settings(f"sqlite:{tmp_path / 'nowhere' / 's.db'}"))
    with pytest.raises(EmulatorError, match="the folder has to be there"):
        await emulator.start()
    await emulator.stop()


async def test_an_emulator_that_finds_no_port_lets_go_of_its_store(tmp_path):
    path = tmp_path / "s.db"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        emulator = Emulator(Settings(port=taken.getsockname()[1], store=f"sqlite:{path}"))
        with pytest.raises(EmulatorError):
            await emulator.start()
    # Its log beside the file is gone, so nobody has it open.
    assert [file.name for file in tmp_path.iterdir()] == ["s.db"]
