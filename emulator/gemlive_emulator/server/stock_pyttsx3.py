"""Stock pyttsx3, for the system voices of macOS and Windows. Lives in the speech worker only.

It crashes, hangs or prints on the wrong occasion, and ends the process when espeak-ng's data are missing. What is
known of it is avoided here (one thread, one utterance at a time, short texts, a first utterance thrown away); the rest
costs a sentence in the worker.
"""

import ctypes
import importlib.util
import os
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from gemlive_emulator.audio.aiff import from_aiff, is_aiff
from gemlive_emulator.audio.resample import resample
from gemlive_emulator.audio.sentences import speakable
from gemlive_emulator.audio.speech import OUTPUT_RATE, Sound
from gemlive_emulator.audio.voice_table import VOICES, Gender, VoiceTraits, traits_of
from gemlive_emulator.audio.wav import from_wav
from gemlive_emulator.audio.words import spread
from gemlive_emulator.server.espeak_languages import languages_for
from gemlive_emulator.server.espeak_library import LOADER


class StockPyttsx3:
    """The engine.

    Raises:
        ImportError: pyttsx3 is not installed.
        RuntimeError: it finds no engine of the system.
    """

    name = "pyttsx3"

    def __init__(self) -> None:
        if sys.platform == "linux":
            _preload_espeak()
        pyttsx3: Any = importlib.import_module("pyttsx3")
        self.version = version("pyttsx3")
        self._engine = pyttsx3.init()
        self._is_espeak = self._engine.driver_name == "espeak"
        self._voices: list[Any] = list(self._engine.getProperty("voices"))
        self._file = Path(tempfile.mkdtemp(prefix="gemlive-emulator-"), "speech.wav")
        # The first runAndWait of an espeak engine returns before the file is written; from the second on it waits.
        self._utter("one")

    def speak(self, text: str, voice: str, language: str) -> Sound:
        """Speak one sentence; the times of the words are in proportion to their letters, since pyttsx3 has none.

        Raises:
            OSError: it wrote no file.
            ValueError: it wrote a file that is no 16-bit mono PCM.
        """
        traits = traits_of(voice)
        chosen = self._espeak_voice(text, traits, language) if self._is_espeak else self._system_voice(traits, language)
        if chosen is not None:
            self._engine.setProperty("voice", chosen)
        if self._is_espeak:
            self._engine.setProperty("pitch", traits.espeak_pitch)
        self._engine.setProperty("rate", traits.espeak_rate)
        self._utter(speakable(text))
        content = self._file.read_bytes()
        pcm, rate = from_aiff(content) if is_aiff(content) else from_wav(content)
        samples = resample(np.frombuffer(pcm, "<i2"), rate, OUTPUT_RATE)
        return Sound(samples.astype("<i2").tobytes(), spread(text, len(samples) / OUTPUT_RATE))

    def close(self) -> None:
        """Remove the folder that it records into."""
        shutil.rmtree(self._file.parent, ignore_errors=True)

    def _utter(self, text: str) -> None:
        self._file.unlink(missing_ok=True)
        self._engine.save_to_file(text, str(self._file))
        self._engine.runAndWait()

    @staticmethod
    def _espeak_voice(text: str, traits: VoiceTraits, language: str) -> str:
        return f"{languages_for(text, language)[0]}+{traits.variant}"

    def _system_voice(self, traits: VoiceTraits, language: str) -> str | None:
        """One of the system's voices for this language and gender; each of our names always gets the same."""
        base = language.lower().partition("-")[0] or "en"
        fitting = [voice for voice in self._voices if any(_is_in(tongue, base) for tongue in voice.languages)]
        fitting = [voice for voice in fitting if _gender(voice) in (traits.gender, None)] or fitting
        return fitting[VOICES.index(traits.name) % len(fitting)].id if fitting else None


def _is_in(tongue: object, base: str) -> bool:
    return str(tongue).lower().replace("_", "-").partition("-")[0] == base


def _gender(voice: Any) -> Gender | None:
    """``Female``, ``VoiceGenderFemale`` or nothing, as the platforms have it."""
    told = str(voice.gender).lower()
    if "female" in told:
        return Gender.FEMALE
    return Gender.MALE if "male" in told else None


def _preload_espeak() -> None:
    """Make the library from PyPI the one that pyttsx3's loading of ``libespeak-ng.so.1`` finds."""
    if importlib.util.find_spec(LOADER) is None:
        return
    loader: Any = importlib.import_module(LOADER)
    library = loader.get_library_path()
    # Relative, because espeak-ng takes no path of 160 bytes or more.
    os.chdir(Path(library).parent)
    os.environ["ESPEAK_DATA_PATH"] = "."
    ctypes.CDLL(library, ctypes.RTLD_GLOBAL)
