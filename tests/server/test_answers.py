"""Whatever befalls the engine and whatever is to be said: the answer comes, and the server lives."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from live_server import AUDIO_MODEL, TEXT_MODEL, Client, audio, said
from websockets.asyncio.client import connect

from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn

LONG = "This sentence is said again and again. " * 1026


def respond(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(LONG if turn.text == "long" else f"You said: {turn.text}. That is all.")


@asynccontextmanager
async def talking(emulator: Emulator, model: str) -> AsyncIterator[Client]:
    """A client whose setup was accepted."""
    address = emulator.url.replace("http", "ws") + "/ws/any"
    async with connect(address, compression=None, max_queue=None, ping_interval=None) as socket:
        client = Client(socket)
        modality = "TEXT" if model == TEXT_MODEL else "AUDIO"
        config: dict[str, Any] = {"responseModalities": [modality]}
        await client.send({"setup": {"model": model, "generationConfig": config, "outputAudioTranscription": {}}})
        assert "setupComplete" in await client.receive()
        yield client


def transcript(messages: list[dict[str, Any]]) -> str:
    pieces = [message.get("serverContent", {}).get("outputTranscription", {}) for message in messages]
    return "".join(piece.get("text", "") for piece in pieces)


@pytest.mark.parametrize("voice", ["formant", "espeak"])
async def test_an_answer_of_forty_thousand_characters_is_spoken_to_its_end(voice: str) -> None:
    assert len(LONG) > 40_000
    settings = Settings(port=0, voice=voice, pace="at-once")
    async with Emulator(settings, responder=respond) as emulator, talking(emulator, AUDIO_MODEL) as client:
        await client.say("long")
        messages = await client.turn()
        assert transcript(messages).split() == LONG.split()
        assert sum(map(len, audio(messages))) / 48_000 > len(LONG) / 40
        await client.say("short")
        assert transcript(await client.turn()) == "You said: short. That is all."


async def test_a_text_of_forty_thousand_characters_is_written_to_its_end() -> None:
    settings = Settings(port=0, pace="at-once")
    async with Emulator(settings, responder=respond) as emulator, talking(emulator, TEXT_MODEL) as client:
        await client.say("long")
        assert said(await client.turn()) == LONG


async def test_an_engine_killed_in_the_middle_of_an_answer_costs_no_session() -> None:
    settings = Settings(port=0, voice="espeak", pace="at-once")
    async with (
        Emulator(settings, responder=respond) as emulator,
        talking(emulator, AUDIO_MODEL) as client,
        talking(emulator, AUDIO_MODEL) as other,
    ):
        await client.say("warm up")
        await client.turn()
        worker = emulator.voices.pid
        assert worker is not None
        await client.say("long")
        while not any(audio([await client.receive()])):
            pass
        os.kill(worker, signal.SIGKILL)
        assert "generationComplete" in repr(await client.turn())
        for one in (client, other):
            await one.say("still there")
            assert transcript(await one.turn()) == "You said: still there. That is all."
        assert emulator.voices.pid not in (None, worker)


@pytest.mark.parametrize(
    ("escaped", "heard"),
    [("a\\ud800b", "a\ufffdb"), ("nul\\u0000nul", "nul\x00nul"), ("\\ud83d\\ude00", "\U0001f600")],
)
@pytest.mark.parametrize("voice", ["formant", "espeak"])
async def test_odd_letters_are_answered_in_text_and_aloud(voice: str, escaped: str, heard: str) -> None:
    content = '{"clientContent":{"turns":[{"parts":[{"text":"%s"}]}],"turnComplete":true}}'
    async with Emulator(Settings(port=0, voice=voice, pace="at-once"), responder=respond) as emulator:
        for model, read in ((TEXT_MODEL, said), (AUDIO_MODEL, transcript)):
            async with talking(emulator, model) as client:
                await client.socket.send(content % escaped)
                messages = await client.turn()
                assert f"You said: {heard}. That is all." in read(messages)
