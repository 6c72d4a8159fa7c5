"""What is between the network and the sound card."""


class Speaker:
    """Sound that waits to be played: s16le mono, 24 kHz. The sound card takes ``waiting`` from its beginning."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def feed(self, pcm: bytes) -> None:
        """Let this be played behind what waits already."""
        self.waiting += pcm

    def flush(self) -> None:
        """Be silent at once."""
        self.waiting.clear()
