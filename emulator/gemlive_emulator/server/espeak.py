"""espeak-ng, driven synchronously. Lives in the speech worker only: the library may exit, crash or hang.

Through ctypes, not through ``pyttsx3.drivers._espeak``. That module loads the library when it is imported, from a fixed
list of names: it cannot be given the one from PyPI except by a trick with shared-object names that works on Linux only,
and it is private to pyttsx3. What is needed of it is six functions. pyttsx3's own loop is no way either: its first
utterance returns before the sound is there, long texts make it read past their end, and it ends the process when
the library's files are missing.
"""

import ctypes
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gemlive_emulator.audio.resample import Samples, resample
from gemlive_emulator.audio.sentences import speakable
from gemlive_emulator.audio.speech import OUTPUT_RATE, Sound
from gemlive_emulator.audio.voice_table import VoiceTraits, traits_of
from gemlive_emulator.audio.words import Mark, timed
from gemlive_emulator.records import dataclass
from gemlive_emulator.server.espeak_languages import languages_for
from gemlive_emulator.server.espeak_library import LOADER, system_libraries

_SYNCHRONOUS = 2
_DO_NOT_EXIT = 0x8000
_BUFFER_MILLISECONDS = 60
_CHARACTERS = 1
_UTF8_AND_PAUSE_AT_THE_END = 1 | 0x1000
_RATE, _PITCH = 1, 3
_EVENT_LIST_ENDS, _WORD = 0, 1
_GO_ON = 0

_KNEE, _ABOVE_KNEE = 24_000, 8_000
"""From where on peaks are bent, and within how much they stay then."""


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A library to try: its file, and the folder that its ``espeak-ng-data`` is in (``None``: it knows itself)."""

    file: str
    folder: str | None


class Espeak:
    """The engine. One per process, used by one thread.

    Raises:
        RuntimeError: no library could be loaded; says which were tried and what each lacked.
    """

    name = "espeak"

    def __init__(self) -> None:
        self._library, self._rate = _loaded()
        self._library.espeak_Info.restype = ctypes.c_char_p
        self.version: str = self._library.espeak_Info(None).decode("ascii", "replace")
        self._callback = _Callback(self._take)
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_Synth.argtypes = [
            *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int),
            *(ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p),
        ]
        self._parts: list[bytes] = []
        self._marks: list[Mark] = []

    def speak(self, text: str, voice: str, language: str) -> Sound:
        """Speak one sentence.

        Raises:
            RuntimeError: espeak-ng refused the text or has no voice at all.
        """
        traits = traits_of(voice)
        self._choose(text, traits, language)
        self._parts, self._marks = [], []
        encoded = speakable(text).encode() + b"\0"
        status = self._library.espeak_Synth(
            encoded, len(encoded), 0, _CHARACTERS, 0, _UTF8_AND_PAUSE_AT_THE_END, None, None
        )
        if status:
            raise RuntimeError(f"espeak_Synth returned {status}")
        spoken = np.frombuffer(b"".join(self._parts), np.int16)
        samples = _louder(resample(spoken, self._rate, OUTPUT_RATE), traits.gain_db)
        return Sound(samples.astype("<i2").tobytes(), timed(text, self._marks, len(samples) / OUTPUT_RATE))

    def close(self) -> None:
        """Nothing to do: the process ends."""

    def _choose(self, text: str, traits: VoiceTraits, language: str) -> None:
        names = [f"{name}+{traits.variant}".encode() for name in languages_for(text, language)]
        if all(self._library.espeak_SetVoiceByName(name) for name in names):
            raise RuntimeError(f"espeak-ng has none of the voices {b', '.join(names).decode()}")
        self._library.espeak_SetParameter(_RATE, traits.espeak_rate, 0)
        self._library.espeak_SetParameter(_PITCH, traits.espeak_pitch, 0)

    def _take(self, wave: int | None, count: int, events: Any) -> int:
        """Called by the library for every 60 ms of sound, in our own thread, while ``espeak_Synth`` runs."""
        if wave and count > 0:
            self._parts.append(ctypes.string_at(wave, 2 * count))
        index = 0
        while events[index].type != _EVENT_LIST_ENDS:
            event = events[index]
            if event.type == _WORD:
                self._marks.append(Mark(event.text_position - 1, event.audio_position / 1000))
            index += 1
        return _GO_ON


def _louder(samples: Samples, decibels: float) -> Samples:
    """Louder by so much; a peak that would come near full scale is bent below it, not cut, which would be heard."""
    wanted = samples * 10 ** (decibels / 20)
    bent = _KNEE + _ABOVE_KNEE * np.tanh((np.abs(wanted) - _KNEE) / _ABOVE_KNEE)
    louder: Samples = np.rint(np.where(np.abs(wanted) > _KNEE, np.copysign(bent, wanted), wanted)).astype(np.int16)
    return louder


def _candidates() -> Iterator[_Candidate]:
    if importlib.util.find_spec(LOADER):
        loader: Any = importlib.import_module(LOADER)
        library = loader.get_library_path()
        yield _Candidate(library, str(Path(library).parent))
    for file in system_libraries(sys.platform):
        yield _Candidate(file, None)


def _loaded() -> tuple[ctypes.CDLL, int]:
    """A library that works, and the rate of its sound in Hz."""
    reasons = []
    for candidate in _candidates():
        try:
            library = ctypes.CDLL(candidate.file)
        except OSError as error:
            reasons.append(f"{candidate.file} does not load: {error}")
            continue
        rate = _initialized(library, candidate.folder)
        if rate > 0:
            return library, rate
        reasons.append(f"{candidate.file} does not start: its data files are missing or of another version")
    raise RuntimeError("; ".join(reasons) or "no espeak-ng library was found")


def _initialized(library: ctypes.CDLL, folder: str | None) -> int:
    """Start the library; its rate in Hz, or 0 or less. Without our option it would end the process instead."""
    if folder is None:
        return int(library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MILLISECONDS, None, _DO_NOT_EXIT))
    # espeak-ng takes no path of 160 bytes or more, which a virtual environment deep in a project easily has.
    # From inside the folder it is one character, for as long as the process lives.
    os.chdir(folder)
    return int(library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MILLISECONDS, b".", _DO_NOT_EXIT))
