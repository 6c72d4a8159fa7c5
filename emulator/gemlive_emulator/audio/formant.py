"""The embedded voice: speech-like sound for any text, without an engine, a process or a file.

Glottal pulses excite the formants of each letter's sound, hiss and bursts stand between. Real voice activity detectors
take it for speech. The bytes depend on nothing but text and voice: see ``grains`` for how.
"""

from collections.abc import Iterator
from itertools import cycle

import numpy as np

from gemlive_emulator.audio.grains import ENVELOPE_ONE, GRAIN_SAMPLES, NOISE_SAMPLES, Table, burst, grain, hiss
from gemlive_emulator.audio.phones import FRICATIVES, STOPS, VOWELS, Phone, pause_after, phones_of
from gemlive_emulator.audio.sentences import speakable
from gemlive_emulator.audio.speech import OUTPUT_RATE, Sound, Word
from gemlive_emulator.audio.voice_table import VoiceTraits, traits_of
from gemlive_emulator.audio.words import split_words
from gemlive_emulator.records import dataclass

SHORTEST = 0.4
"""Seconds of sounding speech: detectors overlook less."""

_TABLE_RATE = 175
"""Words per minute at which the phones' lengths hold."""
_LEAD = 0.02
_TAIL = 0.08

_RAMP = 480
_RAMP_FOOT = 96
"""Samples over which a voiced sound swells and fades, and with how many of them it begins."""
_SOFT = 154
"""Loudness of a sonorant beside a vowel, of 256."""
_HUM = 100
"""Loudness of the voice under a voiced fricative, of 256."""
_HUMMED = "zvj"
_CLOSURE = 0.6
"""Part of a stop that is silent before it bursts."""

_PITCH_START, _PITCH_FALL = 1.10, 0.22
_QUESTION_RISES_AT, _QUESTION_RISE = 0.75, 1.4
_WOBBLE = (1.0, 1.04, 0.98, 1.05, 0.97, 1.02, 0.99)


@dataclass(frozen=True, slots=True)
class _Note:
    """A phone in its place: ``start`` and ``end`` in samples, ``pitch`` in Hz."""

    symbol: str
    start: int
    end: int
    pitch: float


class FormantVoice:
    """The deterministic engine; never fails."""

    name = "formant"
    version = "1"

    def speak(self, text: str, voice: str, language: str) -> Sound:
        """Speak any text: s16le mono 24 kHz, 400 ms or more. The language makes no difference."""
        traits = traits_of(voice)
        notes, words, seconds = _score(text, traits)
        return Sound(_rendered(notes, traits, round(seconds * OUTPUT_RATE)), words)


def _score(text: str, traits: VoiceTraits) -> tuple[list[_Note], tuple[Word, ...], float]:
    """What to play, when each word is said, and how long it all takes in seconds."""
    texts = split_words(text)
    spoken = [phones_of(speakable(word)) for word in texts]
    sounding = sum(phone.seconds for phones in spoken for phone in phones) * _TABLE_RATE / traits.rate
    tempo = _TABLE_RATE / traits.rate * max(1.0, SHORTEST / sounding if sounding else 1.0)
    count = sum(len(phones) for phones in spoken)
    question = text.rstrip().endswith(("?", "\uff1f"))
    wobble = zip(range(count), cycle(_WOBBLE), strict=False)
    melody = iter([traits.f0 * _pitch(index / count, question) * factor for index, factor in wobble])
    notes: list[_Note] = []
    words: list[Word] = []
    time = _LEAD
    for word, phones in zip(texts, spoken, strict=True):
        start = time
        for note, end in _placed(phones, time, tempo, melody):
            notes.append(note)
            time = end
        words.append(Word(word, start, time))
        time += pause_after(word) * _TABLE_RATE / traits.rate
    return notes, tuple(words), max(time + _TAIL, SHORTEST)


def _placed(phones: list[Phone], time: float, tempo: float, melody: Iterator[float]) -> Iterator[tuple[_Note, float]]:
    for phone in phones:
        end = time + phone.seconds * tempo
        yield _Note(phone.symbol, round(time * OUTPUT_RATE), round(end * OUTPUT_RATE), next(melody)), end
        time = end


def _pitch(place: float, question: bool) -> float:
    """The melody's factor on the pitch: it falls from the start (0.0) to the end (1.0), or rises to a question mark."""
    rise = max(0.0, place - _QUESTION_RISES_AT) * _QUESTION_RISE if question else 0.0
    return _PITCH_START - _PITCH_FALL * place + rise


def _rendered(notes: list[_Note], traits: VoiceTraits, samples: int) -> bytes:
    sound = np.zeros(samples + GRAIN_SAMPLES, np.int32)
    pulse = 0
    for index, note in enumerate(notes):
        if note.symbol in FRICATIVES:
            _add_noise(sound, hiss(note.symbol, traits.shift), note.start, note.end, index)
            if note.symbol in _HUMMED:
                _add_pulses(sound, grain("m", traits.shift, traits.f0), note, note.start, _HUM)
        elif note.symbol in STOPS:
            opening = note.start + round((note.end - note.start) * _CLOSURE)
            _add_noise(sound, burst(), opening, note.end, index)
        else:
            loudness = ENVELOPE_ONE if note.symbol in VOWELS else _SOFT
            # The pulses of neighbouring sounds follow each other without a step.
            pulse = _add_pulses(
                sound, grain(note.symbol, traits.shift, traits.f0), note, max(pulse, note.start), loudness
            )
    scaled = (sound[:samples] + ENVELOPE_ONE // 2) // ENVELOPE_ONE
    return np.clip(scaled, -32768, 32767).astype("<i2").tobytes()


def _add_pulses(sound: Table, ring: Table, note: _Note, pulse: int, loudness: int) -> int:
    """Add a ring for each glottal pulse of a note, from sample ``pulse`` on; where the next pulse would be."""
    period = round(OUTPUT_RATE / note.pitch)
    count = 0
    while pulse < note.end:
        swell = (min(pulse - note.start, note.end - pulse) + _RAMP_FOOT) * loudness // _RAMP
        sound[pulse : pulse + GRAIN_SAMPLES] += ring * np.int32(min(loudness, swell))
        # A little unevenness, without which it is a buzzer.
        pulse += period + (count * 2 % 3 - 1)
        count += 1
    return pulse


def _add_noise(sound: Table, noise: Table, start: int, end: int, index: int) -> None:
    """Add noise that swells and fades; ``index`` chooses which part of the noise, so that no two are alike."""
    length = end - start
    offset = index * 1_997 % (NOISE_SAMPLES - length)
    place = np.arange(length, dtype=np.int32)
    swell = np.minimum(ENVELOPE_ONE, np.minimum(place, length - place) * (4 * ENVELOPE_ONE) // length)
    sound[start:end] += noise[offset : offset + length] * swell
