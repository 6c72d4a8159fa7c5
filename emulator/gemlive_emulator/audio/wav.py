"""16-bit mono PCM in and out of WAV files, as bytes: reading and writing the file is the caller's business."""

import io
import wave

from gemlive_emulator.audio.speech import OUTPUT_RATE


def to_wav(pcm: bytes, rate: int = OUTPUT_RATE) -> bytes:
    """A WAV file around s16le mono samples of this rate in Hz."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)
    return content.getvalue()


def from_wav(content: bytes) -> tuple[bytes, int]:
    """The s16le mono samples of a WAV file and their rate in Hz.

    Raises:
        ValueError: it is no WAV file, or not 16-bit mono PCM; says what it is instead.
    """
    try:
        with wave.open(io.BytesIO(content), "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            pcm = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"not a PCM WAV file ({error or 'it ends too early'}); 16-bit mono PCM is needed") from error
    if (channels, width) != (1, 2):
        raise ValueError(f"a WAV file of {channels} channel(s) and {8 * width} bits; 16-bit mono PCM is needed")
    return pcm, rate
