"""The trace shows what the detector sees, since it is the detector's own doing."""

import pytest
from sounds import on, pcm, silence, spoken, tone, white

from gemlive_emulator.audio.activity import Sensing
from gemlive_emulator.audio.detector import make_detector
from gemlive_emulator.audio.trace import trace


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000])
def test_there_is_a_frame_for_all_sound_but_a_last_part(rate: int):
    size = make_detector(Sensing(), rate).frame
    frames = trace(bytes(2 * (10 * size + size - 1)), rate, Sensing())
    assert [frame.at for frame in frames] == [size * index for index in range(1, 11)]
    assert all(frame.level_dbfs == -120 and not frame.speech for frame in frames)
    assert trace(b"", rate, Sensing()) == []


def test_speech_is_where_the_score_is_above_the_threshold():
    hello = spoken(16_000)
    frames = trace(pcm(on(white(4, 16_000, -50), hello, 1.5, 16_000)), 16_000, Sensing(silence_ms=500))
    assert all((frame.score > frame.threshold) == frame.speech for frame in frames)
    talking = [frame for frame in frames if 1.6 < frame.at / 16_000 < 1.5 + len(hello) / 16_000]
    quiet = [frame for frame in frames if frame.at / 16_000 < 1.4]
    assert sum(frame.speech for frame in talking) > 0.7 * len(talking)
    assert not any(frame.speech for frame in quiet)
    assert max(frame.level_dbfs for frame in talking) == pytest.approx(-18, abs=4)
    assert quiet[-1].level_dbfs == pytest.approx(-50, abs=1)
    assert quiet[-1].floor_dbfs == pytest.approx(-50, abs=1.5)


def test_a_fixed_level_is_shown_as_the_floor():
    frames = trace(pcm(silence(0.1, 16_000), tone(0.1, 16_000, -20)), 16_000, Sensing(threshold_dbfs=-30.0))
    assert [frame.speech for frame in frames] == [False] * 5 + [True] * 5
    assert {frame.floor_dbfs for frame in frames} == {-30.0}
    assert {frame.threshold for frame in frames} == {0.0}
    assert frames[0].score == -90
    assert frames[-1].score == pytest.approx(10, abs=0.1)


def test_a_rate_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="3999 Hz"):
        trace(b"", 3_999, Sensing())
