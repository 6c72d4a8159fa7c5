"""The voices of one emulator: the best engine that there is, the formant voice behind it, and what was said before.

An engine may fail in any way; the caller always gets speech.
"""

import importlib.util
import sys
import threading
import unicodedata
from functools import lru_cache

from gemlive_emulator.audio.cut import cut, joined
from gemlive_emulator.audio.sentences import mend, split_sentences
from gemlive_emulator.audio.speech import Engine, Sound, Speech
from gemlive_emulator.audio.voice_table import traits_of
from gemlive_emulator.server import espeak_library
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.server.speech_cache import Key, SpeechCache
from gemlive_emulator.server.speech_process import EngineFailed, WorkerEngine, WorkerLost
from gemlive_emulator.wire.errors import EmulatorError

CHOICES = ("auto", "formant", "espeak", "pyttsx3")
CACHE_BYTES = 32 * 1024 * 1024
"""About 8 minutes of sound in base64."""
LOSSES_IN_A_ROW = 3
"""After so many workers lost without a sentence in between, no more is started."""
INSTALL = 'pip install "gemlive-emulator[voice]"'

_FORMANT = "formant"
_SPELLED = {"espeak": "espeak-ng", "pyttsx3": "pyttsx3"}

_log = redacting_logger("voices")


class Voices:
    """Speech for every session of an emulator. Cheap to make: the engine starts with the first sentence.

    Thread safe.

    Args:
        choice: one of :data:`CHOICES`; ``auto`` takes espeak-ng if it is there, else the system's voices through
            pyttsx3 on macOS and Windows, else the formant voice.
        cache_bytes: how much speech is remembered, counted as base64 and with its texts.

    Raises:
        EmulatorError: there is no such choice, or the chosen engine is not installed; says what to install.
    """

    def __init__(self, choice: str = "auto", cache_bytes: int = CACHE_BYTES) -> None:
        self._choice = choice
        self._untried = [WorkerEngine(name) for name in _engines(choice)]
        self._engine = self._untried.pop(0) if self._untried else None
        self._settled = self._engine is None
        self._closed = False
        self._reasons: list[str] = []
        self._losses = 0
        self._lock = threading.RLock()
        self._cache = SpeechCache(cache_bytes)

    @property
    def name(self) -> str:
        """The engine in use; until the first sentence, the one that is to be tried first."""
        engine = self._engine
        return _FORMANT if engine is None else engine.name

    @property
    def pid(self) -> int | None:
        """The process id of the speech worker, if one runs."""
        engine = self._engine
        return None if engine is None else engine.pid

    def describe(self) -> str:
        """Which engine speaks, for a person; and how to get real words if none does."""
        engine = self._engine
        if engine is None:
            told = "formant (deterministic speech-like sound, no real words)"
            reasons = "".join(f"; {reason}" for reason in self._reasons)
            return told + reasons + ("" if self._choice == _FORMANT else f"; for real speech: {INSTALL}")
        spelled = _SPELLED[engine.name]
        if self._settled:
            return f"{spelled} {engine.version} (real words, from a worker process)"
        return f"{spelled} (real words, from a worker process that starts with the first answer)"

    def start(self) -> None:
        """Start the engine now instead of with the first sentence. Blocks for a tenth of a second or more.

        Raises:
            EmulatorError: the engine was chosen by name and does not start; says why and what to install.
        """
        self._settle()
        if self._choice not in ("auto", self.name):
            raise EmulatorError(f"--voice {self._choice}: {'; '.join(self._reasons)}. Install it: {INSTALL}")

    def lookup(self, text: str, voice: str, language: str, first: bool = True) -> Speech | None:
        """Speech that was made before, at once."""
        return self._cache.get(_key(self._engine, mend(text), voice, language, first))

    def speak(self, text: str, voice: str, language: str, first: bool = True) -> Speech:
        """Make speech of any text with any voice; blocks for a millisecond, or some seconds if the engine hangs.

        Never raises for what the text or the engine is like: a sentence that the engine cannot speak is spoken by the
        formant voice. The text of the speech has U+FFFD in place of lone surrogates. ``first`` says whether an answer
        begins with it (see ``audio.cut``).
        """
        self._settle()
        engine = None if self._closed else self._engine
        text = mend(text)
        key = _key(engine, text, voice, language, first)
        known = self._cache.get(key)
        if known is not None:
            return known
        made = [self._sound(engine, sentence, voice, language) for sentence in split_sentences(text) or [""]]
        speech = cut(joined([sound for sound, _is_right in made]), text, first)
        return self._cache.put(key, speech) if all(is_right for _sound, is_right in made) else speech

    def close(self) -> None:
        """End the worker. What is spoken afterwards, or just now, is spoken by the formant voice."""
        self._closed = True
        engine = self._engine
        if engine is not None:
            engine.close()

    def _settle(self) -> None:
        """Find the first engine that starts, once and for good."""
        if self._settled or self._closed:
            return
        with self._lock:
            while not self._settled:
                engine = self._engine
                if engine is None:
                    self._settled = True
                    return
                try:
                    engine.start()
                except EngineFailed as failure:
                    if self._closed:
                        return
                    self._give_up(engine, f"{engine.name} does not start ({failure})")
                else:
                    self._settled = True

    def _sound(self, engine: WorkerEngine | None, sentence: str, voice: str, language: str) -> tuple[Sound, bool]:
        """A sentence's sound, and whether it is by the engine that was meant to speak it."""
        if engine is None or not any(map(_can_be_heard, sentence)):
            return _formant().speak(sentence, voice, language), True
        try:
            sound = engine.speak(sentence, voice, language)
            if not sound.pcm:
                raise EngineFailed("it made no sound")
        except EngineFailed as failure:
            self._note(engine, failure, len(sentence))
            return _formant().speak(sentence, voice, language), False
        self._losses = 0
        return sound, True

    def _note(self, engine: WorkerEngine, failure: EngineFailed, characters: int) -> None:
        """Tell of a sentence that an engine did not speak, and do without the engine if that is usual with it."""
        if self._closed:
            return
        _log.warning(
            "%s did not speak a sentence of %d characters (%s); the formant voice does",
            engine.name,
            characters,
            failure,
        )
        with self._lock:
            if isinstance(failure, WorkerLost) and engine is self._engine:
                self._losses += 1
                if self._losses == LOSSES_IN_A_ROW:
                    self._give_up(engine, f"{engine.name} was lost {self._losses} times in a row, last: {failure}")

    def _give_up(self, engine: WorkerEngine, reason: str) -> None:
        """Go on with the next engine that is there."""
        engine.close()
        self._reasons.append(reason)
        self._engine = self._untried.pop(0) if self._untried else None
        self._settled = False
        _log.warning("%s; from now on %s speaks", reason, self.name)


