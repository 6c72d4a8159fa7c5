"""The emulator's own front door and connections with an echo behind them, for the Autobahn test suite.

The suite's fuzzing client wants back what it sends, and no Live session does that. Frames, fragments, control frames
and closing are the emulator's here; only the session is another one. The Live API takes text and binary frames alike
and answers in one of them, so there is an echo for each: ``python tests/hostile/echo_server.py text``.
"""

import asyncio
import sys

from gemlive_emulator.server.connection import LiveConnection
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.wire.endpoint import Endpoint


class Echo:
    """Stands where the driver of a session stands."""

    name = "echo"

    def __init__(self, connection: LiveConnection, texts: bool) -> None:
        self.over = False
        self._connection = connection
        self._texts = texts

    def hear(self, payload: bytes, now: float) -> None:
        """Send one message back; in a text frame it has to be UTF-8, as for the session's decoder."""
        if self.over:
            return
        if self._texts:
            try:
                payload.decode()
            except UnicodeDecodeError:
                self.over = True
                self._connection.send_close(1007, "")
                return
        self._connection.send([payload])

    def leave(self, *how: object) -> None:
        """The client is gone."""
        self.over = True

    def listen(self, now: float) -> None:
        """Nothing was gathered."""

    def arm(self) -> None:
        """Nothing falls due."""

    def pause(self) -> None:
        """What is echoed waits in the connection."""

    def resume(self) -> None:
        """And goes out from there."""


class EchoConnection(LiveConnection):
    """A live connection without a session."""

    __slots__ = ()

    def _open(self) -> None:
        self._driver = echo = Echo(self, self._around.settings.text_frames)
        self._hear = echo.hear


class EchoEmulator(Emulator):
    """An emulator of nothing but frames."""

    def _live(self, endpoint: Endpoint) -> EchoConnection:
        return EchoConnection(self._around, endpoint)


async def serve(texts: bool) -> None:
    """Echo at a free port, told on standard output, until standard input ends."""
    # Past the suite's largest messages (group 9: 16 MiB), which it reads only after it has sent them.
    settings = Settings(port=0, text_frames=texts, max_message=32 << 20, outbox_limit=64 << 20)
    async with EchoEmulator(settings) as emulator:
        print(emulator.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:] == ["text"]))
