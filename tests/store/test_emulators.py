"""Whole emulators with a store of their choice."""

import socket

import pytest
from processes import Client
from websockets.exceptions import ConnectionClosedError

from gemlive_emulator import Emulator, EmulatorError, ManualClock, Settings


def tell(turn, conversation):
    return "|".join([*(said.text for said in conversation.history if said.role == "user"), turn.text])


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
