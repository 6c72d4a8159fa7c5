"""How long a session may live: the ends that come by themselves, and the word before them."""

from collections.abc import Callable
from math import inf
from typing import Literal

from gemlive_emulator.records import dataclass
from gemlive_emulator.session.commands import Close, Command, GoingAway
from gemlive_emulator.session.timers import Timer, Timers
from gemlive_emulator.wire.closes import DEADLINE, GO_AWAY_IGNORED, TOKEN_EXPIRES


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a family. Seconds; 0 is no limit.

    Attributes:
        connection: how long a connection lasts.
        audio: how long a session lasts, over all its connections, if it does not compress its context.
        video: the same for a session that was sent video.
        idle: how long a client may send nothing at all.
        context: whether a context that is larger than the model's window ends the session.
        go_away: how long before the end of connection or session ``goAway`` comes; 0 for no word at all.
        time_left: what ``goAway`` says; ``None`` for the truth.
        after_go_away: whether the model still says something after it (one report: silence).
        connection_close: code and words at the end of the connection.
        session_close: the same at the end of the session.
        idle_close: the same after too long a silence.
    """

    connection: float = 600.0
    audio: float = 900.0
    video: float = 120.0
    idle: float = 0.0
    context: bool = True
    go_away: float = 50.0
    time_left: float | None = None
    after_go_away: Literal["goes_on", "silent"] = "goes_on"
    connection_close: tuple[int, str] = DEADLINE
    session_close: tuple[int, str] = GO_AWAY_IGNORED
    idle_close: tuple[int, str] = DEADLINE

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ValueError: saying which field, and what would be right.
        """
        for name in ("connection", "audio", "video", "idle", "go_away"):
            value = getattr(self, name)
            if not 0 <= value < inf:
                raise ValueError(f"{name} is {value!r}; it has to be seconds, 0 for no limit")


UNLIMITED = Limits(connection=0, audio=0, video=0, idle=0, context=False, go_away=0)

LIFE = frozenset({Timer.GO_AWAY, Timer.CONNECTION_END, Timer.SESSION_END, Timer.CLIENT_IDLE, Timer.TOKEN_END})
"""The timers of the ends. They say nothing of the conversation, which may be at rest all the while."""


class Lifespan:
    """Ends one connection of a session in time.

    Args:
        limits: of the family.
        compresses: whether the session compresses its context, which lifts the limits of its length.
        age: seconds that it lived on earlier connections.
        emit: takes what is to go out.
        timers: of the session.
        now: when the setup was accepted.
        expires: when the client's ephemeral token does, ``inf`` without one.

    Attributes:
        silent: whether the model says nothing any more.
    """

    def __init__(
        self,
        limits: Limits,
        compresses: bool,
        age: float,
        emit: Callable[[Command], None],
        timers: Timers,
        now: float,
        expires: float = inf,
    ) -> None:
        self.silent = False
        self._limits = limits
        self._emit = emit
        self._timers = timers
        self._began = now - age
        self._heard_at = now
        self._connection_ends = now + limits.connection if limits.connection else inf
        self._session_ends = inf
        self._compresses = compresses
        self._sees = False
        if limits.idle:
            timers.set(Timer.CLIENT_IDLE, now + limits.idle)
        if self._connection_ends < inf:
            timers.set(Timer.CONNECTION_END, self._connection_ends)
        if expires < inf:
            timers.set(Timer.TOKEN_END, max(expires, now))
        self._limit_session(limits.audio, now)

    def age(self, now: float) -> float:
        """How long the session has lived, over all its connections."""
        return now - self._began

    def hear(self, now: float) -> None:
        """The client has sent something."""
        # The timer is moved along only when it goes off: that would cost as much as hearing a message.
        self._heard_at = now

    def see(self, now: float) -> None:
        """The client has sent video, which makes the session shorter."""
        if not self._sees:
            self._sees = True
            self._limit_session(self._limits.video, now)

    def fire(self, timer: Timer, now: float) -> None:
        """One of the :data:`LIFE` timers goes off."""
        limits = self._limits
        if timer is Timer.GO_AWAY:
            left = min(self._connection_ends, self._session_ends) - now
            self._emit(GoingAway(left if limits.time_left is None else limits.time_left))
            self.silent = limits.after_go_away == "silent"
        elif timer is Timer.CONNECTION_END:
            self._emit(Close(*limits.connection_close, f"a connection lasts {limits.connection:g} s"))
        elif timer is Timer.SESSION_END:
            self._emit(Close(*limits.session_close, "the session has lasted as long as it may without compression"))
        elif timer is Timer.TOKEN_END:
            self._emit(Close(*TOKEN_EXPIRES, "the client's token has a time of its own (expireTime), which is over"))
        elif now < self._heard_at + limits.idle:
            self._timers.set(timer, self._heard_at + limits.idle)
        else:
            self._emit(Close(*limits.idle_close, f"nothing came for {limits.idle:g} s"))

    def _limit_session(self, limit: float, now: float) -> None:
        if limit and not self._compresses:
            self._session_ends = min(self._session_ends, max(self._began + limit, now))
            self._timers.set(Timer.SESSION_END, self._session_ends)
        ends = min(self._connection_ends, self._session_ends)
        if self._limits.go_away and now < ends < inf:
            self._timers.set(Timer.GO_AWAY, max(ends - self._limits.go_away, now))
