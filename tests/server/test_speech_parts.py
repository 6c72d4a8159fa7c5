"""The parts behind the voices: pipe, cache, languages, and pyttsx3's system voices."""

import io
import struct
import sys
import types
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gemlive_emulator.audio.speech import Chunk, Sound, Speech
from gemlive_emulator.audio.wav import to_wav
from gemlive_emulator.server import speech_worker
from gemlive_emulator.server.espeak_languages import languages_for
from gemlive_emulator.server.speech_cache import Key, SpeechCache
from gemlive_emulator.server.speech_pipe import receive, send
from gemlive_emulator.server.stock_pyttsx3 import StockPyttsx3
from gemlive_emulator.server.voices import Voices


def test_messages_come_out_of_the_pipe_as_they_went_in() -> None:
    pipe = io.BytesIO()
    send(pipe, {"text": "ü\x00"}, b"pcm")
    send(pipe, {})
    pipe.seek(0)
    assert receive(pipe) == ({"text": "ü\x00"}, b"pcm")
    assert receive(pipe) == ({}, b"")
    with pytest.raises(EOFError, match="the pipe ended"):
        receive(pipe)


def test_half_a_message_is_the_end() -> None:
    with pytest.raises(EOFError, match="inside a message"):
        receive(io.BytesIO(struct.pack(">II", 9, 0) + b"{}"))


