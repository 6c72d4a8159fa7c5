"""A sound whose words are known. No numpy here."""

from dataclasses import field

from gemlive_emulator.records import dataclass


@dataclass(frozen=True, slots=True)
class Recording:
    """One known recording.

    Attributes:
        name: for people, for example the file's.
        text: the words that are spoken.
        pcm: s16le mono samples.
        rate: Hz.
    """

    name: str
    text: str
    pcm: bytes = field(repr=False)
    rate: int
