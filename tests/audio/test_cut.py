"""Cutting: the sizes that were recorded, and nothing lost."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemlive_emulator.audio.cut import cut, joined, recut
from gemlive_emulator.audio.speech import Sound, Word


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        (0, []),
        (2, [2]),
        (9_600, [9_600]),
        (9_602, [9_602]),
        (10_560, [9_600, 960]),
        (21_600, [9_600, 12_000]),
        (48_000, [9_600, 11_520, 11_520, 11_520, 3_840]),
    ],
)
def test_the_first_part_is_200_ms_and_the_others_240(size: int, parts: list[int]) -> None:
    speech = cut(Sound(bytes(size), ()), "")
    assert [len(b64decode(chunk.base64)) for chunk in speech.chunks] == parts
    assert [2 * chunk.samples for chunk in speech.chunks] == parts


def test_what_begins_no_answer_is_240_ms_from_the_start() -> None:
    speech = cut(Sound(bytes(30_000), ()), "", first=False)
    assert [2 * chunk.samples for chunk in speech.chunks] == [11_520, 11_520, 6_960]


@given(st.binary(max_size=50_000))
def test_decoded_and_joined_the_parts_are_the_sound(pcm: bytes) -> None:
    whole = pcm[: len(pcm) // 2 * 2]
    speech = cut(Sound(pcm, (Word("a", 0.0, 1.0),)), "a")
    assert b"".join(b64decode(chunk.base64) for chunk in speech.chunks) == whole
    assert speech.seconds == pytest.approx(len(whole) / 48_000)
    assert (speech.text, speech.words) == ("a", (Word("a", 0.0, 1.0),))


def test_a_chunk_knows_how_long_it_plays() -> None:
    assert cut(Sound(bytes(9_600), ()), "").chunks[0].seconds == pytest.approx(0.2)


def test_joined_sounds_follow_each_other() -> None:
    both = joined([Sound(b"ab" * 24_000, (Word("a", 0.0, 0.5),)), Sound(b"cd", (Word("b", 0.25, 0.5),))])
    assert both == Sound(b"ab" * 24_000 + b"cd", (Word("a", 0.0, 0.5), Word("b", 1.25, 1.5)))


def test_speech_is_cut_anew_without_a_loss():
    pcm = bytes(range(256)) * 200
    speech = recut(cut(Sound(pcm, (Word("a", 0.0, 1.0),)), "a"), 0.1)
    assert [chunk.samples for chunk in speech.chunks] == [2_400] * 10 + [1_600]
    assert b"".join(b64decode(chunk.base64) for chunk in speech.chunks) == pcm
    assert (speech.text, speech.words) == ("a", (Word("a", 0.0, 1.0),))
