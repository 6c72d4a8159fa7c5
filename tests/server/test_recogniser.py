"""The recogniser among phrases: pocketsphinx hears the recordings of ``fixtures/voices``, and nothing else in them."""

import importlib.util
import logging
from pathlib import Path

import numpy as np
import pytest

from gemlive_emulator.audio.recording import Recording
from gemlive_emulator.audio.resample import resample
from gemlive_emulator.server import recogniser
from gemlive_emulator.server.recogniser import Recogniser
from gemlive_emulator.server.recordings import read_recordings
from gemlive_emulator.session.commands import Transcribe
from gemlive_emulator.session.hearing import Words
from gemlive_emulator.wire.errors import EmulatorError

VOICES = Path(__file__).parents[2] / "fixtures" / "voices"

needs_pocketsphinx = pytest.mark.skipif(
    importlib.util.find_spec("pocketsphinx") is None, reason="pocketsphinx is not installed"
)


@pytest.fixture(scope="module")
def by_name() -> dict[str, Recording]:
    return {recording.name: recording for recording in read_recordings([VOICES])}


@pytest.fixture(scope="module")
def hearing() -> Recogniser:
    """One for all: its model takes a tenth of a second to load."""
    return Recogniser("pocketsphinx")


def heard(hearing: Recogniser, recording: Recording, phrases: tuple[str, ...]) -> Words | None:
    return hearing.recognise(Transcribe(1, recording.pcm, recording.rate, phrases))


@needs_pocketsphinx
def test_phrases_are_told_apart(hearing: Recogniser, by_name: dict[str, Recording]) -> None:
    english = [one for one in by_name.values() if one.name not in ("goodbye.wav",) and one.text.isascii()]
    english = [one for one in english if one.name != "italian.wav" and not one.name.startswith("german")]
    phrases = tuple(recording.text for recording in english)
    for recording in english:
        words = heard(hearing, recording, phrases)
        assert words is not None, recording.name
        assert (words.text, words.by) == (recording.text, "recogniser")
        assert words.detail.startswith(f"pocketsphinx, 1 of {len(phrases)} phrases, -")


@needs_pocketsphinx
def test_other_words_and_other_languages_are_none_of_the_phrases(
    hearing: Recogniser, by_name: dict[str, Recording]
) -> None:
    for name in ("german.wav", "spanish.wav", "french.wav", "long.wav"):
        assert heard(hearing, by_name[name], ("stop", "tell me a story", "turn on the kitchen lights")) is None


@needs_pocketsphinx
def test_silence_noise_and_nothing_are_no_phrase(hearing: Recogniser) -> None:
    noise = np.random.default_rng(3).normal(0, 2000, 16_000).astype("<i2").tobytes()
    for pcm in (b"", bytes(2), bytes(32_000), noise):
        assert hearing.recognise(Transcribe(1, pcm, 16_000, ("stop", "tell me a story"))) is None
    assert hearing.recognise(Transcribe(1, noise, 0, ("stop",))) is None


@needs_pocketsphinx
@pytest.mark.parametrize("rate", [8_000, 24_000, 48_000])
def test_any_rate_and_loudness_are_heard(hearing: Recogniser, by_name: dict[str, Recording], rate: int) -> None:
    story = by_name["story.wav"]
    samples = resample(np.frombuffer(story.pcm, "<i2").astype(np.int16), story.rate, rate) // 8
    request = Transcribe(1, samples.astype("<i2").tobytes(), rate, ("tell me a story", "stop", "turn on the lights"))
    words = hearing.recognise(request)
    assert words is not None
    assert words.text == "tell me a story"


@needs_pocketsphinx
def test_what_was_heard_before_makes_no_difference(by_name: dict[str, Recording]) -> None:
    phrases = tuple(by_name[name].text for name in ("hello.wav", "stop.wav", "weather.wav"))
    fresh, used = Recogniser(), Recogniser()
    for recording in by_name.values():
        heard(used, recording, phrases)
    for name in ("weather.wav", "hello.wav"):
        assert heard(fresh, by_name[name], phrases) == heard(used, by_name[name], phrases)


@needs_pocketsphinx
def test_a_phrase_is_told_as_it_was_written(hearing: Recogniser, by_name: dict[str, Recording]) -> None:
    written = "WHAT is the weather - in Paris?!"
    words = heard(hearing, by_name["weather.wav"], (written, "what is the weather in paris", "Stop."))
    assert words is not None
    assert words.text == written


@needs_pocketsphinx
def test_phrases_without_pronunciation_are_left_out_with_one_word_each(
    hearing: Recogniser, by_name: dict[str, Recording], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    odd = ("Xyzzy plugh, please", "42", "...", "Tell me a story.", "twenty-one o\N{RIGHT SINGLE QUOTATION MARK}clock")
    for phrases in (odd, (*odd, "stop")):
        words = heard(hearing, by_name["story.wav"], phrases)
        assert words is not None
        assert words.text == "Tell me a story."
    assert [record.getMessage() for record in caplog.records] == [
        "the phrase 'Xyzzy plugh, please' cannot be recognised: pocketsphinx has no pronunciation of xyzzy, plugh",
        "the phrase '42' cannot be recognised: pocketsphinx has no pronunciation of 42",
        "the phrase '...' cannot be recognised: pocketsphinx finds no words in it",
    ]
    assert heard(hearing, by_name["story.wav"], ("xyzzy",)) is None


@needs_pocketsphinx
def test_grammars_are_kept_for_a_while_and_learned_again(
    hearing: Recogniser, by_name: dict[str, Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recogniser, "_MOST_GRAMMARS", 2)
    fresh = Recogniser()
    story = by_name["story.wav"]
    sets = [("tell me a story", "stop"), ("tell me a story", "no"), ("xyzzy",), ("tell me a story", "yes")]
    for phrases in [*sets, *sets]:
        words = heard(fresh, story, phrases)
        assert (words is None) == (phrases == ("xyzzy",))


def test_without_phrases_or_switched_off_it_is_not_asked(by_name: dict[str, Recording]) -> None:
    assert not Recogniser("off").can_hear(("stop",))
    assert not Recogniser().can_hear(())
    assert heard(Recogniser("off"), by_name["stop.wav"], ("stop",)) is None


def test_where_it_is_not_installed_auto_does_without_and_its_name_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not Recogniser().can_hear(("stop",))
    with pytest.raises(EmulatorError, match=r'not installed\. Install it: pip install "gemlive-emulator\[asr\]"'):
        Recogniser("pocketsphinx")
