"""Bands are where they are said to be, and exact."""

from fractions import Fraction

import numpy as np
import pytest
from sounds import pcm, tone, white

from gemlive_emulator.audio import spectrum as module
from gemlive_emulator.audio.pcm import HIGHEST_RATE, LOWEST_RATE
from gemlive_emulator.audio.spectrum import spectrum_of


def frames(rate: int, sound: np.ndarray) -> bytes:
    size = spectrum_of(rate).frame
    return pcm(sound[: len(sound) // size * size])


@pytest.mark.parametrize(("hertz", "band"), [(240, 0), (520, 1), (910, 2), (1_610, 3), (3_010, 4)])
@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 48_000, 192_000])
def test_a_tone_is_in_its_band(hertz: float, band: int, rate: int):
    powers = np.mean(spectrum_of(rate).powers(frames(rate, tone(1, rate, -20, hertz))), axis=0)
    assert np.argmax(powers) == band


@pytest.mark.parametrize("hertz", [50, 60])
def test_of_hum_little_is_left_and_of_an_offset_nothing(hertz: float):
    spectrum = spectrum_of(16_000)
    hum = np.sum(np.mean(spectrum.powers(frames(16_000, tone(1, 16_000, -20, hertz))), axis=0))
    assert 10 * np.log10(hum) < -32
    offset = spectrum.powers(frames(16_000, np.full(16_000, 0.25)))
    assert np.max(offset) < 1e-12


@pytest.mark.parametrize("rate", [4_000, 5_999, 8_000, 11_025, 16_000, 48_000, 96_000, 192_000])
def test_white_noise_has_what_is_said_in_each_band(rate: int):
    spectrum = spectrum_of(rate)
    powers = np.mean(spectrum.powers(frames(rate, white(6, rate, -20))), axis=0)
    expected = 0.01 * np.array(spectrum.white)
    held = expected if rate >= 6_000 else expected * [1, 1, 1, 1, 0]
    assert powers == pytest.approx(held, rel=0.15)


@pytest.mark.parametrize("rate", [LOWEST_RATE, 6_001, 16_000, 44_100, 50_000, 96_000, HIGHEST_RATE])
def test_no_sum_is_rounded(rate: int):
    """Full scale, in the pattern that drives a row highest: what is computed is the exact rational number."""
    spectrum = spectrum_of(rate)
    block, halvings = spectrum.frame // 80, spectrum._halvings
    for row, signs in enumerate(np.sign(module._TRANSFORM)):
        samples = np.clip(np.tile(np.repeat(signs, block), 10) * 32768, -32768, 32767).astype("<i2")
        halved = [int(sample) >> halvings for sample in samples]
        columns = [int(c) for c in np.repeat(module._TRANSFORM[row], block)]
        exact = sum(
            sum(a * b for a, b in zip(halved[at : at + 8 * block], columns, strict=True)) ** 2
            for at in range(0, spectrum.frame, 8 * block)
        )
        assert exact < 2**53
        [alone], two = spectrum.powers(samples.tobytes()), spectrum.powers(2 * samples.tobytes())
        assert two == [alone, alone]
        if row in (1, 2):
            scale = Fraction(1, int(module._NORMS[row]) * block * 4 ** (15 - halvings) * spectrum.frame)
            assert alone[row - 1] == pytest.approx(float(exact * scale), rel=1e-15)


def test_many_frames_are_the_same_as_one_by_one():
    spectrum = spectrum_of(16_000)
    sound = frames(16_000, white(3, 16_000, -10)) + bytes(640)
    together = spectrum.powers(sound)
    assert together == [spectrum.powers(sound[at : at + 640])[0] for at in range(0, len(sound), 640)]
    assert together[-1] == (0.0,) * 5


def test_silence_has_no_power():
    assert spectrum_of(24_000).powers(bytes(960)) == [(0.0,) * 5]
    assert spectrum_of(24_000).powers(b"") == []
