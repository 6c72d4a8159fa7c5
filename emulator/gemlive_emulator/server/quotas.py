"""How much each key has used: sessions at once, sessions and tokens per minute."""

from asyncio import Future
from collections.abc import Callable
from math import inf
from os import urandom

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.clock import Alarm, Clock
from gemlive_emulator.server.keys import Allowance
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.server.waits import Waits, answer_of
from gemlive_emulator.store.counters import Counters, Soon, Spent
from gemlive_emulator.wire.closes import KEY_STATES, fault
from gemlive_emulator.wire.errors import ClientFault

MINUTE = 60.0

LEASE_SECONDS = 30.0
"""For how long, in real seconds, a session's place outlives an emulator that was killed, where several share a store.
Long enough for one that stands still for a while to go on; the real server's figure is not known."""

RENEWALS = 3
"""How often a place is taken again in that time."""

log = redacting_logger("quotas")


@dataclass(frozen=True, slots=True)
class Seat:
    """The place of one session.

    Attributes:
        name: of what it is one of.
        most: how many there are.
    """

    name: str
    most: int


class Quotas:
    """Holds each key to its limits; keys without any cost nothing. A key is known by its fingerprint, the ``owner``.

    Args:
        counters: keep the counts.
        clock: rings when places have to be taken again.
        now: tells what time it is for the counters.
        haste: seconds of the clock that pass in a real one.
    """

    def __init__(self, counters: Counters, clock: Clock, now: Callable[[], float], haste: float = 1.0) -> None:
        self._counters = counters
        self._clock = clock
        self._now = now
        self._lease = LEASE_SECONDS * haste if counters.shared else inf
        # The sessions of a seed have the same names at every emulator.
        self._mark = urandom(8).hex()
        self._seats: dict[str, Seat] = {}
        self._alarm: Alarm | None = None

    def check(self, owner: str, allowance: Allowance) -> Waits[None]:
        """Look whether one more session may begin, without counting it.

        Raises:
            ClientFault: not now; with the real server's words for every quota, and a hint that says which.
        """
        most, counters = allowance.sessions, self._counters
        if most and (yield from answer_of(counters.taken(f"{_SESSIONS}{owner}", self._now()))) >= most:
            raise _full(most)
        yield from self._check_tokens(owner, allowance)
        most = allowance.sessions_per_minute
        if most and (yield from self._begun(owner, 0)) >= most:
            raise _too_many(most)

    def begin(self, owner: str, allowance: Allowance, session: str) -> Waits[None]:
        """Count a session that begins; in any case it has to :meth:`end`.

        Raises:
            ClientFault: it may not, see :meth:`check`.
        """
        if allowance.sessions:
            yield from self._sit(session, Seat(f"{_SESSIONS}{owner}", allowance.sessions))
        yield from self._check_tokens(owner, allowance)
        most = allowance.sessions_per_minute
        if most and (yield from self._begun(owner, 1)) > most:
            # Counted before it is judged, so that of two emulators only one can have the last.
            yield from self._begun(owner, -1)
            raise _too_many(most)

    def end(self, session: str) -> None:
        """A session is over, if it ever began."""
        seat = self._seats.pop(session, None)
        if seat is None:
            return
        self._heed(self._counters.give_back(seat.name, self._holder(session)))
        if self._alarm is not None and not self._seats:
            self._alarm.cancel()
            self._alarm = None

    def tokens_are_out(self, owner: str, most: int) -> Waits[bool]:
        """Whether a key has used as many tokens in this minute as it may."""
        return (yield from answer_of(self.use_tokens(owner, 0))).total >= most

    def use_tokens(self, owner: str, tokens: int) -> Soon[Spent]:
        """Count tokens of a turn; gives those of this minute."""
        return self._counters.spend(f"{_TOKENS}{owner}", tokens, MINUTE, self._now())

    def _sit(self, session: str, seat: Seat) -> Waits[None]:
        # Noted before it is known whether there is one: the session may end while the store is asked.
        self._seats[session] = seat
        if not (yield from answer_of(self._take(session, seat))):
            del self._seats[session]
            raise _full(seat.most)
        self._watch()

    def _take(self, session: str, seat: Seat) -> Soon[bool]:
        return self._counters.take(seat.name, self._holder(session), seat.most, self._lease, self._now())

    def _holder(self, session: str) -> str:
        return f"{self._mark}/{session}"

    def _check_tokens(self, owner: str, allowance: Allowance) -> Waits[None]:
        most = allowance.tokens_per_minute
        if most and (yield from self.tokens_are_out(owner, most)):
            raise _exceeded(f"the key has used its {most} tokens of this minute")

    def _begun(self, owner: str, more: int) -> Waits[float]:
        spent = self._counters.spend(f"{_BEGUN}{owner}", more, MINUTE, self._now())
        return (yield from answer_of(spent)).total

    def _watch(self) -> None:
        """Have the clock ring when the places have to be taken again."""
        if self._lease < inf and self._alarm is None:
            self._alarm = self._clock.call_at(self._clock.now() + self._lease / RENEWALS, self._renew)

    def _renew(self) -> None:
        self._alarm = None
        for session, seat in self._seats.items():
            self._heed(self._take(session, seat))
        self._watch()

    def _heed(self, soon: Soon[bool] | Soon[None]) -> None:
        """Nobody waits for this; but time does, and the log tells if it went wrong."""
        if isinstance(soon, Future):
            self._clock.hold()
            soon.add_done_callback(self._heard)

    def _heard(self, done: "Future[bool] | Future[None]") -> None:
        self._clock.release()
        if (error := done.exception()) is not None:
            log.warning("the places of sessions are not up to date: %s", error)
        elif done.result() is False:
            log.warning("a session lost its place to another: this emulator stood still for %g s", LEASE_SECONDS)


_SESSIONS, _BEGUN, _TOKENS = "sessions/", "begun/", "tokens/"


def _full(most: int) -> ClientFault:
    return _exceeded(f"{most} sessions of this key are open at once, as many as it may have")


def _too_many(most: int) -> ClientFault:
    return _exceeded(f"the key has begun its {most} sessions of this minute")


def _exceeded(hint: str) -> ClientFault:
    return fault(KEY_STATES["out-of-quota"], hint)
