"""What a MIME type of sound tells."""

import pytest

from gemlive_emulator.audio.pcm import rate_if_pcm, rate_of


@pytest.mark.parametrize(
    ("mime_type", "rate"),
    [
        ("audio/pcm", 16_000),
        ("audio/pcm;rate=16000", 16_000),
        ("audio/pcm; rate=24000", 24_000),
        ("Audio/PCM;Rate=8000", 8_000),
        ('audio/pcm;rate="48000"', 48_000),
        ("audio/pcm;channels=1;rate=44100", 44_100),
        ("audio/pcm;codec=s16le", 16_000),
        ("audio/pcm;rate=192000", 192_000),
        ("audio/pcm;rate=4000", 4_000),
    ],
)
def test_the_rate_stands_in_the_type_and_is_16_khz_if_it_does_not(mime_type: str, rate: int):
    assert rate_of(mime_type) == rate


@pytest.mark.parametrize("mime_type", ["", "audio/wav", "audio/webm;codecs=opus", "image/jpeg", "pcm", "audio/pcm16"])
def test_what_is_no_raw_pcm_is_refused_with_what_would_be_right(mime_type: str):
    with pytest.raises(ValueError, match=r"raw PCM: audio/pcm;rate=16000"):
        rate_of(mime_type)


@pytest.mark.parametrize("told", ["", "0", "-16000", "16k", "3999", "192001", "1e5", "9" * 50, "١٦٠٠٠", "16000.0"])
def test_a_rate_that_is_none_is_refused_with_what_would_be_right(told: str):
    with pytest.raises(ValueError, match=r"no sample rate; it has to be 4000 to 192000 Hz"):
        rate_of(f"audio/pcm;rate={told}")


@pytest.mark.parametrize(
    ("mime_type", "rate"), [("audio/pcm;rate=24000", 24_000), (None, 16_000), ("audio/opus", 0), ("image/jpeg", 0)]
)
def test_what_is_no_pcm_has_no_rate(mime_type: str | None, rate: int):
    assert rate_if_pcm(mime_type) == rate
