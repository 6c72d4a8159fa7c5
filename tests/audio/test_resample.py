"""Resampling: exact under any chunking, and clean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemlive_emulator.audio.resample import Resampler, Samples, resample

RATES = [(22_050, 24_000), (24_000, 16_000), (8_000, 24_000), (44_100, 16_000), (48_000, 16_000), (16_000, 24_000)]


def noise(count: int) -> Samples:
    return np.random.default_rng(7).integers(-32_768, 32_768, count).astype(np.int16)


def sine(frequency: float, rate: int, count: int) -> Samples:
    return np.rint(16_000 * np.sin(2 * np.pi * frequency * np.arange(count) / rate)).astype(np.int16)


@pytest.mark.parametrize(("source", "target"), RATES)
@settings(max_examples=15, deadline=None)
@given(sizes=st.lists(st.integers(0, 3_000), max_size=12))
def test_every_chunking_gives_the_same_samples(source: int, target: int, sizes: list[int]) -> None:
    samples = noise(sum(sizes))
    resampler = Resampler(source, target)
    parts, start = [], 0
    for size in sizes:
        parts.append(resampler.feed(samples[start : start + size]))
        start += size
    streamed = np.concatenate([*parts, resampler.flush()])
    assert np.array_equal(streamed, resample(samples, source, target))


def test_sample_by_sample_is_the_same_too() -> None:
    samples = noise(700)
    resampler = Resampler(22_050, 24_000)
    parts = [resampler.feed(samples[place : place + 1]) for place in range(len(samples))]
    assert np.array_equal(np.concatenate([*parts, resampler.flush()]), resample(samples, 22_050, 24_000))


@given(st.integers(0, 2_000), st.sampled_from(RATES))
@settings(deadline=None)
def test_the_length_is_the_ratio_rounded(count: int, rates: tuple[int, int]) -> None:
    source, target = rates
    assert len(resample(noise(count), source, target)) == int(count * target / source + 0.5)


@pytest.mark.parametrize(("source", "target"), RATES)
@pytest.mark.parametrize("frequency", [300, 1_000, 3_000])
def test_a_tone_stays_the_tone_and_where_it_was(source: int, target: int, frequency: int) -> None:
    got = resample(sine(frequency, source, source), source, target)[200:-200].astype(float)
    wanted = 16_000 * np.sin(2 * np.pi * frequency * np.arange(target) / target)[200:-200]
    noise_power = ((got - wanted) ** 2).mean()
    assert 10 * np.log10((wanted**2).mean() / noise_power) > 80


def test_what_the_target_cannot_carry_is_gone() -> None:
    assert np.abs(resample(sine(10_000, 24_000, 24_000), 24_000, 16_000)[200:-200]).max() <= 2


def test_a_constant_comes_out_unchanged() -> None:
    assert set(resample(np.full(5_000, 1_234, np.int16), 22_050, 24_000)[200:-200].tolist()) == {1_234}


def test_a_resampler_can_be_used_again_after_a_flush() -> None:
    resampler = Resampler(24_000, 16_000)
    first, second = (np.concatenate([resampler.feed(noise(999)), resampler.flush()]) for _ in range(2))
    assert np.array_equal(first, second)


def test_equal_rates_change_nothing() -> None:
    samples = noise(10)
    assert resample(samples, 24_000, 24_000) is samples


@pytest.mark.parametrize(("source", "target"), [(0, 24_000), (16_000, -1)])
def test_impossible_rates_are_refused(source: int, target: int) -> None:
    with pytest.raises(ValueError, match=f"cannot resample {source} Hz to {target} Hz"):
        Resampler(source, target)
