"""The two families of errors: what the real server would punish, and what is wrong on our own side."""

CLOSE_REASON_BYTES = 123
"""A close frame carries at most 125 bytes, two of them the code (RFC 6455, s. 5.5)."""


def cut(words: str) -> str:
    """Cut close words to 123 bytes of UTF-8 on a character boundary, as the real server does.

    Source: nine observed reasons of different kinds are all exactly 123 bytes long.
    """
    return words.encode("utf-8", "replace")[:CLOSE_REASON_BYTES].decode("utf-8", "ignore")


class EmulatorError(Exception):
    """Something is wrong with a scenario, a setting or the emulator itself; the client did nothing wrong."""


class ClientFault(Exception):
    """The client did what the real server punishes with a close frame.

    Attributes:
        code: the close code of the real server (1007, 1008, 1011).
        words: the reason as it goes on the wire, cut at 123 bytes.
        hint: for the log only: what was wrong, where, and what would be right.
    """

    def __init__(self, code: int, words: str, hint: str = "") -> None:
        super().__init__(words)
        self.code = code
        self.words = cut(words)
        self.hint = hint

    def __str__(self) -> str:
        told = f"{self.code} {self.words}"
        return f"{told} ({self.hint})" if self.hint else told
