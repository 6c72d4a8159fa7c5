"""The formant voice: the same bytes everywhere, words in their places, any text."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemlive_emulator.audio.formant import FormantVoice
from gemlive_emulator.audio.phones import CLAUSE_PAUSE, SENTENCE_PAUSE, WORD_PAUSE, pause_after, phones_of
from gemlive_emulator.audio.voice_table import VOICES

VOICE = FormantVoice()
GOLDEN = {
    ("Hello, how can I help you today?", "Puck"): "64957b7ab0ed92bf9150b3d2ee2cf2f946f51bec923d26d3ffcc9fff65a2128f",
    (
        "It is sunny, with a high of 23 degrees.",
        "Kore",
    ): "7bf998368e4513d0f6aad44da65ae04bdd77f10ab23ecad6ea006d17204d4619",
    ("你好，今天天气很好。", "Charon"): "8e209c22eb63f7299fec317ac33095b22902276a35f12a35977aa8bd7c4e0e72",  # noqa: RUF001
    ("Привет, как дела?", "Aoede"): "8a2bcfbb57ef3f03fb361c72ab211a190dd7ac073be5cc6d0feda001cd6d56bb",
    ("shhh", "Sadaltager"): "bbb2eb8abf96c788b54a125b0dd2cfa8064374d24d346d051394f6042971c32d",
    ("zvj fcxh \U0001f44d 0123456789", "Zephyr"): "7801085447579d3bad429d788062b7c72bdbeb679ed5e05ddab357d2e2ac58d4",
}
ALL_VOICES_ONCE = "529c5d716470c89227cb8a60196273a7294b96c0e290817fbaa4ba54def19b97"
EVERY_VOICE = """
import hashlib
from gemlive_emulator.audio.formant import FormantVoice
from gemlive_emulator.audio.voice_table import VOICES
voice = FormantVoice()
print(hashlib.sha256(b"".join(voice.speak("Hello, zvj 7?", name, "").pcm for name in VOICES)).hexdigest())
"""


def samples(text: str, voice: str = "Puck") -> np.ndarray:
    return np.frombuffer(VOICE.speak(text, voice, "").pcm, "<i2").astype(int)


@pytest.mark.parametrize(("text", "voice"), list(GOLDEN))
def test_the_bytes_are_the_same_every_time(text: str, voice: str) -> None:
    pcm = VOICE.speak(text, voice, "en-US").pcm
    assert hashlib.sha256(pcm).hexdigest() == GOLDEN[text, voice]


def test_the_bytes_do_not_depend_on_what_the_processor_can() -> None:
    told = set()
    for missing in ("", "X86_V3 X86_V4 AVX512_ICL"):
        environment = os.environ | {"NPY_DISABLE_CPU_FEATURES": missing, "PYTHONPATH": os.pathsep.join(sys.path)}
        run = subprocess.run(
            [sys.executable, "-c", EVERY_VOICE], env=environment, capture_output=True, text=True, check=True
        )
        told.add(run.stdout)
    assert told == {ALL_VOICES_ONCE + "\n"}


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.sampled_from([*VOICES, "nobody"]))
def test_any_text_is_spoken_and_its_words_are_slices_of_it(text: str, voice: str) -> None:
    sound = VOICE.speak(text, voice, "")
    seconds = len(sound.pcm) / 48_000
    assert seconds >= 0.4
    assert "".join(word.text for word in sound.words) == text
    times = [time for word in sound.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert all(0 <= time <= seconds for time in times)


@pytest.mark.parametrize("text", ["shhh", "hmm", "a", "7", "TTS", "ok", "þß", "नमस्ते", "日", "\U0001f44d", "$", "½"])
def test_every_word_can_be_heard(text: str) -> None:
    assert np.abs(samples(text)).max() > 5_000
    assert len(samples(text)) >= 0.4 * 24_000


@pytest.mark.parametrize("text", ["", "  \n", "...", "—", "\x00", "\ud800"])
def test_where_nothing_is_said_is_silence(text: str) -> None:
    assert not samples(text).any()


@pytest.mark.parametrize("voice", VOICES)
def test_no_voice_clips_or_whispers(voice: str) -> None:
    sound = samples("The weather in Paris is sunny, with a high of 23 degrees.", voice)
    assert 8_000 < np.abs(sound).max() < 30_000
    level = 20 * np.log10(np.sqrt((sound.astype(float) ** 2).mean()) / 32_768)
    assert -22 < level < -17


def test_a_word_sounds_when_its_time_says() -> None:
    sound = VOICE.speak("Mama, Mama.", "Charon", "")
    loud = np.abs(np.frombuffer(sound.pcm, "<i2").astype(int)) > 500
    first, second = sound.words
    gap = loud[round((first.end + 0.03) * 24_000) : round(second.start * 24_000)]
    assert len(gap) > 2_000
    assert not gap.any()
    assert loud[round(second.start * 24_000) : round(second.end * 24_000)].mean() > 0.3


def test_a_question_ends_higher_than_a_statement() -> None:
    def last_period(text: str) -> int:
        sound = samples(text)
        tail = sound[: np.flatnonzero(sound)[-1]][-2_000:]
        echoes = np.fft.irfft(np.abs(np.fft.rfft(tail, 4_000)) ** 2)
        return 100 + int(echoes[100:220].argmax())

    assert last_period("Mama mama mama?") < last_period("Mama mama mama.") - 20


def test_a_cry_of_forty_thousand_letters_is_short() -> None:
    assert len(samples("a" * 40_000)) < 2 * 24_000


@pytest.mark.parametrize(
    ("word", "pause"),
    [
        ("Hi!", SENTENCE_PAUSE),
        ('end." ', SENTENCE_PAUSE),
        ("so,", CLAUSE_PAUSE),
        ("3.5", WORD_PAUSE),
        ("-", WORD_PAUSE),
    ],
)
def test_punctuation_makes_pauses(word: str, pause: float) -> None:
    assert pause_after(word) == pause


@pytest.mark.parametrize(
    ("word", "symbols"),
    [("Né", "ne"), ("tv", "tev"), ("10", "wanziro"), ("٣", "sri"), ("Да!", "da"), ("объ", "ob"), ("…", "")],
)
def test_letters_become_sounds(word: str, symbols: str) -> None:
    assert "".join(phone.symbol for phone in phones_of(word)) == symbols
