"""Speech for the sessions of one emulator: from the cache at once, else made in a thread and answered on the loop."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from gemlive_emulator.audio.speech import Speech
from gemlive_emulator.server.clock import Clock
from gemlive_emulator.session.commands import Synthesize

THREADS = 2
"""One sentence may be long; the next session's first need not wait for it."""


class SpeechSource(Protocol):
    """What makes speech (:class:`gemlive_emulator.server.voices.Voices`)."""

    def lookup(self, text: str, voice: str, language: str, first: bool) -> Speech | None:
        """Speech that was made before."""
        ...

    def speak(self, text: str, voice: str, language: str, first: bool) -> Speech:
        """Make speech; may take seconds, is called in a thread, and several at once."""
        ...

    def close(self) -> None:
        """End what is under way and let go of the engine."""
        ...


class Speaker:
    """Answers :class:`Synthesize` without ever holding the event loop up.

    Args:
        load: gives the source; called once, off the loop, when the first sentence is to be spoken, because it costs
            the import of numpy and perhaps the start of an engine.
        clock: is held while speech is made.
    """

    def __init__(self, load: Callable[[], SpeechSource], clock: Clock) -> None:
        self._load = load
        self._clock = clock
        self._lock = threading.Lock()
        self._source: SpeechSource | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._under_way: set[asyncio.Future[Speech]] = set()

    def load(self) -> SpeechSource:
        """The source of speech; loads it if nobody has yet. Safe from any thread."""
        with self._lock:
            if self._source is None:
                self._source = self._load()
            return self._source

    def lookup(self, request: Synthesize) -> Speech | None:
        """The speech that was asked for, if it is at hand."""
        if self._source is None:
            return None
        return self._source.lookup(request.text, request.voice, request.language, request.first)

    def speak(self, request: Synthesize, answer: Callable[[asyncio.Future[Speech]], None]) -> None:
        """Make the speech; ``answer`` is called on the loop with a future that is done."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="gemlive-speech")
        made = asyncio.get_running_loop().run_in_executor(self._executor, self._speak, request)
        self._under_way.add(made)
        self._clock.hold()
        made.add_done_callback(self._done)
        made.add_done_callback(answer)

    async def stop(self) -> None:
        """Wait until no thread is left. The engine is closed first, which ends what it is saying."""
        executor = self._executor
        self._close_source()
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)
            if self._under_way:
                await asyncio.wait(self._under_way)
            executor.shutdown(wait=True)
            # The first sentence may have loaded it only now.
            self._close_source()
        self._executor = self._source = None

    def _close_source(self) -> None:
        if self._source is not None:
            self._source.close()

    def _speak(self, request: Synthesize) -> Speech:
        return self.load().speak(request.text, request.voice, request.language, request.first)

    def _done(self, made: asyncio.Future[Speech]) -> None:
        self._under_way.discard(made)
        self._clock.release()
