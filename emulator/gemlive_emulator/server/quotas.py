"""How much each key has used: sessions at once, sessions and tokens per minute."""

from math import inf

from gemlive_emulator.server.keys import Allowance
from gemlive_emulator.store.counters import MemoryCounters
from gemlive_emulator.store.record import fingerprint
from gemlive_emulator.wire.closes import KEY_STATES, fault
from gemlive_emulator.wire.errors import ClientFault

MINUTE = 60.0


class Quotas:
    """Holds each key to its limits; keys without any cost nothing.

    Args:
        counters: keep the counts.
    """

    def __init__(self, counters: MemoryCounters) -> None:
        self._counters = counters
        self._seats: dict[str, str] = {}

    def check(self, key: str, allowance: Allowance, now: float) -> None:
        """Look whether one more session may begin, without counting it.

        Raises:
            ClientFault: not now; with the real server's words for every quota, and a hint that says which.
        """
        name, counters = fingerprint(key), self._counters
        most = allowance.sessions
        if most:
            probe = f"{_SESSIONS}{name}"
            if not counters.take(probe, "", most, inf, now):
                raise _exceeded(f"{most} sessions of this key are open at once, as many as it may have")
            counters.give_back(probe, "")
        if self.tokens_are_out(key, allowance, now):
            raise _exceeded(f"the key has used its {allowance.tokens_per_minute} tokens of this minute")
        most = allowance.sessions_per_minute
        if most and counters.spend(f"{_BEGUN}{name}", 0, MINUTE, now).total >= most:
            raise _exceeded(f"the key has begun its {most} sessions of this minute")

    def begin(self, key: str, allowance: Allowance, session: str, now: float) -> None:
        """Count a session that begins.

        Raises:
            ClientFault: it may not, see :meth:`check`.
        """
        self.check(key, allowance, now)
        name = fingerprint(key)
        if allowance.sessions:
            self._seats[session] = f"{_SESSIONS}{name}"
            self._counters.take(f"{_SESSIONS}{name}", session, allowance.sessions, inf, now)
        if allowance.sessions_per_minute:
            self._counters.spend(f"{_BEGUN}{name}", 1, MINUTE, now)

    def end(self, session: str) -> None:
        """A session is over, if it ever began."""
        seat = self._seats.pop(session, None)
        if seat is not None:
            self._counters.give_back(seat, session)

    def tokens_are_out(self, key: str, allowance: Allowance, now: float) -> bool:
        """Whether a key has used as many tokens in this minute as it may."""
        most = allowance.tokens_per_minute
        return bool(most) and self.use_tokens(key, 0, now) >= most

    def use_tokens(self, key: str, tokens: int, now: float) -> float:
        """Count tokens of a turn; gives those of this minute."""
        return self._counters.spend(f"{_TOKENS}{fingerprint(key)}", tokens, MINUTE, now).total


_SESSIONS, _BEGUN, _TOKENS = "sessions/", "begun/", "tokens/"


def _exceeded(hint: str) -> ClientFault:
    return fault(KEY_STATES["out-of-quota"], hint)
