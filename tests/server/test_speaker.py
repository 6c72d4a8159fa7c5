"""The speaker: what it loaded is let go of, whenever that was."""

import asyncio
import threading

from gemlive_emulator.audio.speech import Speech
from gemlive_emulator.server.clock import RealClock
from gemlive_emulator.server.speaker import Speaker
from gemlive_emulator.session.commands import Synthesize


class Source:
    """Says nothing, and counts how often it was closed."""

    def __init__(self) -> None:
        self.closed = 0

    def lookup(self, text: str, voice: str, language: str, first: bool) -> Speech | None:
        return None

    def speak(self, text: str, voice: str, language: str, first: bool) -> Speech:
        return Speech(text, (), ())

    def close(self) -> None:
        self.closed += 1


async def test_a_source_that_is_loaded_while_the_speaker_stops_is_closed_too() -> None:
    source, loading, may_load = Source(), threading.Event(), threading.Event()

    def load() -> Source:
        loading.set()
        assert may_load.wait(5)
        return source

    speaker = Speaker(load, RealClock())
    speaker.speak(Synthesize(1, "Hello", "Puck", "", True), lambda made: None)
    assert await asyncio.to_thread(loading.wait, 5)
    asyncio.get_running_loop().call_soon(may_load.set)
    await speaker.stop()
    assert source.closed
