"""Known recordings are found again in a stream, and strangers are not taken for one.

The recordings are those of ``fixtures/voices``; the strangers are sentences of the formant voice, and what is no speech.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemlive_emulator.audio.anchors import Anchors
from gemlive_emulator.audio.fingerprint import ENOUGH, Index, Match
from gemlive_emulator.audio.formant import FormantVoice
from gemlive_emulator.audio.log_mel import RATES, analyse
from gemlive_emulator.audio.recording import Recording
from gemlive_emulator.audio.resample import Samples, resample
from gemlive_emulator.audio.wav import from_wav

VOICES = Path(__file__).parents[2] / "fixtures" / "voices"
RATE = 16_000


@lru_cache(maxsize=1)
def recordings() -> tuple[Recording, ...]:
    entries: list[dict[str, Any]] = json.loads((VOICES / "manifest.json").read_text(encoding="utf-8"))
    return tuple(
        Recording(entry["file"], entry["text"], *from_wav((VOICES / entry["file"]).read_bytes())) for entry in entries
    )


@lru_cache(maxsize=1)
def index() -> Index:
    return Index(recordings())


def samples_of(recording: Recording) -> Samples:
    return np.frombuffer(recording.pcm, "<i2").astype(np.int16)


def named(name: str) -> Recording:
    return next(one for one in recordings() if one.name == name)


def find(samples: Samples, rate: int = RATE, among: Index | None = None) -> Match | None:
    return (among or index()).find(samples.astype("<i2").tobytes(), rate)


def padded(samples: Samples, before: float = 0.1, behind: float = 0.8) -> Samples:
    return np.concatenate([np.zeros(int(before * RATE), np.int16), samples, np.zeros(int(behind * RATE), np.int16)])


def noisy(samples: Samples, decibels: float) -> Samples:
    """With white noise so far below the speech."""
    loud = samples[np.abs(samples.astype(np.int32)) > np.abs(samples.astype(np.int32)).max() / 10].astype(np.float64)
    level = np.sqrt(np.mean(loud**2)) / 10 ** (decibels / 20)
    noise = np.random.default_rng(7).normal(0, level, len(samples))
    return np.clip(np.rint(samples + noise), -32768, 32767).astype(np.int16)


def without_start(samples: Samples, seconds: float = 0.15) -> Samples:
    """The speech without its first part."""
    return samples[np.flatnonzero(samples)[0] + int(seconds * RATE) :]


def at_rate(rate: int) -> Callable[[Samples], tuple[Samples, int]]:
    return lambda samples: (resample(samples, RATE, rate), rate)


EXACT: dict[str, Callable[[Samples], Samples]] = {
    "as it is": lambda samples: samples,
    "more silence": padded,
    "from the middle of the silence": lambda samples: samples[1601:],
    "the silence at the end cut": lambda samples: samples[:-4000],
    "after other sound": lambda samples: np.concatenate([np.arange(-200, 200, dtype=np.int16), samples]),
    "the first 150 ms cut": without_start,
    "the last 150 ms cut": lambda samples: samples[: np.flatnonzero(samples)[-1] - 2400],
}

CHANGED: dict[str, Callable[[Samples], tuple[Samples, int]]] = {
    "20 dB softer": lambda samples: (padded((samples * 0.1).astype(np.int16)), RATE),
    "clipped": lambda samples: (np.clip(samples, -(samples.max() // 2), samples.max() // 2), RATE),
    "noise 20 dB": lambda samples: (noisy(padded(samples), 20), RATE),
    "noise 10 dB": lambda samples: (noisy(padded(samples), 10), RATE),
    "8 kHz": at_rate(8_000),
    "44.1 kHz": at_rate(44_100),
    "48 kHz": at_rate(48_000),
    "offset": lambda samples: (samples + np.int16(500), RATE),
    "8 kHz, noise 20 dB": lambda samples: (resample(noisy(padded(samples), 20), RATE, 8_000), 8_000),
    "150 ms cut, softer": lambda samples: ((without_start(samples) * 0.5).astype(np.int16), RATE),
}


@pytest.mark.parametrize("change", EXACT)
def test_a_recording_is_found_sample_by_sample_however_the_stream_was_cut(change: str) -> None:
    for recording in recordings():
        match = find(EXACT[change](samples_of(recording)))
        assert match is not None, recording.name
        assert (match.recording.text, match.exact) == (recording.text, True)
        assert ENOUGH <= match.score <= 1


@pytest.mark.parametrize("change", CHANGED)
def test_a_recording_is_found_by_its_looks_when_its_samples_were_changed(change: str) -> None:
    for recording in recordings():
        match = find(*CHANGED[change](samples_of(recording)))
        if change.startswith("150 ms") and recording.name == "stop.wav":
            # Of 0.4 s that is too much.
            continue
        assert match is not None, recording.name
        assert (match.recording.text, match.exact) == (recording.text, False)


def strangers() -> dict[str, Samples]:
    voice = FormantVoice()
    texts = (
        "Nobody knows this sentence.",
        "Stop it.",
        "Another one, which is a bit longer than the others are.",
        "No.",
    )
    said = {f"{name}: {text}": voice.speak(text, name, "").pcm for name in ("Puck", "Kore") for text in texts}
    speech = {told: resample(np.frombuffer(pcm, "<i2").astype(np.int16), 24_000, RATE) for told, pcm in said.items()}
    time = np.arange(2 * RATE) / RATE
    rng = np.random.default_rng(1)
    return speech | {
        "tone": (8000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16),
        "noise": rng.normal(0, 3000, 2 * RATE).astype(np.int16),
        "click": np.eye(1, RATE, 5000, dtype=np.int16)[0] * np.int16(30000),
        "clicks": np.tile(np.r_[np.zeros(399, np.int16), np.int16(9000)], 80),
        "square": np.tile(np.repeat(np.array([32767, -32768], np.int16), 100), 80),
        "silence": np.zeros(RATE, np.int16),
        "offset": np.full(RATE, 1000, np.int16),
        "extreme": np.full(RATE, -32768, np.int16),
        "short": np.full(20, 500, np.int16),
        "nothing": np.zeros(0, np.int16),
    }


@pytest.mark.parametrize("stranger", sorted(strangers()))
def test_strangers_are_nobody(stranger: str) -> None:
    samples = strangers()[stranger]
    assert find(samples) is None
    assert find(noisy(padded(samples), 20) if samples.any() else samples) is None


def test_speech_of_a_recording_is_a_stranger_without_that_recording() -> None:
    for left_out in recordings():
        others = Index([one for one in recordings() if one is not left_out])
        assert find(noisy(padded(samples_of(left_out)), 20), among=others) is None or left_out.name.startswith("lights")


def test_two_that_begin_alike_are_told_apart() -> None:
    on, off = named("lights-on.wav"), named("lights-off.wav")
    for one in (on, off):
        match = find(noisy(padded(samples_of(one)), 20))
        assert match is not None
        assert match.recording.text == one.text


def test_a_part_is_the_whole_if_it_is_most_of_it_and_nobody_if_it_is_less() -> None:
    """``pause.wav`` comes as two utterances, of which neither is clearly more than half."""
    samples = samples_of(named("pause.wav"))
    silent = np.flatnonzero(np.convolve(samples != 0, np.ones(RATE), "valid") == 0)
    middle = int(silent[0]) + RATE // 2
    first, second = samples[:middle], samples[middle:]
    shares = [held.share for part in (first, second) if (held := Anchors(recordings()).find(part, RATE)) is not None]
    assert sum(shares) == pytest.approx(1)
    for part, share in zip((first, second), shares, strict=True):
        match = find(part)
        assert (match is not None and match.exact) == (share >= ENOUGH)
    long = samples_of(named("long.wav"))
    assert find(long[: len(long) // 5]) is None


def test_of_several_recordings_in_one_utterance_the_longest_is_told() -> None:
    both = np.concatenate([samples_of(named("stop.wav")), samples_of(named("weather.wav"))])
    match = find(both)
    assert match is not None
    assert match.recording.name == "weather.wav"


def test_a_short_recording_that_another_begins_with_is_the_short_one_where_it_ends() -> None:
    whole = samples_of(named("weather.wav"))
    begins = Recording("begins", "What is", whole[: 3200 + 8000].astype("<i2").tobytes(), RATE)
    among = Index([named("weather.wav"), begins])
    short, long = find(whole[: 3200 + 8000], among=among), find(whole, among=among)
    assert short is not None
    assert long is not None
    assert (short.recording.name, long.recording.name) == ("begins", "weather.wav")


def test_the_same_samples_at_another_rate_are_something_else() -> None:
    recording = named("hello.wav")
    slow = Index([recording]).find(recording.pcm, 8_000)
    assert slow is None or not slow.exact


def test_two_recordings_of_the_same_words_do_not_hinder_each_other() -> None:
    hello = named("hello.wav")
    louder = np.clip(samples_of(hello) * 1.5, -32768, 32767).astype("<i2").tobytes()
    twins = [hello, Recording("louder", hello.text, louder, RATE)]
    changed = noisy(padded(samples_of(hello)), 15)
    match = find(changed, among=Index(twins))
    assert match is not None
    assert match.recording.text == hello.text
    differing = [hello, Recording("louder", "Other words", louder, RATE)]
    assert find(changed, among=Index(differing)) is None


@pytest.mark.parametrize("rate", [0, 1, 3_999, 400_000, 2**31])
def test_rates_that_no_speech_has_are_compared_exactly_only(rate: int) -> None:
    recording = Recording("odd", "Odd", named("hello.wav").pcm, rate)
    odd = Index([recording, named("stop.wav")])
    match = odd.find(recording.pcm, rate)
    assert match is not None
    assert (match.recording, match.exact) == (recording, True)
    softer = (samples_of(recording) // 2).astype("<i2").tobytes()
    assert odd.find(softer, rate) is None
    assert rate not in RATES


@pytest.mark.parametrize("pcm", [b"", b"\0\0" * 20_000, b"\1\0" * 30, b"\1\0" * 20_000, b"a"])
def test_a_recording_of_nothing_is_never_found(pcm: bytes) -> None:
    nothing = Recording("nothing", "Nothing", pcm[: len(pcm) // 2 * 2], RATE)
    assert Index([nothing]).find(pcm, RATE) is None
    assert Index([nothing]).find(named("hello.wav").pcm, RATE) is None
    assert Index([nothing, named("hello.wav")]).find(named("hello.wav").pcm, RATE) is not None


def test_without_recordings_nobody_is_found() -> None:
    assert Index([]).find(named("hello.wav").pcm, RATE) is None
    assert Index([]).find((samples_of(named("hello.wav")) // 2).tobytes(), RATE) is None


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=8_000), st.sampled_from([4_000, 8_000, 16_000, 44_100, 192_000]))
def test_any_sound_is_looked_at(pcm: bytes, rate: int) -> None:
    assert index().find(pcm, rate) is None


def test_a_long_utterance_is_looked_at_within_bounds() -> None:
    """What is after a minute is not compared by its looks, but found if it is there as it is."""
    quiet = np.zeros(61 * RATE, np.int16)
    hello = samples_of(named("hello.wav"))
    assert find(np.concatenate([quiet, hello // 2])) is None
    match = find(np.concatenate([quiet, hello]))
    assert match is not None
    assert match.exact
    assert len(analyse(quiet, RATE).frames) == 0


def test_a_click_that_comes_a_thousand_times_is_tried_only_some_times() -> None:
    click = np.zeros(4 * 600, np.int16)
    click[300::600] = 9000
    click[900] = 9001
    train = Recording("clicks", "Clicks", np.tile(click, 8).astype("<i2").tobytes(), RATE)
    stream = np.tile(click[:600], 2000)
    held = Anchors([train]).find(stream, RATE)
    # Where the two hardly overlap they agree.
    assert held is not None
    assert held.share < 0.1
    assert not getattr(find(stream, among=Index([train])), "exact", False)


def test_a_match_tells_recording_and_score() -> None:
    recording = named("hello.wav")
    assert Match(recording, 1.0, True).describe() == "hello.wav, exact, 1.00"
    assert Match(recording, 0.784, False).describe() == "hello.wav, likeness 0.78"
    assert str(recording.pcm) not in repr(recording)
