"""WAV in and out, AIFF in."""

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemlive_emulator.audio.aiff import from_aiff, is_aiff
from gemlive_emulator.audio.wav import from_wav, to_wav

SAMPLES = st.binary(max_size=400).map(lambda pcm: pcm[: len(pcm) // 2 * 2])
RATE_22050 = bytes.fromhex("400dac44000000000000")
"""As macOS writes it: 80 bits."""


def aiff(sound: bytes, *, channels: int = 1, bits: int = 16, compression: bytes = b"", comment: bytes = b"") -> bytes:
    kind = b"AIFC" if compression else b"AIFF"
    common = struct.pack(">hIh", channels, len(sound) // 2, bits) + RATE_22050 + compression
    parts = [(b"COMT", comment), (b"COMM", common), (b"SSND", bytes(8) + sound)]
    body = b"".join(name + struct.pack(">I", len(part)) + part + bytes(len(part) % 2) for name, part in parts)
    return b"FORM" + struct.pack(">I", 4 + len(body)) + kind + body


@given(SAMPLES, st.sampled_from([8_000, 16_000, 24_000, 48_000]))
def test_what_goes_into_a_wav_file_comes_out(pcm: bytes, rate: int) -> None:
    assert from_wav(to_wav(pcm, rate)) == (pcm, rate)


def test_a_wav_file_is_24_khz_if_nothing_is_said() -> None:
    assert from_wav(to_wav(b"ab"))[1] == 24_000


def test_a_stereo_or_8_bit_wav_file_is_refused_with_what_it_is() -> None:
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(1)
        file.setframerate(8_000)
    with pytest.raises(ValueError, match=r"2 channel\(s\) and 8 bits; 16-bit mono PCM is needed"):
        from_wav(content.getvalue())


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a file at all", to_wav(b"abcd")[:20]])
def test_no_wav_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="not a PCM WAV file"):
        from_wav(content)


@given(SAMPLES, st.sampled_from([b"", b"NONE", b"twos"]), st.binary(max_size=9))
def test_aiff_samples_are_big_endian(pcm: bytes, compression: bytes, comment: bytes) -> None:
    swapped = bytes(byte for low, high in zip(pcm[::2], pcm[1::2], strict=True) for byte in (high, low))
    content = aiff(swapped, compression=compression, comment=comment)
    assert is_aiff(content)
    assert from_aiff(content) == (pcm, 22_050)


def test_sowt_samples_are_little_endian() -> None:
    assert from_aiff(aiff(b"\x01\x02\x03\x04", compression=b"sowt")) == (b"\x01\x02\x03\x04", 22_050)


def test_other_kinds_of_aiff_are_refused_with_what_they_are() -> None:
    with pytest.raises(ValueError, match=r"2 channel\(s\), 8 bits, ulaw"):
        from_aiff(aiff(b"ab", channels=2, bits=8, compression=b"ulaw"))


@pytest.mark.parametrize("content", [b"", to_wav(b"ab"), aiff(b"")[:30]])
def test_no_aiff_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="not an AIFF file"):
        from_aiff(content)
