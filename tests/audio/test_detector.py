"""Speech is found, whatever is around it and however the stream is cut."""

import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import Sound, on, pcm, silence, spoken, tone, white

from gemlive_emulator.audio.activity import Detector, Edge, Sensing
from gemlive_emulator.audio.detector import make_detector
from gemlive_emulator.audio.voice_table import VOICES

RATE = 16_000
SENSING = Sensing(prefix_ms=100, silence_ms=500)
FIXED = Sensing(prefix_ms=100, silence_ms=500, threshold_dbfs=-30.0)
RATES = [4_000, 5_512, 8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000]


def heard(sound: bytes, sensing: Sensing = SENSING, rate: int = RATE, portion: int = 0) -> list[Edge]:
    """All edges; fed whole, or so many samples at a time."""
    detector = make_detector(sensing, rate)
    step = 2 * portion or max(1, len(sound))
    return [e for at in range(0, len(sound), step) for e in detector.feed(sound[at : at + step])] + detector.finish()


def turns(sound: bytes, sensing: Sensing = SENSING, rate: int = RATE) -> list[tuple[float, float]]:
    """Starts and ends in seconds, when they were decided."""
    edges = heard(sound, sensing, rate)
    assert [edge.kind for edge in edges] == ["start", "end"] * (len(edges) // 2)
    return [(start.at / rate, end.at / rate) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def is_the_one_turn(sound: bytes, begin: float, seconds: float, rate: int = RATE, late: float = 0.25) -> bool:
    """One turn only: started in time, and ended half a second after the speech."""
    [(start, end)] = turns(sound, rate=rate)
    return begin <= start <= begin + 0.1 + late and -0.15 <= end - (begin + seconds) - 0.5 <= 0.25


HELLO = spoken(RATE)
SECONDS = len(HELLO) / RATE
LENGTH = SECONDS + 4.0
CHATTER = ["Seven people talk about something else over there.", "They have come to drink a cup of tea together."]


def test_one_utterance_is_one_turn_that_says_where_the_speech_was():
    sound = pcm(silence(1, RATE), HELLO, silence(1, RATE))

    start, end = heard(sound)

    assert (start.kind, end.kind) == ("start", "end")
    assert RATE - 320 <= start.since <= RATE + 1_600
    assert start.at - start.since >= 1_600
    assert abs(end.since - (RATE + len(HELLO))) < 0.15 * RATE
    assert end.at - end.since == 8_000


def test_an_utterance_that_is_sent_without_silence_ends_with_the_stream():
    sound = pcm(HELLO)

    start, end = heard(sound)

    assert start.since <= 1_600
    assert end == Edge("end", len(HELLO), end.since)
    assert len(HELLO) - 4_800 < end.since <= len(HELLO)


@pytest.mark.parametrize("rate", RATES)
def test_speech_is_found_at_any_rate(rate: int):
    hello = spoken(rate)
    sound = pcm(on(white(SECONDS + 3, rate, -60), hello, 1.0, rate))
    assert is_the_one_turn(sound, 1.0, SECONDS, rate)


@pytest.mark.parametrize("rate", [0, 3_999, 192_001, -16_000])
@pytest.mark.parametrize("sensing", [SENSING, FIXED])
def test_other_rates_are_refused_in_words(rate: int, sensing: Sensing):
    with pytest.raises(ValueError, match=f"{rate} Hz: give a rate of 4,000 to 192,000 Hz"):
        make_detector(sensing, rate)


@pytest.mark.parametrize(
    "noise",
    [
        pytest.param(silence(LENGTH, RATE), id="digital silence"),
        pytest.param(silence(LENGTH, RATE) + 0.3, id="offset"),
        pytest.param(tone(LENGTH, RATE, -24, 50), id="hum of 50 Hz"),
        pytest.param(tone(LENGTH, RATE, -30, 60) + tone(LENGTH, RATE, -40, 120), id="hum of 60 Hz"),
        pytest.param(white(LENGTH, RATE, -40), id="noise from the first sample"),
        pytest.param(white(LENGTH, RATE, -55) + tone(LENGTH, RATE, -40, 1_000), id="a beep that stays"),
        pytest.param(white(LENGTH, RATE, 0) * 10 ** (np.linspace(-60, -40, round(LENGTH * RATE)) / 20), id="drift"),
    ],
)
def test_what_is_around_does_no_harm(noise: Sound):
    assert is_the_one_turn(pcm(on(noise, HELLO, 1.5, RATE)), 1.5, SECONDS)


def test_clipped_speech_is_speech():
    loud = np.clip(on(white(LENGTH, RATE, -60), HELLO * 8, 1.5, RATE), -0.5, 0.5)
    assert is_the_one_turn(pcm(loud), 1.5, SECONDS)


def test_very_quiet_speech_is_speech():
    quiet = on(white(LENGTH, RATE, -80), spoken(RATE, dbfs=-46), 1.5, RATE)
    assert is_the_one_turn(pcm(quiet), 1.5, SECONDS)


def test_speech_at_the_first_sample_is_heard():
    assert is_the_one_turn(pcm(on(white(LENGTH, RATE, -60), HELLO, 0.0, RATE)), 0.0, SECONDS)


def test_several_utterances_are_as_many_turns():
    noise = white(3 * LENGTH, RATE, -45)
    for begin in (1.0, 5.5, 10.0):
        noise = on(noise, HELLO, begin, RATE)
    found = turns(pcm(noise))
    assert [round(start - 0.1) for start, _ in found] == [1, 6, 10]


@pytest.mark.parametrize("dbfs", [-70, -50, -35, -20])
@pytest.mark.parametrize("sensing", [SENSING, Sensing(prefix_ms=20, silence_ms=100)])
def test_noise_alone_is_no_speech(dbfs: float, sensing: Sensing):
    assert heard(pcm(white(20, RATE, dbfs)), sensing) == []


def test_noise_that_jumps_up_by_18_db_is_no_speech_and_hides_none():
    noise = np.concatenate([white(4, RATE, -60), white(6, RATE, -42, seed=2)])
    assert turns(pcm(noise)) == []
    assert is_the_one_turn(pcm(on(noise, HELLO, 6.0, RATE)), 6.0, SECONDS)


def test_noise_that_jumps_up_while_somebody_speaks_does_not_hold_the_turn_for_ever():
    noise = np.concatenate([white(2.5, RATE, -60), white(6, RATE, -42, seed=2)])
    [(start, end)] = turns(pcm(on(noise, HELLO, 1.0, RATE)))
    assert start < 1.3
    assert end < 1.0 + SECONDS + 1.5


def test_clicks_start_nothing():
    clicks = white(20, RATE, -65)
    for at in range(RATE, 19 * RATE, 12_345):
        clicks[at : at + 48] = 0.5
    assert heard(pcm(clicks)) == []


def test_a_tone_is_no_speech():
    assert heard(pcm(silence(1, RATE), tone(3, RATE, -20), silence(1, RATE))) == []


@pytest.mark.parametrize("seconds", [0.1, 0.2, 0.25, 0.3, 0.35])
@pytest.mark.parametrize("dbfs", [-20, -40])
def test_a_beep_does_not_start_a_turn_when_it_stops(seconds: float, dbfs: float):
    """Its doubt ends with it, while the speech that it may have been is still counted."""
    sound = on(white(4, RATE, -65), tone(seconds, RATE, dbfs), 2.0, RATE)
    starts = [edge.at / RATE for edge in heard(pcm(sound)) if edge.kind == "start"]
    assert all(start <= 2.0 + seconds for start in starts)


def test_the_soft_sounds_between_two_vowels_may_drown_in_noise():
    """60 ms of a voice, 140 ms in which nothing is heard of it, and 80 ms more are one start."""
    voice = HELLO[4_000:]
    sound = on(on(white(3, RATE, -45), voice[:960], 2.0, RATE), voice[2_000:3_280], 2.2, RATE)
    [start, _] = heard(pcm(sound))
    assert start.kind == "start"
    assert abs(start.since - 2 * RATE) <= 640


def test_a_soft_sound_before_a_vowel_belongs_to_the_speech():
    """60 ms that are too soft for a start of their own let it be decided sooner, and date it back."""
    noise, voice = white(3, RATE, -55), HELLO[4_000:]
    [alone, _] = heard(pcm(on(noise, voice, 2.0, RATE)))
    [led, _] = heard(pcm(on(on(noise, voice, 2.0, RATE), white(0.06, RATE, -54, seed=3), 1.94, RATE)))
    assert led.at < alone.at
    assert led.since < alone.since <= 2 * RATE
    assert led.since >= 1.9 * RATE


@pytest.mark.parametrize("apart", [0.10, 0.14, 0.18])
def test_two_clicks_that_follow_each_other_start_nothing(apart: float):
    """Each is two loud frames, and the median shows them for one frame longer."""
    clicks = white(4, RATE, -65)
    for at in (2.0, 2.0 + apart):
        clicks = on(clicks, white(0.035, RATE, -20, seed=4), at, RATE)
    assert heard(pcm(clicks)) == []


def test_digital_silence_is_nothing():
    assert heard(bytes(2 * 60 * RATE)) == []


def test_what_was_learned_of_the_noise_survives_a_pause():
    detector = make_detector(SENSING, RATE)
    assert detector.feed(pcm(white(3, RATE, -36))) == []
    assert detector.finish() == []
    # Speech that is no louder than the noise was is not taken for speech in silence.
    assert detector.feed(pcm(white(0.5, RATE, -40, seed=3))) == []
    assert detector.finish() == []
    [start] = detector.feed(pcm(on(white(1.5, RATE, -36, seed=4), HELLO, 0.2, RATE)[: round(1.5 * RATE)]))
    assert start.kind == "start"
    assert start.since >= 3.5 * RATE


def test_a_pause_counts_what_was_too_little_to_judge():
    detector = make_detector(SENSING, RATE)
    detector.feed(pcm(silence(1, RATE), HELLO[:RATE]) + bytes(200))
    [end] = detector.finish()
    assert (end.kind, end.at) == ("end", 2 * RATE + 100)
    assert end.since <= 2 * RATE
    assert detector.finish() == []
    [start, end] = detector.feed(pcm(silence(1, RATE), HELLO, silence(1, RATE)))
    assert abs(start.since - (3 * RATE + 100)) < 1_600
    assert end.since > start.since


def test_a_pause_before_a_start_forgets_the_speech_towards_it():
    detector = make_detector(SENSING, RATE)
    short = HELLO[: round(0.08 * RATE)]
    for _ in range(5):
        assert detector.feed(pcm(silence(0.5, RATE), short)) == []
        assert detector.finish() == []


def test_the_settings_say_how_much_speech_and_silence_it_takes():
    sound = pcm(on(white(LENGTH, RATE, -70), HELLO, 1.0, RATE))
    quick = heard(sound, Sensing(prefix_ms=0, silence_ms=500))
    slow = heard(sound, Sensing(prefix_ms=300, silence_ms=1_000))
    assert quick[0].at < slow[0].at
    assert slow[0].at - slow[0].since >= 0.3 * RATE
    assert [edge.at - edge.since for edge in (quick[1], slow[1])] == [8_000, 16_000]


@pytest.mark.parametrize("sensing", [Sensing(prefix_ms=0, silence_ms=0), Sensing("LOW", "LOW", 0, 0)])
def test_no_time_at_all_means_one_frame(sensing: Sensing):
    edges = heard(pcm(silence(1, RATE), HELLO, silence(1, RATE)), sensing)
    assert edges
    assert all(edge.at - edge.since == 320 for edge in edges if edge.kind == "end")


@pytest.mark.parametrize("ratio", [30, 20, 10])
def test_low_sensitivity_starts_later_and_ends_later(ratio: int):
    sound = pcm(on(white(LENGTH, RATE, -24 - ratio), HELLO, 1.5, RATE))
    [(start, end)] = turns(sound)
    [(later, _)] = turns(sound, Sensing("LOW", "HIGH", 100, 500))
    [(_, longer)] = turns(sound, Sensing("HIGH", "LOW", 100, 500))
    assert start <= later
    assert end <= longer


def test_low_sensitivity_overlooks_what_is_faint():
    sound = pcm(on(white(LENGTH, RATE, -37), spoken(RATE, dbfs=-47), 2.5, RATE))
    assert turns(sound) != []
    assert turns(sound, Sensing("LOW", "HIGH", 100, 500)) == []


@pytest.mark.parametrize("lead", [0, 0.06, 0.3, 0.5, 1.0])
def test_low_sensitivity_hears_who_speaks_at_once(lead: float):
    assert len(turns(pcm(silence(lead, RATE), HELLO, silence(1, RATE)), Sensing("LOW", "LOW", 100, 500))) == 1


def test_people_in_the_background_are_not_listened_to():
    """Ten of them, who speak without a break, 22 dB softer."""
    crowd = np.zeros(round(12 * RATE))
    for index in range(10):
        said = spoken(RATE, CHATTER[index % 2], list(VOICES)[3 * index])
        crowd += np.resize(np.roll(said, 1_234 * index), len(crowd))
    crowd *= 10 ** (-46 / 20) / np.sqrt(np.mean(crowd**2))
    both = on(on(crowd, HELLO, 1.0, RATE), HELLO, 6.0, RATE)
    assert [round(start - 0.1) for start, _ in turns(pcm(both))] == [1, 6]


@pytest.mark.parametrize("seed", [5, 7, 11])
def test_the_loudest_syllables_of_a_crowd_start_nothing(seed: int):
    """Six people, 22 dB softer, before and long after the user."""
    chance = np.random.default_rng(seed)
    crowd = np.zeros(20 * RATE)
    for index in range(6):
        said = spoken(RATE, CHATTER[index % 2], list(VOICES)[3 * index])
        crowd += np.resize(np.roll(said, int(chance.integers(len(said)))), len(crowd))
    crowd *= 10 ** (-46 / 20) / np.sqrt(np.mean(crowd**2))
    [(start, _)] = turns(pcm(on(crowd, HELLO, 1.0, RATE)))
    assert 1.0 < start < 1.2


def test_speech_is_heard_soon_after_loud_noise_was_found_to_be_noise():
    """Until then noise rose above a floor that no noise was expected to lie above, and nothing was loud enough."""
    sound = pcm(on(white(5, RATE, -24), spoken(RATE, dbfs=-27), 0.8, RATE))
    [(start, _)] = turns(sound)
    assert 0.8 < start < 1.1


@pytest.fixture(scope="module")
def everything() -> bytes:
    """A stream with something of all, whose every corner a cut may fall on."""
    noise = np.concatenate([white(3, RATE, -60), white(4, RATE, -42, seed=2), silence(1, RATE)])
    both = on(on(noise, HELLO, 0.4, RATE), spoken(RATE, "Stop!", "Puck"), 5.0, RATE)
    both[round(4.3 * RATE) :][:40] = 0.9
    return pcm(both)


@pytest.mark.parametrize("sensing", [SENSING, Sensing(prefix_ms=20, silence_ms=100), FIXED])
@pytest.mark.parametrize("portion", [1, 160, 166, 320, 333, 1_600, 50_000])
def test_the_cut_makes_no_difference(everything: bytes, sensing: Sensing, portion: int):
    whole = heard(everything, sensing)
    assert len(whole) >= 4
    assert heard(everything, sensing, portion=portion) == whole


@settings(max_examples=40, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 40_000), max_size=12),
    pause=st.integers(0, 40_000),
    rate=st.sampled_from(RATES),
    sensing=st.sampled_from([SENSING, Sensing("LOW", "LOW", 20, 100), FIXED, Sensing(prefix_ms=0, silence_ms=0)]),
    seed=st.integers(0, 99),
)
def test_neither_the_cut_nor_a_pause_between_makes_a_difference(cuts, pause, rate, sensing, seed):
    chance = np.random.default_rng(seed)
    loudness = np.repeat(chance.choice([0.0, 3.0, 300.0, 9_000.0, 60_000.0], 40), 1_000)
    samples = np.clip(chance.standard_normal(40_000) * loudness, -32768, 32767).astype("<i2")
    whole, parted = make_detector(sensing, rate), make_detector(sensing, rate)

    expected = whole.feed(samples[:pause].tobytes()) + whole.finish() + whole.feed(samples[pause:].tobytes())
    found: list[Edge] = []
    places = sorted({0, *cuts, pause, 40_000})
    for start, end in pairwise(places):
        if start == pause:
            found += parted.finish()
        found += parted.feed(samples[start:end].tobytes())
    if pause == 40_000:
        found += parted.finish()

    assert found == expected
    assert whole.finish() == parted.finish()
    kinds = [edge.kind for edge in expected]
    assert kinds == (["start", "end"] * len(kinds))[: len(kinds)]
    places = [place for edge in expected for place in (edge.since, edge.at)]
    assert all(0 <= edge.since <= edge.at <= 40_000 for edge in expected)
    assert [edge.at for edge in expected] == sorted(edge.at for edge in expected)
    assert [edge.since for edge in expected] == sorted(edge.since for edge in expected)


