"""Noise is steady, speech is not."""

import pytest
from sounds import pcm, silence, spoken, white

from gemlive_emulator.audio.spectrum import spectrum_of
from gemlive_emulator.audio.steadiness import Steadiness

SPECTRUM = spectrum_of(16_000)


def after(*frames: bytes) -> Steadiness:
    heard = Steadiness(SPECTRUM.white)
    for powers in SPECTRUM.powers(b"".join(frames)):
        heard.hear(powers)
    return heard


def test_noise_is_steady_after_400_ms():
    noise = pcm(white(1, 16_000, -30))
    assert not after(noise[: 19 * 640]).is_steady()
    assert after(noise[: 20 * 640]).is_steady()


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_speech_is_not_steady_and_not_doubted(place: int):
    heard = after(bytes(40 * 640), pcm(spoken(16_000))[: (20 + place) * 640])
    assert not heard.is_steady()
    assert not heard.is_doubtful(0.0)


def test_neither_is_what_dips_in_between():
    noise = pcm(white(0.2, 16_000, -30))
    assert not after(noise, pcm(white(0.02, 16_000, -40)), noise).is_steady()


def test_louder_noise_is_doubted_as_soon_as_it_is_all_that_was_heard_lately():
    quiet, loud = pcm(white(1, 16_000, -60)), pcm(white(1, 16_000, -40))
    assert not after(quiet, loud[: 4 * 640]).is_doubtful(0.0)
    assert after(quiet, loud[: 10 * 640]).is_doubtful(0.0)


def test_what_is_far_above_the_noise_is_doubted_sooner():
    quiet, loud = pcm(white(1, 16_000, -60)), pcm(white(1, 16_000, -30))
    assert after(quiet, loud[: 5 * 640]).is_doubtful(20.0)
    assert not after(quiet, loud[: 5 * 640]).is_doubtful(13.0)
    assert not after(quiet, pcm(spoken(16_000))[: 6 * 640]).is_doubtful(20.0)


def test_at_first_less_is_enough_for_a_doubt():
    noise = pcm(white(0.1, 16_000, -30))
    assert after(noise).is_doubtful(0.0)
    assert not after(pcm(silence(0.04, 16_000)), noise[: 3 * 640]).is_doubtful(0.0)


def test_it_remembers_half_a_second():
    heard = after(pcm(white(3, 16_000, -30)))
    frames = SPECTRUM.powers(pcm(white(3, 16_000, -30)))
    assert heard.heard == len(frames) == 150
    assert heard.last(30) == frames[-25:]
    assert heard.last(4) == frames[-4:]
    assert after(bytes(640)).last(4) == [(0.0,) * 5]
    assert heard.level == pytest.approx(sum(frames[-1]))


def test_a_change_is_forgotten_when_it_is_400_ms_ago():
    heard = Steadiness(SPECTRUM.white)
    steady = []
    for powers in SPECTRUM.powers(pcm(white(0.2, 16_000, -50)) + pcm(white(0.5, 16_000, -30))):
        heard.hear(powers)
        steady.append(heard.is_steady())
    assert steady == [False] * 29 + [True] * 6
