"""The stream of one client: whole samples, starts and ends, and the sound of what was said."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemlive_emulator.audio.activity import Sensing
from gemlive_emulator.audio.ear import KEPT_SECONDS, LONGEST_SECONDS, MOST_TEXTS, Begun, Ear, Ended
from gemlive_emulator.audio.wav import to_wav

LOUD = Sensing(prefix_ms=40, silence_ms=200, threshold_dbfs=-30.0)


def tone(seconds: float, rate: int = 16_000) -> bytes:
    return struct.pack("<hh", 12_000, -12_000) * round(seconds * rate / 2)


def quiet(seconds: float, rate: int = 16_000) -> bytes:
    return bytes(2 * round(seconds * rate))


STREAM = quiet(0.3) + tone(0.5) + quiet(0.1) + tone(0.3) + quiet(0.5) + tone(0.4) + quiet(0.4)


def heard(stream: bytes, size: int, rate: int = 16_000, sensing: Sensing = LOUD) -> list[Begun | Ended]:
    ear = Ear(sensing)
    found: list[Begun | Ended] = []
    for at in range(0, len(stream), size):
        found += ear.feed(stream[at : at + size], rate)
    return found + ear.finish()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 9_000), max_size=30), st.booleans())
def test_the_same_is_found_however_the_stream_is_cut(cuts: list[int], as_file: bool):
    stream = to_wav(STREAM, 16_000) if as_file else STREAM
    whole = heard(stream, len(stream))
    ear, found, at = Ear(LOUD), [], 0
    for cut in cuts:
        found += ear.feed(stream[at : at + cut], 16_000)
        at += cut
    found += ear.feed(stream[at:], 16_000)
    assert found + ear.finish() == whole
    assert [type(one).__name__ for one in whole] == ["Begun", "Ended", "Begun", "Ended"]


@pytest.mark.parametrize("size", [1, 333, 640, 4096])
def test_odd_pieces_and_a_file_header_do_no_harm(size: int):
    bare, filed = heard(STREAM, len(STREAM)), heard(to_wav(STREAM, 16_000), size)
    assert filed == bare


def test_an_utterance_is_what_was_said_with_a_little_around_it():
    begun, ended = heard(quiet(1.0) + tone(0.6) + quiet(0.5), 640)
    assert isinstance(begun, Begun)
    assert begun.offset == pytest.approx(1.04, abs=0.021)
    assert isinstance(ended, Ended)
    assert ended.offset == pytest.approx(1.8, abs=0.021)
    said = ended.utterance
    assert (said.seconds, said.rate, said.text) == (pytest.approx(0.6, abs=0.021), 16_000, "")
    assert tone(0.6) in said.pcm
    assert len(said.pcm) / 32_000 == pytest.approx(0.8, abs=0.05)


def test_the_words_of_a_file_go_with_its_first_utterance():
    stream = to_wav(STREAM, 16_000, text="Hello, my name is Marcelo.")
    texts = [one.utterance.text for one in heard(stream, 4096) if isinstance(one, Ended)]
    assert texts == ["Hello, my name is Marcelo.", ""]


def test_each_file_of_a_stream_tells_its_words():
    files = [to_wav(tone(0.5) + quiet(0.4), 16_000, text=text) for text in ("One.", "Two.")]
    stream = files[0] + b"\1" + files[1] + quiet(0.2)
    for size in (1, 333, 4096, len(stream)):
        found = heard(stream, size)
        assert [one.utterance.text for one in found if isinstance(one, Ended)] == ["One.", "Two."]
        assert found == heard(stream, len(stream))


def test_of_files_in_which_nobody_speaks_only_the_latest_words_are_kept():
    ear = Ear(LOUD)
    for number in range(3 * MOST_TEXTS):
        ear.feed(to_wav(b"", 16_000, text=f"{number}."), 16_000)
        ear.feed(b"", 8_000 if number == MOST_TEXTS else 16_000)
    assert len(ear._texts) == MOST_TEXTS
    _, ended = ear.feed(tone(0.5) + quiet(0.4), 16_000)
    assert isinstance(ended, Ended)
    assert ended.utterance.text == f"{3 * MOST_TEXTS - 1}."


@pytest.mark.parametrize(
    "bytes_like",
    [b"RIFF", b"RIFFRIFF....RIF", b"xRIFF1234WAVX", b"RIFF1234WAVEfmt " + b"\xff" * 40, b"R", b"zRI", b"RIF"],
)
def test_what_only_looks_like_a_header_is_sound(bytes_like: bytes):
    for size in (1, 7, 1_000):
        ear = Ear(LOUD)
        stream = quiet(0.01) + bytes_like + quiet(0.1)
        for at in range(0, len(stream), size):
            ear.feed(stream[at : at + size], 16_000)
        ear.finish()
        assert round(ear.seconds * 16_000) == len(stream) // 2


def test_a_stream_of_less_than_a_header_is_sound():
    ear = Ear(LOUD)
    assert ear.feed(b"RIFF", 16_000) == []
    assert ear.seconds == 0
    assert ear.finish() == []
    assert ear.seconds == 2 / 16_000


def test_nothing_is_no_stream():
    ear = Ear(LOUD)
    assert ear.finish() == []
    assert ear.seconds == 0
    assert ear.feed(b"", 16_000) == []
    assert ear.finish() == []


def test_speech_that_nothing_follows_ends_when_the_stream_pauses():
    ear = Ear(LOUD)
    (begun,) = ear.feed(tone(0.5), 16_000)
    assert isinstance(begun, Begun)
    assert ear.speaking
    (ended,) = ear.finish()
    assert isinstance(ended, Ended)
    assert ended.utterance.seconds == pytest.approx(0.5, abs=0.021)
    assert not ear.speaking


def test_another_rate_ends_what_was_said_and_the_offsets_go_on():
    ear = Ear(LOUD)
    ear.feed(tone(1.0), 16_000)
    (ended,) = ear.feed(quiet(1.0, 48_000), 48_000)
    assert isinstance(ended, Ended)
    assert ended.utterance.rate == 16_000
    (begun,) = ear.feed(tone(0.5, 48_000), 48_000)
    assert begun.offset == pytest.approx(2.04, abs=0.021)
    assert ear.seconds == pytest.approx(2.5)


def test_of_silence_only_the_last_seconds_are_kept():
    ear = Ear(LOUD)
    for _ in range(50):
        ear.feed(quiet(0.2), 16_000)
    most = KEPT_SECONDS + LOUD.prefix_ms / 1000
    assert most <= (ear._kept_to - ear._first) / 16_000 <= 1.2 * most + 0.2
    assert sum(map(len, ear._pieces)) == 2 * (ear._kept_to - ear._first)
    ear.feed(quiet(60), 16_000)
    assert (ear._kept_to - ear._first) / 16_000 == pytest.approx(most)
    (begun, ended) = ear.feed(tone(0.4) + quiet(0.4), 16_000)
    assert isinstance(ended, Ended)
    assert begun.offset == pytest.approx(70.04, abs=0.021)
    assert tone(0.4) in ended.utterance.pcm


def test_of_a_long_speech_the_first_minute_is_kept_and_all_of_it_counts():
    ear = Ear(LOUD)
    for _ in range(100):
        ear.feed(tone(1.0), 16_000)
    (ended,) = ear.feed(quiet(0.5), 16_000)
    assert isinstance(ended, Ended)
    assert ended.utterance.seconds == pytest.approx(100, abs=0.05)
    assert LONGEST_SECONDS - 1 <= len(ended.utterance.pcm) / 32_000 <= LONGEST_SECONDS + 1
    found = ear.feed(tone(0.4) + quiet(0.4), 16_000)
    assert tone(0.4) in found[1].utterance.pcm  # type: ignore[union-attr]


@pytest.mark.parametrize("seconds", [LONGEST_SECONDS, LONGEST_SECONDS + 2])
def test_speech_that_follows_a_long_one_in_the_same_portion_is_kept(seconds: float):
    ear = Ear(LOUD)
    for _ in range(round(seconds)):
        ear.feed(tone(1.0), 16_000)
    *_, ended = ear.feed(quiet(0.5) + tone(0.4) + quiet(0.4), 16_000)
    assert isinstance(ended, Ended)
    assert tone(0.4) in ended.utterance.pcm


def test_by_hand_all_sound_between_the_signals_is_the_utterance():
    ear = Ear(None)
    assert ear.feed(tone(1.0), 16_000) == []
    assert ear.begin() == Begun(1.0)
    assert ear.speaking
    assert ear.feed(quiet(0.25) + tone(0.25), 16_000) == []
    ended = ear.end()
    assert (ended.offset, ended.utterance.seconds) == (1.5, 0.5)
    assert ended.utterance.pcm == quiet(0.25) + tone(0.25)
    assert ear.finish() == []


def test_by_hand_an_activity_may_be_without_sound():
    ear = Ear(None)
    assert ear.begin() == Begun(0.0)
    ended = ear.end()
    assert (ended.utterance.pcm, ended.utterance.seconds) == (b"", 0)


def test_by_hand_another_rate_within_the_activity_starts_its_sound_anew():
    ear = Ear(None)
    ear.begin()
    ear.feed(tone(1.0), 16_000)
    ear.feed(tone(0.5, 8_000), 8_000)
    ended = ear.end()
    assert (ended.utterance.rate, ended.utterance.pcm) == (8_000, tone(0.5, 8_000))


@pytest.mark.parametrize("rate", [16_000, 24_000])
def test_a_header_that_does_not_fit_the_type_is_told(rate: int):
    ear = Ear(LOUD)
    ear.feed(to_wav(quiet(0.1), rate), 16_000)
    assert ("says 24000 Hz, 1 channel(s), 16 bits (PCM); it is heard as 16000 Hz" in ear.doubt) is (rate != 16_000)


def test_so_is_one_of_a_file_that_is_no_pcm():
    ear = Ear(LOUD)
    floats = bytearray(to_wav(quiet(0.1), 16_000))
    floats[20] = 3
    ear.feed(bytes(floats), 16_000)
    assert "(no PCM)" in ear.doubt


def test_speech_that_follows_a_long_one_and_a_pause_is_kept():
    ear = Ear(LOUD)
    for _ in range(70):
        ear.feed(tone(1.0), 16_000)
    (ended,) = ear.finish()
    assert isinstance(ended, Ended)
    assert ended.utterance.seconds == pytest.approx(70, abs=0.05)
    _, ended = ear.feed(tone(0.4) + quiet(0.4), 16_000)
    assert isinstance(ended, Ended)
    assert tone(0.4) in ended.utterance.pcm


def test_half_a_sample_at_the_end_of_a_stream_does_not_shift_the_next_one():
    ear = Ear(LOUD)
    ear.feed(tone(0.5) + b"\1", 16_000)
    ear.finish(over=True)
    _, ended = ear.feed(tone(0.4) + quiet(0.4), 16_000)
    assert isinstance(ended, Ended)
    assert tone(0.4) in ended.utterance.pcm


def test_a_stream_that_only_stalls_goes_on_with_the_other_half():
    ear = Ear(LOUD)
    sound = tone(0.5) + quiet(0.4)
    ear.feed(sound[:3_333], 16_000)
    ear.finish()
    _, ended = ear.feed(sound[3_333:], 16_000)
    assert isinstance(ended, Ended)
    assert ended.utterance.pcm.startswith(tone(0.1))


def test_by_hand_what_waits_for_a_header_belongs_to_where_it_came():
    ear = Ear(None)
    ear.feed(b"RIFF1234WAVE", 16_000)
    ear.begin()
    ear.feed(tone(0.1) + b"RI", 16_000)
    assert ear.end().utterance.pcm == tone(0.1) + b"RI"
    ear.feed(b"\1", 16_000)
    ear.begin()
    ear.feed(tone(0.1), 16_000)
    assert ear.end().utterance.pcm == tone(0.1)


def test_a_file_without_words_adds_none():
    stream = to_wav(tone(0.5), 16_000, text="One.") + to_wav(tone(0.5) + quiet(0.4), 16_000)
    assert [one.utterance.text for one in heard(stream, 4096) if isinstance(one, Ended)] == ["One."]
