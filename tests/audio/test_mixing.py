"""Samples of other kinds as 16-bit mono: against the samples themselves, and read from WAV files."""

import struct

import pytest

from gemlive_emulator.audio.mixing import mono
from gemlive_emulator.audio.wav import from_wav, mono_from_wav, to_wav

VALUES = [0, 1, -1, 32_767, -32_768, 12_345]


def s16(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}h", *values)


def wav(samples: bytes, channels: int, bits: int, rate: int = 8_000) -> bytes:
    """A WAV file of any PCM."""
    block = channels * bits // 8
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * block, block, bits)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("samples", "bits", "expected"),
    [
        (s16(*VALUES), 16, s16(*VALUES)),
        (b"".join(struct.pack("<i", value << 16) for value in VALUES), 32, s16(*VALUES)),
        (b"".join(struct.pack("<i", value << 8)[:3] for value in VALUES), 24, s16(*VALUES)),
        (bytes([128, 0, 255, 129]), 8, s16(0, -32_768, 32_512, 256)),
    ],
)
def test_every_width_becomes_16_bits(samples: bytes, bits: int, expected: bytes):
    assert mono(samples, 1, bits) == expected
    assert mono_from_wav(wav(samples, 1, bits)) == (expected, 8_000)


def test_channels_are_averaged():
    assert mono(s16(100, 300, -2, -4, 32_767, 32_767), 2, 16) == s16(200, -3, 32_767)
    assert mono(s16(3, 6, 9), 3, 16) == s16(6)


@pytest.mark.parametrize(
    ("samples", "channels", "bits"), [(b"\1\2\3", 1, 16), (b"\1\2\3\4\5\6\7", 2, 16), (b"", 2, 24)]
)
def test_a_sample_that_is_not_whole_is_dropped(samples: bytes, channels: int, bits: int):
    assert len(mono(samples, channels, bits)) == len(samples) // (channels * bits // 8) * 2


def test_what_is_mono_already_stays_as_it_is():
    assert mono_from_wav(to_wav(s16(*VALUES), 44_100)) == from_wav(to_wav(s16(*VALUES), 44_100))


def test_other_widths_are_refused():
    with pytest.raises(ValueError, match="a WAV file of 12 bits; 8, 16, 24 or 32 are needed"):
        mono_from_wav(wav(b"\0\0", 1, 12))