def _engines(choice: str) -> list[str]:
    """The worker engines to try for a choice, best first."""
    if choice not in CHOICES:
        raise EmulatorError(f"no voice engine {choice!r}; there are {', '.join(CHOICES)}")
    if choice == _FORMANT:
        return []
    found = [name for name, is_there in (("espeak", espeak_library.is_there), ("pyttsx3", _has_pyttsx3)) if is_there()]
    if choice == "auto":
        # On Linux pyttsx3 knows no other engine than espeak-ng, and drives it worse than we do.
        return [name for name in found if name == "espeak" or sys.platform in ("darwin", "win32")]
    if choice not in found:
        raise EmulatorError(f"--voice {choice}: {_SPELLED[choice]} is not installed. Install it: {INSTALL}")
    return [choice]


def _has_pyttsx3() -> bool:
    return importlib.util.find_spec("pyttsx3") is not None


def _key(engine: Engine | None, text: str, voice: str, language: str, first: bool) -> Key:
    name, version = (_FORMANT, "") if engine is None else (engine.name, engine.version)
    return Key(name, version, traits_of(voice).name, language, text, first)


def _can_be_heard(character: str) -> bool:
    """Whether a character is a letter, a digit or a symbol: an engine is silent, rightly, on the others."""
    return character.isalnum() or unicodedata.category(character).startswith("S")


@lru_cache(maxsize=1)
def _formant() -> Engine:
    """The formant voice; imported here because it brings numpy, which takes longer to load than a server to start."""
    from gemlive_emulator.audio.formant import FormantVoice

    return FormantVoice()