@pytest.mark.parametrize("sensing", [SENSING, FIXED])
def test_what_is_remembered_does_not_grow(sensing: Sensing):
    detector = make_detector(sensing, RATE)
    hello = pcm(HELLO, white(1, RATE, -50))
    sizes = []
    for _ in range(6):
        for at in range(0, len(hello), 644):
            detector.feed(hello[at : at + 644])
        sizes.append(state_size(detector))
    assert max(sizes[2:]) <= sizes[1] + 700
    assert max(sizes) < 10_000


def state_size(detector: Detector) -> int:
    """Bytes that it takes written down, without the tables that all detectors of a rate share."""
    return len(pickle.dumps({k: v for k, v in vars(detector).items() if k != "_spectrum"}))


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_a_fixed_level_is_all_that_counts_in_a_fixed_detector(rate: int):
    frame = round(rate / 50)
    above, below = (np.full(frame, round(32768 * 10 ** (dbfs / 20))) for dbfs in (-29.9, -30.1))
    frames = [below] * 10 + [above] * 5 + [below] * 24 + [above] + [below] * 25 + [above] * 4 + [below] * 50
    sound = np.concatenate(frames).astype("<i2").tobytes()

    edges = heard(sound, FIXED, rate)

    assert edges == [Edge("start", 15 * frame, 10 * frame), Edge("end", 65 * frame, 40 * frame)]


def test_a_fixed_detector_hears_tones_and_is_deaf_below_its_level():
    assert len(turns(pcm(silence(1, RATE), tone(1, RATE, -29), silence(1, RATE)), FIXED)) == 1
    assert turns(pcm(silence(1, RATE), tone(1, RATE, -31), silence(1, RATE)), FIXED) == []


def test_a_fixed_detector_takes_dips_off_the_speech_before_a_start():
    loud, quiet = tone(0.02, RATE, -20), silence(0.02, RATE)
    sound = pcm(*[loud, loud, quiet] * 5)
    [(start, _)] = turns(sound, FIXED)
    # Two steps up and one down: the fifth is reached in the eleventh frame.
    assert start == pytest.approx(0.22)
