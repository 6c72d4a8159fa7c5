"""Time and flow: deadlines each at its own time, and clients that read slowly or not at all."""

import asyncio
import json

import pytest
from live_server import AUDIO_MODEL, TEXT_SETUP, Client, Silence, audio, said, serving
from test_frames import masked
from websockets.asyncio.client import connect

from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.session.behaviour import Pace
from gemlive_emulator.session.steps import Conversation, Pause, Reply, Say, UserTurn

BIG = "word " * 4_000
TALKATIVE = json.dumps({"clientContent": {"turns": [{"parts": [{"text": "Go"}]}], "turnComplete": True}}).encode()


def talk(turn: UserTurn, conversation: Conversation) -> Reply:
    """Twenty kilobytes of words, unless asked for less."""
    yield Say("short" if turn.text == "short" else BIG)


async def received(client: Client) -> list[dict[str, object]]:
    """What the server has sent so far: all that came before a pong."""
    await (await client.socket.ping())
    messages = []
    while True:
        try:
            async with asyncio.timeout(0):
                messages.append(json.loads(await client.socket.recv()))
        except TimeoutError:
            return messages


async def test_the_end_of_a_turn_comes_when_ten_seconds_have_been_heard() -> None:
    """Delivered faster than real time; ``turnComplete`` at first audio + 10 s exactly (measured on 3.1)."""
    clock = ManualClock(1000.0)
    pace = Pace(first_text=0.5, next_text=0.1, first_audio=1.5, speed=3.0)
    async with (
        serving(clock=clock, source=Silence(seconds=10.0), pace=pace) as served,
        served.client(AUDIO_MODEL) as client,
    ):
        await client.say("Hello")
        await clock.advance(1.499)
        assert list(audio(await received(client))) == []
        await clock.advance(0.001)
        first = list(audio(await received(client)))
        assert len(first) == 1
        await clock.advance(5.0)
        told = await received(client)
        assert sum(map(len, [*first, *audio(told)])) == 10 * 48_000
        assert told[-1] == {"serverContent": {"generationComplete": True}}
        await clock.advance(4.999)
        assert await received(client) == []
        await clock.advance(0.001)
        (last,) = await received(client)
        assert last["serverContent"] == {"turnComplete": True}
        assert clock.now() == pytest.approx(1011.5)


async def test_one_jump_gives_what_many_steps_give() -> None:
    def answer(turn: UserTurn, conversation: Conversation) -> Reply:
        yield Say("One. ")
        yield Pause(3.0)
        yield Say("Two.")

    async def conversation(steps: list[float]) -> list[dict[str, object]]:
        clock = ManualClock()
        pace = Pace(first_text=0.5, next_text=0.1, first_audio=0.7, speed=2.0)
        async with (
            serving(clock=clock, responder=answer, source=Silence(2.0), pace=pace) as served,
            served.client(AUDIO_MODEL) as client,
        ):
            await client.say("Hello")
            for seconds in steps:
                await clock.advance(seconds)
            return await received(client)

    assert await conversation([60.0]) == await conversation([0.25] * 240)


async def test_a_client_that_never_sends_its_setup_is_closed() -> None:
    clock = ManualClock()
    async with serving(clock=clock) as served, connect(served.url) as socket:
        await clock.advance(29.9)
        assert served.around.connections
        await clock.advance(0.2)
        assert (await Client(socket).closed())[0] == 1008


async def test_a_client_that_never_reads_is_bounded_and_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(outbox_limit=1024 * 1024, limits=False)
    async with (
        serving(settings, responder=talk) as served,
        served.client() as victim,
        served.raw() as (_, writer),
    ):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(masked(0x81, json.dumps(TEXT_SETUP).encode()))
        most = 0
        while len(served.around.connections) == 2:
            writer.write(masked(0x81, TALKATIVE))
            await victim.say("short")
            assert said(await victim.turn()) == "short"
            for live in served.around.connections:
                most = max(most, live._transport.get_write_buffer_size())
    assert 0 < most < 2 * 1024 * 1024
    assert "bytes wait for a client that does not read" in caplog.text


async def test_a_client_that_reads_nothing_for_long_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(outbox_limit=1024**3, stalled_after=0.05, limits=False)
    async with serving(settings, responder=talk) as served, served.raw() as (_, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(masked(0x81, json.dumps(TEXT_SETUP).encode()) + masked(0x81, TALKATIVE) * 400)
        await served.empty()
    assert "the client has read nothing for 0.05 s" in caplog.text


async def test_a_client_that_reads_late_gets_everything_in_order() -> None:
    """Two minutes of speech at once do not fit the buffers: the session stands still until the client reads."""
    source = Silence(seconds=4.0)

    def long(turn: UserTurn, conversation: Conversation) -> Reply:
        yield Say("This is one more sentence of a long answer that nobody reads. " * 120)

    async with (
        serving(responder=long, source=source) as served,
        served.client() as other,
        served.client(AUDIO_MODEL) as client,
    ):
        client.socket.transport.pause_reading()
        await client.say("Go on")
        async with asyncio.timeout(10):
            while not any(live._paused for live in served.around.connections):
                await (await other.socket.ping())
        before = len(source.spoken)
        assert before < 120
        client.socket.transport.resume_reading()
        messages = await client.turn()
    assert sum(map(len, audio(messages))) == len(source.spoken) * 4 * 48_000
    assert len(source.spoken) > before


async def test_time_stands_still_for_a_client_that_talks_and_does_not_read() -> None:
    """Sound is heard, but no deadline comes with it; once the client reads, each comes with its own time."""
    clock = ManualClock()
    pace = Pace(first_text=0, next_text=0, first_audio=1.0, speed=1.0)
    quiet = json.dumps({"realtimeInput": {"audio": {"mimeType": "audio/pcm", "data": "AAAA" * 160}}})
    async with (
        serving(clock=clock, source=Silence(seconds=4.0), pace=pace) as served,
        served.client(AUDIO_MODEL) as client,
    ):
        await client.say("Hello")
        await clock.advance(0.5)
        (live,) = served.around.connections
        live.pause_writing()
        for _ in range(5):
            await clock.advance(1.0)
            await client.socket.send(quiet)
            assert list(audio(await received(client))) == []
        live.resume_writing()
        assert sum(map(len, audio(await received(client)))) == 4 * 48_000
