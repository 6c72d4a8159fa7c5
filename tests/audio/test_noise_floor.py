"""The floor goes down at once and up slowly, and is put where it belongs when noise is known for noise."""

import pytest

from gemlive_emulator.audio.noise_floor import NoiseFloor
from gemlive_emulator.audio.spectrum import Powers, spectrum_of

WHITE = spectrum_of(16_000).white


def noise(dbfs: float) -> Powers:
    a, b, c, d, e = (10 ** (dbfs / 10) * band for band in WHITE)
    return a, b, c, d, e


def hear(floor: NoiseFloor, dbfs: float, times: int) -> None:
    for _ in range(times):
        floor.hear(*[noise(dbfs)] * 4)


def at(dbfs: float) -> object:
    """Half a decibel above, which is what the least of averages lacks."""
    return pytest.approx(noise(dbfs + 0.5), rel=1e-6)


def test_before_anything_is_known_it_is_where_noise_is_expected():
    assert NoiseFloor(WHITE).powers == at(-35)


def test_it_goes_down_at_once_but_never_below_all_noise():
    floor = NoiseFloor(WHITE)
    hear(floor, -50, 1)
    assert floor.powers == at(-50)
    hear(floor, -90, 1)
    assert floor.powers == at(-75)


def test_it_goes_up_when_nothing_softer_was_heard_for_as_long_as_it_remembers():
    floor = NoiseFloor(WHITE)
    hear(floor, -60, 30)
    hear(floor, -50, 29)
    assert floor.powers == at(-60)
    hear(floor, -50, 1)
    assert floor.powers == at(-50)


def test_until_it_has_heard_enough_it_expects_no_loud_noise():
    floor = NoiseFloor(WHITE)
    hear(floor, -20, 29)
    assert floor.powers == at(-35)
    hear(floor, -20, 1)
    assert floor.powers == at(-20)


def test_noise_that_is_known_for_noise_is_the_floor_from_then_on():
    floor = NoiseFloor(WHITE)
    hear(floor, -60, 32)
    floor.adopt([noise(-30)] * 20)
    assert floor.powers == at(-30)
    hear(floor, -30, 40)
    assert floor.powers == at(-30)
    floor.adopt([noise(-100)])
    assert floor.powers == at(-75)
