"""Speech as a user's microphone would record it."""

from base64 import b64decode
from typing import TYPE_CHECKING

from gemlive_emulator.audio.speech import OUTPUT_RATE, Speech
from gemlive_emulator.server.views.sound import Sound

if TYPE_CHECKING:
    from gemlive_emulator.server.voices import Voices

ENDING = 1.2
"""Seconds of silence behind it: more than the 0.8 to 1 that a family waits for by default before a turn is over."""


def pcm_of(speech: Speech, rate: int) -> bytes:
    """The whole speech, s16le mono at ``rate`` Hz."""
    from gemlive_emulator.audio.resample import resample_pcm

    return resample_pcm(b"".join(b64decode(chunk.base64) for chunk in speech.chunks), OUTPUT_RATE, rate)


def uttered(voices: "Voices", words: str, rate: int) -> Sound:
    """These words, spoken, and the silence that ends the turn."""
    from gemlive_emulator.audio.voice_table import DEFAULT_VOICE

    spoken = pcm_of(voices.speak(words, DEFAULT_VOICE, "en-US"), rate)
    return Sound(spoken + bytes(2 * round(ENDING * rate)), rate)
