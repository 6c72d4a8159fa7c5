"""Samples of other kinds as what the API takes: 16 bits, one channel."""


def mono(samples: bytes, channels: int, bits: int) -> bytes:
    """The mean of all channels, as s16le; a last sample that is not whole is dropped.

    Args:
        samples: interleaved, little endian; of 8 bits without a sign, as WAV files have them.
        channels: 1 or more.
        bits: 8, 16, 24 or 32.
    """
    width = bits // 8
    frames = len(samples) // (width * channels)
    samples = samples[: frames * width * channels]
    if (channels, bits) == (1, 16):
        return samples
    import numpy as np  # loaded with the first sound that needs it

    flat = np.frombuffer(samples, np.uint8).reshape(frames * channels, width)
    if bits == 8:
        values = (flat[:, 0].astype(np.int32) - 128) << 8
    else:
        # The two upper bytes are the sample at 16 bits.
        values = np.ascontiguousarray(flat[:, width - 2 :]).view("<i2")[:, 0].astype(np.int32)
    mixed: bytes = (values.reshape(frames, channels).sum(axis=1) // channels).astype("<i2").tobytes()
    return mixed
