"""A client behind a line with faults, and what it got, in a few words."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from live_server import AUDIO_MODEL, Client, Served, Silence, serving
from websockets.exceptions import ConnectionClosed

from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.settings import Settings

SETUP = json.dumps({"setup": {"model": AUDIO_MODEL}}).encode()
AUDIO = ["audio 9600"] * 5
TURN = ["thought", *AUDIO, "generation_complete", "turn_complete"]
LOST = "lost"
CUT = "interrupted True"


@asynccontextmanager
async def faulty(
    name: str, *value: Any, settings: Settings | None = None, **keys: Any
) -> AsyncIterator[tuple[Served, ManualClock]]:
    """A server with a fault, and the clock that moves it; an answer in speech has five parts of 200 ms."""
    clock = ManualClock()
    async with serving(settings, clock=clock, source=Silence(cached=True)) as served:
        served.around.speaker.load()
        served.around.faults.write(name, *value, **keys)
        yield served, clock


@asynccontextmanager
async def asked(name: str, *value: Any, **keys: Any) -> AsyncIterator[tuple[Client, ManualClock]]:
    """A client with a fault on its line that has said Hello."""
    async with faulty(name, *value, **keys) as (served, clock), served.client(AUDIO_MODEL) as client:
        await client.say("Hello")
        yield client, clock


async def got(client: Client, clock: ManualClock) -> list[str]:
    """What has come by now, each message in a few words."""
    await clock.settle()
    messages: list[str] = []
    try:
        # Nothing is waited for: what has arrived is at hand.
        async with asyncio.timeout(0):
            while True:
                messages.append(shape(await client.socket.recv()))
    except TimeoutError:
        return messages
    except ConnectionClosed as closed:
        end = LOST if closed.rcvd is None else f"{closed.rcvd.code} {closed.rcvd.reason}".strip()
        return [*messages, end]


def shape(frame: str | bytes) -> str:
    """A message in a few words; what is not as usual is among them."""
    kind = "text frame: " if isinstance(frame, str) else ""
    try:
        message = json.loads(frame)
    except ValueError as error:
        return f"{kind}{type(error).__name__}"
    content = message.pop("serverContent", {})
    message.pop("usageMetadata", None)
    words = [*message]
    for part in content.pop("modelTurn", {}).get("parts", []):
        if "inlineData" in part:
            size = len(base64.b64decode(part["inlineData"]["data"]))
            told = part["inlineData"].get("mimeType", "untyped")
            words += [f"audio {size}" if told == "audio/pcm;rate=24000" else f"{told} {size}"]
        else:
            words += ["thought" if part.get("thought") else "text"]
    names = {"generationComplete": "generation_complete", "turnComplete": "turn_complete"}
    words += [names[key] if value and key in names else f"{key} {value}" for key, value in content.items()]
    return kind + ", ".join(words)
