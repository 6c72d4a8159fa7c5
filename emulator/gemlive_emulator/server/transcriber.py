"""What the user said aloud, found out off the event loop: known recordings first, then a recogniser."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

from gemlive_emulator.audio.recording import Recording
from gemlive_emulator.server.clock import Clock
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.session.commands import Transcribe
from gemlive_emulator.session.hearing import Words

if TYPE_CHECKING:
    from gemlive_emulator.audio.fingerprint import Index

THREADS = 1
"""An utterance takes a millisecond, or a fiftieth of its length with a recogniser, which can do one at a time."""


class Listens(Protocol):
    """A recogniser (:class:`gemlive_emulator.server.recogniser.Recogniser`)."""

    def can_hear(self, phrases: Sequence[str]) -> bool:
        """Whether it can tell phrases like these apart; is called on the loop."""
        ...

    def recognise(self, request: Transcribe) -> Words | None:
        """What was said, if it can tell; may take long, is called in a thread, one utterance at a time."""
        ...


_log = redacting_logger("transcriber")


class Transcriber:
    """Answers :class:`Transcribe` without ever holding the event loop up.

    Args:
        clock: is held while an utterance is looked at.
        recordings: that may be found in the stream.
        recogniser: asked when none is found; ``None`` for nobody.
    """

    def __init__(self, clock: Clock, recordings: Sequence[Recording] = (), recogniser: Listens | None = None) -> None:
        self._clock = clock
        self._recordings = recordings
        self._recogniser = recogniser
        self._index: Index | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._under_way: set[asyncio.Future[Words | None]] = set()

    def can_tell(self, request: Transcribe) -> bool:
        """Whether anybody can be asked; if not, the answer is ``None`` at once and no thread is needed."""
        return bool(self._recordings) or self._can_hear(request)

    def prepare(self) -> None:
        """Begin to compare the recordings with each other, so that the first utterance need not wait for it."""
        if self._recordings:
            self._threads().submit(self._build)

    def transcribe(self, request: Transcribe, answer: Callable[[Words | None], None]) -> None:
        """Find the words; ``answer`` is called on the loop, with ``None`` if nobody knows them.

        It is not called any more once the transcriber was stopped.
        """
        found = asyncio.get_running_loop().run_in_executor(self._threads(), self._find, request)
        self._under_way.add(found)
        self._clock.hold()

        def done(found: asyncio.Future[Words | None]) -> None:
            self._under_way.discard(found)
            self._clock.release()
            if not found.cancelled():
                answer(found.result())

        found.add_done_callback(done)

    async def stop(self) -> None:
        """Wait until no thread is left; what has not begun is not done any more."""
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)
            if self._under_way:
                await asyncio.wait(self._under_way)
            executor.shutdown(wait=True)
        self._index = None

    def _threads(self) -> ThreadPoolExecutor:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="gemlive-transcription")
        return self._executor

    def _build(self) -> None:
        """Make the index; if that fails, it fails once: from then on there are no recordings."""
        # Here and not earlier, since it loads numpy and reads every recording.
        from gemlive_emulator.audio.fingerprint import Index

        try:
            self._index = Index(self._recordings)
        except Exception:
            _log.error("the recordings cannot be compared with what is said", exc_info=True)
            self._recordings = ()

    def _find(self, request: Transcribe) -> Words | None:
        """Ask one link of the chain after the other; one that fails is as one that does not know."""
        for link in (self._recall, self._recognised):
            try:
                words = link(request)
            except Exception:
                _log.error("an utterance could not be transcribed", exc_info=True)
                continue
            if words is not None:
                return words
        return None

    def _recall(self, request: Transcribe) -> Words | None:
        if self._index is None and self._recordings:
            self._build()
        match = self._index.find(request.pcm, request.rate) if self._index is not None else None
        return None if match is None else Words(match.recording.text, "recording", match.describe())

    def _recognised(self, request: Transcribe) -> Words | None:
        return self._recogniser.recognise(request) if self._recogniser is not None and self._can_hear(request) else None

    def _can_hear(self, request: Transcribe) -> bool:
        return self._recogniser is not None and self._recogniser.can_hear(request.phrases)


def make_transcriber(settings: Settings, clock: Clock) -> Transcriber:
    """With the recordings and the recogniser of the settings.

    Raises:
        EmulatorError: a recording is not right, or the recogniser that was chosen by name is not installed.
    """
    from gemlive_emulator.server.recogniser import Recogniser

    recordings: list[Recording] = []
    if settings.recordings:
        from gemlive_emulator.server.recordings import read_recordings

        recordings = read_recordings(settings.recordings)
    return Transcriber(clock, recordings, Recogniser(settings.recogniser))
