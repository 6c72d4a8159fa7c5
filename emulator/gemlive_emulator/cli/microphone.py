"""The microphone, for ``talk --mic``: needs the extra ``mic``."""

from collections import deque
from types import TracebackType
from typing import Any, Self

import click

INSTALL = "pip install 'gemlive-emulator[mic]'"


class Microphone:
    """The default microphone of this machine, as a context manager.

    Args:
        rate: Hz; the sound is s16le mono.

    Raises:
        click.ClickException: there is none, or what is needed to use it is not installed; says what to do.
    """

    def __init__(self, rate: int) -> None:
        try:
            import sounddevice
        except ImportError as error:
            raise click.ClickException(f"--mic needs the library sounddevice: {INSTALL}") from error
        except OSError as error:
            raise click.ClickException(
                f"--mic needs PortAudio (on Debian: apt install libportaudio2): {error}"
            ) from error
        # Filled by a thread of the library's; a deque is safe for one that appends and one that takes.
        self._heard: deque[bytes] = deque()
        self._problem: type[Exception] = sounddevice.PortAudioError
        try:
            self._stream = sounddevice.RawInputStream(samplerate=rate, channels=1, dtype="int16", callback=self._keep)
        except sounddevice.PortAudioError as error:
            raise click.ClickException(f"--mic: no microphone can be opened: {error}") from error

    def __enter__(self) -> Self:
        try:
            self._stream.start()
        except self._problem as error:
            self._stream.close()
            raise click.ClickException(f"--mic: the microphone cannot be started: {error}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def read(self) -> bytes:
        """What was heard since the last time, oldest first."""
        heard = []
        while self._heard:
            heard.append(self._heard.popleft())
        return b"".join(heard)

    def _keep(self, sound: Any, frames: int, time: Any, status: Any) -> None:
        self._heard.append(bytes(sound))
