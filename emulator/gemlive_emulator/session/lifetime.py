"""The life of a session on its connection."""

from enum import Enum, auto


class Lifetime(Enum):
    """Where a session stands between the first byte and the last."""

    CONNECTING = auto()
    AWAITING_SETUP = auto()
    JUDGING = auto()
    RECALLING = auto()
    OPEN = auto()
    CLOSED = auto()


TRANSITIONS: dict[Lifetime, dict[str, Lifetime]] = {
    Lifetime.CONNECTING: {"connect": Lifetime.AWAITING_SETUP, "close": Lifetime.CLOSED},
    Lifetime.AWAITING_SETUP: {
        "judge": Lifetime.JUDGING,
        "recall": Lifetime.RECALLING,
        "open": Lifetime.OPEN,
        "close": Lifetime.CLOSED,
    },
    Lifetime.JUDGING: {"recall": Lifetime.RECALLING, "open": Lifetime.OPEN, "close": Lifetime.CLOSED},
    Lifetime.RECALLING: {"open": Lifetime.OPEN, "close": Lifetime.CLOSED},
    Lifetime.OPEN: {"close": Lifetime.CLOSED},
    Lifetime.CLOSED: {},
}
