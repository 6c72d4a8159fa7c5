"""Sound from a file that a user named."""

from pathlib import Path
from typing import NamedTuple

import click


class SoundFile(NamedTuple):
    """A WAV file.

    Attributes:
        name: without its folder.
        header: what stands before the samples.
        pcm: s16le mono.
        rate: Hz.
    """

    name: str
    header: bytes
    pcm: bytes
    rate: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.pcm) / 2 / self.rate


def read_sound(path: Path) -> SoundFile:
    """Read a WAV file.

    Raises:
        click.ClickException: it cannot be read, is no 16-bit mono PCM of a rate that a server takes, or is empty; says
            which, with the file's name.
    """
    from gemlive_emulator.audio.pcm import HIGHEST_RATE, LOWEST_RATE
    from gemlive_emulator.audio.wav import from_wav
    from gemlive_emulator.audio.wav_header import Header, read_header

    try:
        content = path.read_bytes()
        pcm, rate = from_wav(content)
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise click.ClickException(f"{path}: {error}") from error
    if not pcm:
        raise click.ClickException(f"{path}: there is no sound in it")
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise click.ClickException(f"{path}: {rate} Hz; it has to be {LOWEST_RATE} to {HIGHEST_RATE} Hz")
    header = read_header(content)
    # One that an emulator would not take for a header is not worth sending.
    head = content[: header.samples_at] if isinstance(header, Header) else b""
    return SoundFile(path.name, head, pcm, rate)
