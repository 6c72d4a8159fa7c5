"""What a client says of the sound it sends: the MIME type of raw PCM."""

from functools import lru_cache

DEFAULT_RATE = 16_000
"""Hz; what ``audio/pcm`` without a rate is taken for (mastra#23722: no error, but worse recognition)."""

LOWEST_RATE, HIGHEST_RATE = 4_000, 192_000
"""Hz. The real server resamples "any rate" (public code); where it draws the line is inferred."""


@lru_cache(maxsize=64)
def rate_of(mime_type: str) -> int:
    """The sample rate in Hz that a MIME type of raw PCM tells (``audio/pcm;rate=24000``), 16 kHz if it tells none.

    Raises:
        ValueError: it is no raw PCM, or the rate is none; says what would be right.
    """
    kind, *parameters = (piece.strip().lower() for piece in mime_type.split(";"))
    if kind != "audio/pcm":
        raise ValueError(f"mimeType is {mime_type[:80]!r}; audio has to be raw PCM: audio/pcm;rate=16000")
    for parameter in parameters:
        name, _, told = parameter.partition("=")
        if name.strip() == "rate":
            return _rate(told.strip().strip('"'), mime_type)
    return DEFAULT_RATE


def rate_if_pcm(mime_type: str | None) -> int:
    """The same for what may be something else: 0 then; and for sound without a MIME type, which is taken for PCM."""
    try:
        return rate_of(mime_type or "audio/pcm")
    except ValueError:
        return 0


def _rate(told: str, mime_type: str) -> int:
    rate = int(told) if told.isascii() and told.isdigit() and len(told) < len(str(HIGHEST_RATE)) + 1 else 0
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        right = f"it has to be {LOWEST_RATE} to {HIGHEST_RATE} Hz, for example audio/pcm;rate=16000"
        raise ValueError(f"mimeType is {mime_type[:80]!r}: {told[:20]!r} is no sample rate; {right}")
    return rate
