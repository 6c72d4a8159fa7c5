"""Sound that went one way in a session, put together from its messages."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gemlive_emulator.audio.pcm import DEFAULT_RATE, rate_of
from gemlive_emulator.audio.speech import OUTPUT_RATE
from gemlive_emulator.records import dataclass
from gemlive_emulator.server.views.messages import Message
from gemlive_emulator.wire.common import from_base64
from gemlive_emulator.wire.errors import EmulatorError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class NoSoundError(EmulatorError):
    """The emulator keeps no sound."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound, s16le mono.

    Attributes:
        pcm: the samples.
        rate: Hz.
    """

    pcm: bytes = field(repr=False)
    rate: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.pcm) / 2 / self.rate

    @property
    def samples(self) -> "NDArray[np.int16]":
        """The samples; an odd octet at the end is left out."""
        import numpy

        return numpy.frombuffer(self.pcm[: len(self.pcm) // 2 * 2], dtype="<i2")

    @property
    def sha256(self) -> str:
        """The hash of the samples, in hexadecimal digits: the same sound has the same, whatever its parts were."""
        return hashlib.sha256(self.pcm).hexdigest()

    def pieces(self, seconds: float = 0.1) -> Iterator[bytes]:
        """The samples as a microphone gives them, in pieces of this length; the last may be shorter."""
        step = 2 * max(1, round(seconds * self.rate))
        for start in range(0, len(self.pcm), step):
            yield self.pcm[start : start + step]

    def to_wav(self) -> bytes:
        """A WAV file of it."""
        from gemlive_emulator.audio.wav import to_wav

        return to_wav(self.pcm, self.rate)

    def save(self, path: "Path | str") -> Path:
        """Write a WAV file; gives its path."""
        file = Path(path)
        file.write_bytes(self.to_wav())
        return file


def sound_in(messages: Sequence[Message], *, kept: bool) -> Sound:
    """All sound in these messages of one side, joined.

    Args:
        messages: in order.
        kept: whether their sound was kept at all.

    Raises:
        NoSoundError: it was not.
        EmulatorError: the rate changes in between.
    """
    if not kept:
        raise NoSoundError("this emulator keeps no sound; give it Settings(keep='all'), or `serve --keep all`")
    default = DEFAULT_RATE if messages and messages[0].side == "client" else OUTPUT_RATE
    pieces, rates = [], []
    for blob in _blobs(messages):
        mime_type = blob.get("mimeType") or ""
        try:
            rate = rate_of(mime_type) if "rate=" in mime_type else default
            pieces.append(from_base64(blob.get("data") or ""))
        except ValueError:
            continue  # whatever that was, it was refused, or is a fault that was asked for
        rates.append(rate)
    if len(set(rates)) > 1:
        raise EmulatorError(f"the rate of the sound changes: {', '.join(map(str, sorted(set(rates))))} Hz")
    return Sound(b"".join(pieces), rates[0] if rates else default)


def _blobs(messages: Sequence[Message]) -> Iterator[dict[str, Any]]:
    for message in messages:
        body = message.body
        if message.side == "server":
            parts = body.get("serverContent", {}).get("modelTurn", {}).get("parts", ())
            found = [part["inlineData"] for part in parts if "inlineData" in part]
        else:
            realtime = body.get("realtimeInput", {})
            found = [*realtime.get("mediaChunks", ()), *([realtime["audio"]] if "audio" in realtime else ())]
        yield from (blob for blob in found if str(blob.get("mimeType", "")).startswith("audio/pcm"))
