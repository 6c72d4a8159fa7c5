"""WAV files that a scenario plays. Read when the scenario is loaded, and kept as long as it is."""

from dataclasses import field
from pathlib import Path

from gemlive_emulator.audio.pcm import HIGHEST_RATE, LOWEST_RATE
from gemlive_emulator.audio.wav import mono_from_wav, text_in_wav
from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.fields import fault

MAX_BYTES = 64 * 1024 * 1024
"""A larger file is refused unread: an hour and more of speech at 8 kHz."""

_RIGHT = "give a WAV file of PCM samples: 8, 16, 24 or 32 bits, any number of channels"


@dataclass(frozen=True, slots=True)
class SoundFile:
    """A sound that can be played.

    Attributes:
        pcm: s16le mono.
        rate: Hz.
        text: the words that the file tells; ``""`` if none.
    """

    pcm: bytes = field(repr=False)
    rate: int
    text: str


def read_sound(path: Path) -> SoundFile:
    """Read a WAV file of any number of channels and 8, 16, 24 or 32 bits.

    Raises:
        PydanticCustomError: as other complaints about a value. The file cannot be read, is too large, no such WAV file,
            empty, or of a rate that is not within 4,000 to 192,000 Hz.
    """
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise fault("unreadable-file", f"{shown(path.name)} cannot be read: {error.strerror}") from None
    if size > MAX_BYTES:
        raise fault("file-limits", f"{shown(path.name)} is larger than {MAX_BYTES} bytes", "play a part of it")
    try:
        pcm, rate = mono_from_wav(content)
    except ValueError as error:
        raise fault("wrong-value", f"{shown(path.name)}: {error}", _RIGHT) from None
    if not pcm:
        raise fault("wrong-value", f"there is no sound in {shown(path.name)}", _RIGHT)
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        right = f"it has to be {LOWEST_RATE} to {HIGHEST_RATE} Hz"
        raise fault("wrong-value", f"{shown(path.name)} has {rate} samples a second", right)
    return SoundFile(pcm, rate, text_in_wav(content))
