"""A speech recogniser that tells apart the phrases which a scenario waits for: pocketsphinx, in the extra ``asr``.

It is asked last, and it is no dictation: an utterance is one of the phrases, word by word, or nothing. Its model is of
American English; what has no pronunciation in its dictionary of 135,000 words cannot be recognised.
"""

import importlib.util
import re
from collections import OrderedDict
from collections.abc import Sequence
from math import log, sqrt
from typing import Any

from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.server.settings import RecogniserName
from gemlive_emulator.session.commands import Transcribe
from gemlive_emulator.session.hearing import Words
from gemlive_emulator.wire.errors import EmulatorError

INSTALL = 'pip install "gemlive-emulator[asr]"'
RATE = 16_000
"""Hz, of the model."""
THRESHOLD = -4.8
"""Least likelihood of the sound of the words: natural logarithm, mean of their frames, 0 if no sound is likelier.

Measured with 50 phrases, 40 strangers, and espeak-ng: of the phrases 49 and 49 were told with its plain voices, 41, 30
and 27 with three of its stranger ones, at most 4 wrongly; of the strangers 0 to 5 were taken for a phrase, and 5 to 16
without the threshold. People are not espeak-ng: eleven real recordings were too few to say more than that it works.
"""
LONGEST_SECONDS = 30
"""No phrase takes longer; what an utterance has after that is not listened to."""

_PACKAGE = "pocketsphinx"
_BLOCK = RATE // 10
"""Samples at a time: within a call the library keeps the interpreter's lock, and the event loop waiting."""
_LOUDNESS = 2_000.0
"""Root mean square to which the loud part of an utterance is brought."""
_DITHER_DB = 30
"""Noise that is added lies so far below: the model knows no digital silence, and is lost in it."""
_MOST_GRAMMARS = 16
"""Kept at once, those last used: one for each scenario."""
_LEAST = 1e-300
_WORD = re.compile(r"[^\W_]+(?:['.-][^\W_]+)*'?")

_log = redacting_logger("recogniser")


class Recogniser:
    """Recognises one utterance at a time, in any one thread. Cheap to make: the model is loaded when it is needed.

    Args:
        choice: ``pocketsphinx``, ``off``, or ``auto`` for pocketsphinx if it is installed.

    Raises:
        EmulatorError: it was chosen by name and is not installed; says what to install.
    """

    def __init__(self, choice: RecogniserName = "auto") -> None:
        self._is_there: bool | None = False if choice == "off" else None
        self._decoder: Any = None
        self._grammars: OrderedDict[tuple[str, ...], dict[str, str]] = OrderedDict()
        self._unknown: set[str] = set()
        if choice == "pocketsphinx" and not self._installed():
            raise EmulatorError(f"the recogniser pocketsphinx is not installed. Install it: {INSTALL}")

    def can_hear(self, phrases: Sequence[str]) -> bool:
        """Whether there are phrases to listen for, and somebody to do it."""
        return bool(phrases) and self._installed()

    def recognise(self, request: Transcribe) -> Words | None:
        """The phrase that was said, or ``None``. Blocks for about a fiftieth of the utterance's length."""
        if not self.can_hear(request.phrases):
            return None
        spoken = self._choose(request.phrases)
        if not spoken or request.rate <= 0:
            return None
        heard, likelihood = self._listen(_prepared(request.pcm, request.rate))
        if heard not in spoken or likelihood < THRESHOLD:
            return None
        return Words(spoken[heard], "recogniser", f"pocketsphinx, 1 of {len(spoken)} phrases, {likelihood:.2f}")

    def _installed(self) -> bool:
        if self._is_there is None:
            self._is_there = importlib.util.find_spec(_PACKAGE) is not None
        return self._is_there

    def _choose(self, phrases: tuple[str, ...]) -> dict[str, str]:
        """Listen for these phrases; gives each by its words as the dictionary spells them."""
        if self._decoder is None:
            from pocketsphinx import Decoder

            self._decoder = Decoder(lm=None, loglevel="FATAL")
        spoken = self._grammars.pop(phrases, None)
        if spoken is None:
            spoken = self._learn(phrases)
        self._grammars[phrases] = spoken
        if spoken:
            self._decoder.activate_search(_name(phrases))
        return spoken

    def _learn(self, phrases: tuple[str, ...]) -> dict[str, str]:
        if len(self._grammars) == _MOST_GRAMMARS:
            forgotten, was_spoken = self._grammars.popitem(last=False)
            if was_spoken:
                self._decoder.remove_search(_name(forgotten))
        spoken: dict[str, str] = {}
        for phrase in phrases:
            words = self._pronounced(phrase)
            if words:
                spoken.setdefault(" ".join(words), phrase)
        if spoken:
            grammar = f"#JSGF V1.0; grammar phrases; public <phrase> = {' | '.join(spoken)};"
            self._decoder.add_jsgf_string(_name(phrases), grammar)
        return spoken

    def _pronounced(self, phrase: str) -> list[str]:
        """The words of a phrase as the dictionary has them; none if one of them is not there, which is logged once."""
        words: list[str] = []
        unknown = []
        for word in _WORD.findall(phrase.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")):
            found = next((parts for parts in ([word], re.split("[.-]", word)) if self._knows(parts)), None)
            words += found or []
            unknown += [] if found else [word]
        if unknown or not words:
            if phrase not in self._unknown:
                self._unknown.add(phrase)
                why = f"has no pronunciation of {', '.join(unknown)}" if unknown else "finds no words in it"
                _log.warning("the phrase %r cannot be recognised: pocketsphinx %s", phrase, why)
            return []
        return words

    def _knows(self, words: Sequence[str]) -> bool:
        return all(self._decoder.lookup_word(word) is not None for word in words)

    def _listen(self, pcm: bytes) -> tuple[str, float]:
        """The words that fit best, and the mean likelihood of their frames."""
        decoder = self._decoder
        # Forgets the noise and the mean of the utterance before: what is heard must not depend on it.
        decoder.reinit_feat()
        decoder.start_utt()
        for at in range(0, len(pcm), 2 * _BLOCK):
            decoder.process_raw(pcm[at : at + 2 * _BLOCK])
        decoder.end_utt()
        heard = decoder.hyp()
        if heard is None:
            return "", 0.0
        words = [segment for segment in decoder.seg() if segment.word[0] not in "<(["]
        frames = sum(segment.end_frame - segment.start_frame + 1 for segment in words)
        return heard.hypstr, sum(log(max(segment.ascore, _LEAST)) for segment in words) / max(1, frames)


def _name(phrases: tuple[str, ...]) -> str:
    """Of the grammar of these phrases, within the decoder."""
    return "\n".join(phrases)


def _prepared(pcm: bytes, rate: int) -> bytes:
    """An utterance as the model likes it: 16 kHz, of one loudness, never quite silent."""
    import numpy as np

    from gemlive_emulator.audio.resample import resample

    samples = np.frombuffer(pcm, "<i2", min(len(pcm) // 2, LONGEST_SECONDS * rate)).astype(np.int16)
    sound = resample(samples, rate, RATE).astype(np.float64)
    peak = np.abs(sound).max(initial=0)
    loud = sound[np.abs(sound) > peak / 10]
    if len(loud):
        sound *= _LOUDNESS / sqrt(np.mean(loud**2))
    noise = np.random.default_rng(0).normal(0, _LOUDNESS / 10 ** (_DITHER_DB / 20), len(sound))
    return np.clip(np.rint(sound + noise), -32768, 32767).astype("<i2").tobytes()
