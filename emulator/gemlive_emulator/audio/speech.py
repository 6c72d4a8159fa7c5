"""What a voice hands over: sound cut into parts that are ready to send, with the time of every word.

No numpy here, so that the session core can hold speech without loading it.
"""

from typing import Protocol

from gemlive_emulator.records import dataclass

OUTPUT_RATE = 24_000
"""Hz, mono, s16le: the Live API's output format."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it stands in the text.

    Attributes:
        text: the slice of the text with its leading white space and trailing punctuation; all words of a speech
            joined give its text exactly.
        start: seconds from the start of the speech.
        end: seconds from the start of the speech.
    """

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Chunk:
    """One audio part as it goes on the wire.

    Attributes:
        base64: standard base64 of s16le mono 24 kHz samples, encoded once.
        samples: how many samples it holds.
    """

    base64: bytes
    samples: int

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return self.samples / OUTPUT_RATE


@dataclass(frozen=True, slots=True)
class Speech:
    """One spoken sentence.

    Attributes:
        text: what is said.
        chunks: 240 ms each, the first of an answer 200 ms, as recorded (first audio frame 9,600 bytes in 7 of 7
            recordings, then 11,520 in 6 of 6).
        words: with their times.
    """

    text: str
    chunks: tuple[Chunk, ...]
    words: tuple[Word, ...]

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return sum(chunk.samples for chunk in self.chunks) / OUTPUT_RATE


@dataclass(frozen=True, slots=True)
class Sound:
    """What an engine makes of a sentence: ``pcm`` is s16le mono 24 kHz, ``words`` as in :class:`Speech`."""

    pcm: bytes
    words: tuple[Word, ...]


class Engine(Protocol):
    """A speech engine. ``speak`` may take milliseconds to seconds and is called off the event loop."""

    name: str
    version: str

    def speak(self, text: str, voice: str, language: str) -> Sound:
        """Speak one sentence with one of the 30 prebuilt voices (unknown names sound like the default voice)."""
        ...
