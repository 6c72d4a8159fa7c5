"""How much each key has used: sessions at once, sessions and tokens per minute."""

from collections import OrderedDict
from math import inf
from typing import Protocol, TypeVar

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.keys import Allowance, fingerprint
from gemlive_emulator.wire.closes import KEY_STATES, fault
from gemlive_emulator.wire.errors import ClientFault

MINUTE = 60.0
MOST_NAMES = 10_000
"""Names that are counted in memory; one more drops the one that was used longest ago."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spent:
    """How much is used up in the window that ends at ``until``; after that the total is 0 again."""

    total: float
    until: float


class Ledger(Protocol):
    """Where counts are kept. All times are seconds, and ``now`` is the caller's; a key goes into names unreadably."""

    def take(self, name: str, holder: str, most: int, lasts: float, now: float) -> bool:
        """Take one of ``most`` places for so long, or go on holding it; gives whether there was one."""
        ...

    def give_back(self, name: str, holder: str) -> None:
        """Let others have the place, if it is held."""
        ...

    def spend(self, name: str, amount: float, window: float, now: float) -> Spent:
        """Use something up. The window begins with the first use and lasts so many seconds; 0 only asks."""
        ...


class MemoryLedger:
    """Counts of one process."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, dict[str, float]] = OrderedDict()
        self._spent: OrderedDict[str, Spent] = OrderedDict()

    def take(self, name: str, holder: str, most: int, lasts: float, now: float) -> bool:
        """See :meth:`Ledger.take`."""
        held = {other: until for other, until in self._places.get(name, {}).items() if until > now}
        taken = holder in held or len(held) < most
        if taken:
            held[holder] = now + lasts
        self._places[name] = held
        _make_room(self._places, name)
        return taken

    def give_back(self, name: str, holder: str) -> None:
        """See :meth:`Ledger.give_back`."""
        held = self._places.get(name, {})
        held.pop(holder, None)
        if not held:
            self._places.pop(name, None)

    def spend(self, name: str, amount: float, window: float, now: float) -> Spent:
        """See :meth:`Ledger.spend`."""
        before = self._spent.get(name)
        if before is None or before.until <= now:
            before = Spent(0.0, now + window)
        if amount:
            before = self._spent[name] = Spent(before.total + amount, before.until)
            _make_room(self._spent, name)
        return before


def _make_room(names: OrderedDict[str, T], latest: str) -> None:
    names.move_to_end(latest)
    if len(names) > MOST_NAMES:
        names.popitem(last=False)


class Quotas:
    """Holds each key to its limits; keys without any cost nothing.

    Args:
        ledger: keeps the counts.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seats: dict[str, str] = {}

    def check(self, key: str, allowance: Allowance, now: float) -> None:
        """Look whether one more session may begin, without counting it.

        Raises:
            ClientFault: not now; with the real server's words for every quota, and a hint that says which.
        """
        name, ledger = fingerprint(key), self._ledger
        most = allowance.sessions
        if most:
            probe = f"{_SESSIONS}{name}"
            if not ledger.take(probe, "", most, inf, now):
                raise _exceeded(f"{most} sessions of this key are open at once, as many as it may have")
            ledger.give_back(probe, "")
        if self.tokens_are_out(key, allowance, now):
            raise _exceeded(f"the key has used its {allowance.tokens_per_minute} tokens of this minute")
        most = allowance.sessions_per_minute
        if most and ledger.spend(f"{_BEGUN}{name}", 0, MINUTE, now).total >= most:
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
            self._ledger.take(f"{_SESSIONS}{name}", session, allowance.sessions, inf, now)
        if allowance.sessions_per_minute:
            self._ledger.spend(f"{_BEGUN}{name}", 1, MINUTE, now)

    def end(self, session: str) -> None:
        """A session is over, if it ever began."""
        seat = self._seats.pop(session, None)
        if seat is not None:
            self._ledger.give_back(seat, session)

    def tokens_are_out(self, key: str, allowance: Allowance, now: float) -> bool:
        """Whether a key has used as many tokens in this minute as it may."""
        most = allowance.tokens_per_minute
        return bool(most) and self.use_tokens(key, 0, now) >= most

    def use_tokens(self, key: str, tokens: int, now: float) -> float:
        """Count tokens of a turn; gives those of this minute."""
        return self._ledger.spend(f"{_TOKENS}{fingerprint(key)}", tokens, MINUTE, now).total


_SESSIONS, _BEGUN, _TOKENS = "sessions/", "begun/", "tokens/"


def _exceeded(hint: str) -> ClientFault:
    return fault(KEY_STATES["out-of-quota"], hint)
