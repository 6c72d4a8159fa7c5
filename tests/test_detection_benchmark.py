"""The scores mean what the benchmark's docstring says they mean."""

from itertools import combinations

import numpy as np
import pytest
from benchmarks.detection.noises import clicks, fan, hum, pink, white
from benchmarks.detection.scoring import Heard, Score, frames_of, score
from benchmarks.detection.speech import OTHER_VOICES, SPLITS, lines
from benchmarks.detection.streams import Stream

from gemlive_emulator.audio.voice_table import VOICES, traits_of

UTTERANCES = ((1.0, 3.0), (5.0, 6.0))


def stream(utterances: tuple[tuple[float, float], ...] = UTTERANCES) -> Stream:
    active = np.zeros(800, bool)
    for begin, end in utterances:
        active[round(begin * 100) : round(end * 100)] = True
    return Stream("clean", 16_000, bytes(2 * 16_000 * 8), utterances, active)


def scored(*turns: tuple[float, float], utterances: tuple[tuple[float, float], ...] = UTTERANCES) -> Score:
    heard = stream(utterances)
    return score([(heard, Heard(list(turns), heard.active))])


def test_turns_in_time_match():
    row = scored((1.1, 3.5), (5.2, 6.7)).row()
    assert row["f1_segments"] == row["f1_frames"] == 1
    assert row["start_ms"] == pytest.approx(150)
    assert row["end_ms"] == pytest.approx(600)
    assert all(row[name] == 0 for name in row if name.endswith(("percent", "hour")))


@pytest.mark.parametrize(
    ("turns", "named"),
    [
        pytest.param([(1.1, 3.5)], {"missed": 1}, id="missed"),
        pytest.param([(1.1, 3.5), (4.8, 6.5)], {"swallowed": 1, "false_starts": 1}, id="begun in the noise before"),
        pytest.param([(1.1, 6.5)], {"glued": 1, "swallowed": 1}, id="two in one"),
        pytest.param([(1.1, 2.0), (2.5, 3.5), (5.2, 6.5)], {"cut": 1}, id="one in two"),
        pytest.param([(1.1, 3.5), (5.5, 6.5)], {}, id="too late"),
        pytest.param([(1.1, 3.5), (5.1, 7.0)], {}, id="ended too late"),
    ],
)
def test_what_goes_wrong_has_a_name(turns: list[tuple[float, float]], named: dict[str, int]):
    found = scored(*turns)
    assert found.matches == (0 if "glued" in named else 1)
    names = ("missed", "swallowed", "glued", "cut", "false_starts")
    assert {name: getattr(found, name) for name in names} == dict.fromkeys(names, 0) | named


def test_starts_in_noise_alone_are_counted_apart():
    found = scored((1.0, 2.0), (3.0, 4.0), utterances=())
    assert found.row()["noise_starts_per_hour"] == 2 * 3600 / 8
    assert (found.utterances, found.turns) == (0, 0)


def test_frames_of_any_length_become_frames_of_10_ms():
    assert frames_of([True, False], 0.02).tolist() == [True, True, False, False]
    assert frames_of([True, False, True], 0.032).tolist() == [True] * 4 + [False] * 3 + [True] * 2


@pytest.mark.parametrize(("one", "other"), list(combinations(SPLITS, 2)))
def test_nothing_is_common_to_two_sets(one: str, other: str):
    first, second = SPLITS[one], SPLITS[other]
    assert first.seed != second.seed
    assert not set(first.voices) & set(second.voices)
    assert not {text for _, text in first.texts} & {text for _, text in second.texts}


@pytest.mark.parametrize("name", list(SPLITS))
def test_no_line_of_a_set_is_said_twice(name: str):
    assert len(set(lines(SPLITS[name]))) == 128


def test_the_other_voices_are_made_of_nothing_that_ours_are_made_of():
    assert not {traits.variant for traits in OTHER_VOICES.values()} & {traits_of(voice).variant for voice in VOICES}


@pytest.mark.parametrize("noise", [white, pink, hum, fan, clicks])
def test_noise_is_the_same_for_the_same_seed(noise):
    first, second, other = (noise(16_000, 16_000, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
    assert noise is clicks or np.mean(first**2) == pytest.approx(1, rel=0.05)
