"""Headers of WAV files in a stream: taken off wherever a file begins, however the stream is cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemlive_emulator.audio.unwrap import MOST_LOOKS, Unwrapper
from gemlive_emulator.audio.wav import to_wav

SOUND = bytes(range(256)) * 4


def unwrapped(stream: bytes, cuts: list[int]) -> tuple[bytes, list[str]]:
    """The sound of a stream that comes in portions, and the texts of its headers."""
    unwrapper, sound, texts, at = Unwrapper(), b"", [], 0
    for size in [*cuts, len(stream)]:
        portion = stream[at : at + size]
        at += size
        if unwrapper.is_plain(portion):
            sound += portion
            continue
        for samples, header in unwrapper.unwrap(portion):
            assert len(samples) % 2 == 0
            sound += samples
            if header is not None:
                texts.append(header.text)
    return sound + unwrapper.flush(), texts


pieces = st.lists(
    st.one_of(
        st.sampled_from(
            [
                SOUND,
                to_wav(SOUND, 16_000, text="One."),
                to_wav(SOUND, 8_000),
                to_wav(b"", 16_000, text="x" * 700),
                b"RIFF",
                b"RIFF1234WAVE",
                b"RIFF1234WAVEfmt " + b"\xff" * 40,
                b"R",
                b"RI",
                b"RIF",
            ]
        ),
        st.binary(max_size=9),
    ),
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(pieces, st.lists(st.integers(0, 900), max_size=12))
def test_however_it_is_cut_the_same_comes_out(parts: list[bytes], cuts: list[int]):
    stream = b"".join(parts)
    assert unwrapped(stream, cuts) == unwrapped(stream, [])
    if len(stream) < 400:
        assert unwrapped(stream, [1] * len(stream)) == unwrapped(stream, [])


def test_a_header_longer_than_most_is_found():
    stream = SOUND + to_wav(SOUND, 16_000, text="x" * 2_000)
    assert unwrapped(stream, []) == (SOUND + SOUND, ["x" * 2_000])
    assert unwrapped(stream, [7] * 600) == (SOUND + SOUND, ["x" * 2_000])


def test_a_file_that_begins_within_a_sample_cuts_it_off():
    assert unwrapped(b"\1\2\3" + to_wav(SOUND, 16_000, text="One."), []) == (b"\1\2" + SOUND, ["One."])


@pytest.mark.parametrize("header", [to_wav(b"", 16_000, text="x"), b"RIFF1234WAVEfmt " + b"\xff" * 40])
def test_nobody_is_kept_busy_with_headers(header: bytes):
    unwrapper = Unwrapper()
    found = list(unwrapper.unwrap(header * (3 * MOST_LOOKS)))
    assert len(found) <= MOST_LOOKS + 1
    assert unwrapper.is_plain(SOUND)
    assert [head for _, head in unwrapper.unwrap(header) if head is not None] == []


def test_half_a_sample_waits_until_the_stream_is_over():
    unwrapper = Unwrapper()
    assert list(unwrapper.unwrap(b"\1\2\3")) == [(b"\1\2", None)]
    assert unwrapper.flush() == b""
    assert list(unwrapper.unwrap(b"\4")) == [(b"\3\4", None)]
    list(unwrapper.unwrap(b"\5"))
    unwrapper.end()
    assert unwrapper.is_plain(b"\6\7")
