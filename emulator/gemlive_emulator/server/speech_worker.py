"""The speech worker: ``python -m gemlive_emulator.server.speech_worker ENGINE``, started by ``speech_process``.

One engine in one process, so that whatever befalls the engine costs a sentence and no session. Requests come in on
standard input, answers go out on standard output. The first answer says whether the engine started.
"""

import os
import queue
import sys
import threading
from typing import IO, Any, Protocol

from gemlive_emulator.audio.speech import Engine
from gemlive_emulator.server.speech_pipe import receive, send


class HostedEngine(Engine, Protocol):
    """What a worker can run: an engine that may have files to tidy up."""

    def close(self) -> None:
        """Leave no file behind."""
        ...


def main(engine_name: str) -> None:
    """Run until the server closes its end of the pipe."""
    requests_pipe, answers = _private_pipes()
    try:
        engine = _engine(engine_name)
    except Exception as error:  # Whatever it is, the server is to know, not a terminal.
        send(answers, {"error": f"{type(error).__name__}: {error}"})
        return
    send(answers, {"version": engine.version})
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(requests_pipe, requests, engine), daemon=True).start()
    while True:
        header, pcm = _answer(engine, requests.get())
        send(answers, header, pcm)


def _private_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes to the server, out of reach of an engine that reads or prints (pyttsx3 does print)."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    return requests, answers


def _engine(name: str) -> HostedEngine:
    if name == "espeak":
        from gemlive_emulator.server.espeak import Espeak

        return Espeak()
    from gemlive_emulator.server.stock_pyttsx3 import StockPyttsx3

    return StockPyttsx3()


def _read(pipe: IO[bytes], requests: "queue.SimpleQueue[dict[str, Any]]", engine: HostedEngine) -> None:
    """Hand requests over; end the process when the server is gone, even while the engine hangs."""
    try:
        while True:
            requests.put(receive(pipe)[0])
    except (EOFError, OSError):
        engine.close()
        os._exit(0)


def _answer(engine: HostedEngine, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    said = request["text"], request["voice"], request["language"]
    try:
        # Once in some ten thousand sentences espeak-ng makes no sound, and the next time it does.
        sound = engine.speak(*said)
        sound = sound if sound.pcm else engine.speak(*said)
    except Exception as error:  # One sentence fails; the engine may still do the next.
        return {"error": f"{type(error).__name__}: {error}"}, b""
    return {"words": [[word.text, word.start, word.end] for word in sound.words]}, sound.pcm


if __name__ == "__main__":
    main(sys.argv[1])
