"""The server's side of the speech worker: starts it, asks it, gives up on it when it takes too long."""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from gemlive_emulator.audio.speech import Sound, Word
from gemlive_emulator.server.speech_pipe import receive, send

START_SECONDS = 20.0
"""A cold start takes 0.1 s; this is for machines that are very busy."""
SENTENCE_SECONDS = 5.0
CHARACTER_SECONDS = 0.01
"""How long a sentence may take: espeak-ng needs about 1 ms, system voices on other platforms far more."""

_GRACE_SECONDS = 1.0
_WORKER_MODULE = "gemlive_emulator.server.speech_worker"


class EngineFailed(Exception):
    """The engine did not speak this sentence, or did not start; says why."""


class WorkerLost(EngineFailed):
    """The worker died or hung; it is no more, and the next sentence starts another."""


class _Worker:
    """One process. Not thread safe, ``stop`` excepted."""

    def __init__(self, engine: str) -> None:
        self._expired = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _WORKER_MODULE, engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            # Ctrl-C is for the server, which then ends the worker itself.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def expired(self) -> bool:
        """Whether an alarm has ended the process, be it just after its answer."""
        return self._expired.is_set()

    def ask(self, request: dict[str, Any] | None, seconds: float) -> tuple[dict[str, Any], bytes]:
        """Send a request and wait for the answer (``None``: only wait).

        Raises:
            WorkerLost: the worker ended or the time is over.
            EngineFailed: the worker lives and says that it could not.
        """
        alarm = threading.Timer(seconds, self._expire)
        alarm.daemon = True
        alarm.start()
        try:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            if request is not None:
                send(self._process.stdin, request)
            header, pcm = receive(self._process.stdout)
        except (EOFError, OSError, ValueError) as error:
            raise WorkerLost(self._why_lost(seconds)) from error
        finally:
            alarm.cancel()
            # After this no alarm can go off any more and hit the next sentence.
            alarm.join()
        if "error" in header:
            raise EngineFailed(header["error"])
        return header, pcm

    def stop(self) -> None:
        """Let the process end by itself, so that it can tidy up, else end it; either way it is gone afterwards.

        From any thread; whoever is waiting for an answer gets :class:`WorkerLost`.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _expire(self) -> None:
        self._expired.set()
        self._process.kill()

    def _why_lost(self, seconds: float) -> str:
        if self.expired:
            return f"no answer within {seconds:.1f} s"
        try:
            status = self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return "the worker closed its pipe"
        return f"the worker was ended by signal {-status}" if status < 0 else f"the worker exited with status {status}"


class WorkerEngine:
    """A speech engine in a worker process, which is started for the first sentence and again after each loss.

    Thread safe: one sentence at a time.
    """

    def __init__(self, name: str) -> None:
        """``name`` is ``espeak`` or ``pyttsx3``."""
        self.name = name
        self.version = ""
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process id of the worker, if there is one."""
        worker = self._worker
        return None if worker is None else worker.pid

    def start(self) -> None:
        """Start the worker if it does not run; afterwards ``version`` is known.

        Raises:
            WorkerLost: the engine does not start; says why.
        """
        with self._lock:
            self._running()

    def speak(self, text: str, voice: str, language: str) -> Sound:
        """Speak one sentence.

        Raises:
            EngineFailed: this sentence could not be spoken.
            WorkerLost: the worker died of it, hung, or was closed meanwhile.
        """
        request = {"text": text, "voice": voice, "language": language}
        with self._lock:
            worker = self._running()
            try:
                header, pcm = worker.ask(request, SENTENCE_SECONDS + CHARACTER_SECONDS * len(text))
            except WorkerLost:
                self._let_go()
                raise
            if worker.expired:
                self._let_go()
        return Sound(pcm, tuple(Word(*word) for word in header["words"]))

    def close(self) -> None:
        """End the worker; a sentence under way fails."""
        self._closed = True
        worker = self._worker
        if worker is not None:
            worker.stop()
        with self._lock:
            self._let_go()

    def _running(self) -> _Worker:
        if self._worker is not None:
            return self._worker
        if self._closed:
            raise WorkerLost("the voices are closed")
        try:
            self._worker = _Worker(self.name)
        except OSError as error:
            raise WorkerLost(f"the worker does not start: {error}") from error
        try:
            header, _pcm = self._worker.ask(None, START_SECONDS)
        except EngineFailed as failure:
            self._let_go()
            raise WorkerLost(str(failure)) from failure
        self.version = header["version"]
        return self._worker

    def _let_go(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop()


def _environment() -> dict[str, str]:
    """The worker finds the same modules as we do, and one thread is enough for its little arithmetic."""
    paths = os.pathsep.join(path for path in sys.path if path)
    return os.environ | {"PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