def speech(size: int) -> Speech:
    return Speech("a", (Chunk(bytes(size), size // 2),), ())


def key(text: str) -> Key:
    return Key("espeak", "1", "Kore", "", text, True)


def test_what_was_not_asked_for_longest_is_forgotten_first() -> None:
    cache = SpeechCache(100)
    for text in ("a", "b"):
        cache.put(key(text), speech(40))
    assert cache.get(key("a"))
    cache.put(key("c"), speech(40))
    assert cache.get(key("b")) is None
    assert cache.get(key("a"))
    assert cache.get(key("c"))


def test_the_first_of_two_equal_speeches_stays() -> None:
    cache = SpeechCache(100)
    first = cache.put(key("a"), speech(40))
    assert cache.put(key("a"), speech(40)) is first
    for text in ("b", "c"):
        cache.put(key(text), speech(16))
    assert cache.get(key("a")) is first


def test_a_speech_larger_than_the_cache_is_not_kept_and_drives_nothing_out() -> None:
    cache = SpeechCache(100)
    cache.put(key("a"), speech(40))
    large = speech(200)
    assert cache.put(key("b"), large) is large
    assert cache.get(key("b")) is None
    assert cache.get(key("a"))


def test_a_long_key_counts_too() -> None:
    cache = SpeechCache(100)
    small = cache.put(key("a"), speech(40))
    for long in (key("a" * 30), key("a")._replace(language="x" * 30)):
        cache.put(long, speech(4))
        assert cache.get(long) is None
        assert cache.get(key("a")) is small
    for text in ("aaa", "bbb", "ccc"):
        cache.put(key(text), speech(1))
    assert cache.get(key("a")) is None
    assert cache.get(key("ccc"))


class Flaky:
    """An engine that makes no sound the first time."""

    name, version = "flaky", "1"

    def __init__(self) -> None:
        self.said: list[tuple[str, str, str]] = []

    def speak(self, text: str, voice: str, language: str) -> Sound:
        self.said.append((text, voice, language))
        return Sound(b"" if len(self.said) == 1 else b"ab", ())

    def close(self) -> None:
        return


def test_a_worker_says_once_more_what_made_no_sound() -> None:
    engine = Flaky()
    request = {"text": "Hi", "voice": "Kore", "language": ""}
    assert speech_worker._answer(engine, request) == ({"words": []}, b"ab")
    assert engine.said == [("Hi", "Kore", "")] * 2
    assert speech_worker._answer(engine, request) == ({"words": []}, b"ab")
    assert len(engine.said) == 3


@pytest.mark.parametrize(
    ("text", "language", "names"),
    [
        ("Hello", "", ["en-us"]),
        ("Hello", "en-US", ["en-us", "en"]),
        ("Hello", "en-GB", ["en-gb", "en", "en-us"]),
        ("Hallo", "de-DE", ["de-de", "de", "en-us"]),
        ("Olá", "pt_BR", ["pt-br", "pt", "en-us"]),
        ("Hola", "es-MX", ["es-419", "es", "en-us"]),
        ("你好", "zh-CN", ["zh-cn", "cmn", "en-us"]),
        ("你好 ok", "", ["cmn", "en-us"]),
        ("今日は", "en-US", ["ja", "en-us", "en"]),
        ("Привет, Bob", "", ["ru", "en-us"]),
        ("Привіт", "uk-UA", ["uk-ua", "uk", "en-us"]),
        ("123 !", "", ["en-us"]),
        ("ᏣᎳᎩ", "", ["en-us"]),
    ],
)
def test_languages_are_tried_in_order(text: str, language: str, names: list[str]) -> None:
    assert languages_for(text, language) == names


def by_espeak(voice: str) -> np.ndarray:
    speaking = Voices("espeak")
    try:
        speech = speaking.speak("Good morning, I would like to book a table for seven people.", voice, "en-US")
    finally:
        speaking.close()
    return np.frombuffer(b"".join(b64decode(chunk.base64) for chunk in speech.chunks), "<i2").astype(int)


@pytest.mark.parametrize("voice", ["Algenib", "Zubenelgenubi", "Rasalgethi"])
def test_a_loud_voice_stays_below_full_scale(voice: str) -> None:
    assert 24_000 < np.abs(by_espeak(voice)).max() < 32_100


@pytest.mark.parametrize(("quick", "slow"), [("Enceladus", "Iapetus"), ("Autonoe", "Erinome")])
def test_voices_of_like_pitch_and_timbre_differ_in_tempo(quick: str, slow: str) -> None:
    assert len(by_espeak(slow)) > 1.2 * len(by_espeak(quick))


class FakeVoice:
    def __init__(self, name: str, language: str, gender: str | None) -> None:
        self.id, self.languages, self.gender = name, [language], gender


class FakeEngine:
    """As pyttsx3's, on a system whose voices are given."""

    def __init__(self, system_voices: list[FakeVoice]) -> None:
        self.driver_name = "nsss"
        self.chosen: dict[str, Any] = {}
        self.said: list[str] = []
        self._voices = system_voices

    def getProperty(self, _name: str) -> list[FakeVoice]:
        return self._voices

    def setProperty(self, name: str, value: Any) -> None:
        self.chosen[name] = value

    def save_to_file(self, text: str, file: str) -> None:
        self.said.append(text)
        Path(file).write_bytes(to_wav(bytes(2 * 11_025), 22_050))

    def runAndWait(self) -> None:
        return


def stock(monkeypatch: pytest.MonkeyPatch, system_voices: list[FakeVoice]) -> tuple[StockPyttsx3, FakeEngine]:
    engine = FakeEngine(system_voices)
    module: Any = types.ModuleType("pyttsx3")
    module.init = lambda: engine
    monkeypatch.setitem(sys.modules, "pyttsx3", module)
    monkeypatch.setattr(sys, "platform", "darwin")
    return StockPyttsx3(), engine


SYSTEM = [
    FakeVoice("Anna", "de_DE", "VoiceGenderFemale"),
    FakeVoice("Fred", "en_US", "VoiceGenderMale"),
    FakeVoice("Zira", "en-GB", "Female"),
    FakeVoice("Bot", "en-GB", None),
]


def test_a_system_voice_speaks_at_24_khz_with_words_by_length(monkeypatch: pytest.MonkeyPatch) -> None:
    speaking, engine = stock(monkeypatch, SYSTEM)
    sound = speaking.speak("Hi\x00you all", "Kore", "en-US")
    assert engine.said == ["one", "Hi you all"]
    assert len(sound.pcm) == 2 * 12_000
    assert [(word.text, round(word.start, 2)) for word in sound.words] == [("Hi\x00you", 0.0), (" all", 0.33)]
    folder = speaking._file.parent
    assert folder.is_dir()
    speaking.close()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("voice", "language", "chosen"),
    [
        ("Kore", "de-DE", {"Anna"}),
        ("Puck", "", {"Fred", "Bot"}),
        ("Kore", "en", {"Zira", "Bot"}),
        ("Puck", "de", {"Anna"}),
    ],
)
def test_a_system_voice_is_chosen_by_language_and_gender(
    voice: str, language: str, chosen: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    speaking, engine = stock(monkeypatch, SYSTEM)
    speaking.speak("Hi", voice, language)
    assert engine.chosen["voice"] in chosen
    speaking.close()


def test_without_a_voice_for_the_language_the_systems_own_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    speaking, engine = stock(monkeypatch, SYSTEM)
    speaking.speak("Salut", "Kore", "fr-FR")
    assert "voice" not in engine.chosen
    speaking.close()
