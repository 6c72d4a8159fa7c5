"""The thirty voices: their names, and that they can be told apart."""

import subprocess
import sys
from itertools import pairwise

import numpy as np

from gemlive_emulator.audio.formant import FormantVoice
from gemlive_emulator.audio.voice_table import DEFAULT_VOICE, VOICES, Gender, traits_of

LEARNED = "The weather in Paris is sunny, with a high of 23 degrees."
TESTED = "Good morning, I would like to book a table for seven people."


def features(text: str, voice: str) -> list[float]:
    """Pitch, tempo and the envelope of the spectrum, as a listener might have them."""
    sound = np.frombuffer(FormantVoice().speak(text, voice, "").pcm, "<i2").astype(float)
    frames = sound[: len(sound) // 1_200 * 1_200].reshape(-1, 1_200)
    loud = frames[np.abs(frames).mean(1) > 1_000]
    spectra = np.abs(np.fft.rfft(loud * np.hanning(1_200))) ** 2
    echoes = np.fft.irfft(spectra, axis=1)[:, 70:340]
    # The shortest lag that is nearly the best: the best may be two periods.
    lags = (echoes > 0.85 * echoes.max(1, keepdims=True)).argmax(1) + 70
    # Twelve bands between 200 Hz and 5 kHz; a bin is 20 Hz.
    edges = np.geomspace(10, 250, 13).astype(int)
    bands = [np.log(spectra[:, low:high].sum()) for low, high in pairwise(edges)]
    return [np.log(np.median(lags)), np.log(len(sound)), *(np.array(bands) - np.mean(bands))]


def test_a_listener_tells_all_thirty_apart() -> None:
    learned, tested = (np.array([features(text, voice) for voice in VOICES]) for text in (LEARNED, TESTED))
    learned, tested = ((table - table.mean(0)) / table.std(0) for table in (learned, tested))
    weights = np.array([6.0, 6.0] + [1.0] * 12)
    distances = np.linalg.norm((learned[:, None] - tested[None]) * weights, axis=2)
    assert distances.argmin(0).tolist() == list(range(30))


def test_there_are_thirty_names_in_the_documented_order() -> None:
    assert len(set(VOICES)) == len(VOICES) == 30
    assert (VOICES[0], VOICES[1], VOICES[-1]) == ("Zephyr", "Puck", "Sulafat")


def test_fourteen_are_women_and_speak_higher() -> None:
    women = [traits_of(voice) for voice in VOICES if traits_of(voice).gender is Gender.FEMALE]
    men = [traits_of(voice) for voice in VOICES if traits_of(voice).gender is Gender.MALE]
    assert (len(women), len(men)) == (14, 16)
    assert min(traits.f0 for traits in women) > max(traits.f0 for traits in men)


def test_names_are_found_in_any_case_and_unknown_ones_are_the_default() -> None:
    assert traits_of("kORE").name == "Kore"
    assert traits_of("Sulafar").name == traits_of("").name == DEFAULT_VOICE


def test_espeak_settings_differ_too() -> None:
    settings = {
        (traits_of(voice).variant, traits_of(voice).espeak_pitch, traits_of(voice).espeak_rate) for voice in VOICES
    }
    assert len(settings) == 30


def test_names_and_sentences_cost_no_numpy() -> None:
    modules = ("sentences", "speech", "voice_table", "words", "cut", "phones", "wav", "aiff")
    imports = ";".join(f"import gemlive_emulator.audio.{module}" for module in modules)
    script = f"import sys;sys.path[:]={sys.path!r};{imports};sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
