"""What went wrong on the emulator's side, kept for the test: a client sees no more of it than a close frame."""

import threading
from collections.abc import Sequence
from typing import Protocol

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.store.record import StoreError
from gemlive_emulator.wire.closes import INTERNAL_ERROR
from gemlive_emulator.wire.errors import EmulatorError

MOST_FAILURES = 100
"""That are kept, the first ones: an exception holds on to everything its frames did."""

log = redacting_logger("session")


class Expecting(Protocol):
    """A responder that expects something of its client, such as a script."""

    @property
    def problems(self) -> Sequence[str]:
        """What came and was not expected, in words."""
        ...

    @property
    def unreached(self) -> Sequence[str]:
        """What it still waits for, in words."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """Something went wrong in a session.

    Attributes:
        session: its name, as in the log and the journal; ``""`` if there was none yet.
        error: with its traceback.
    """

    session: str
    error: Exception


def words_for(error: Exception) -> str:
    """What the client is told of an error: those of a responder's own are to help whoever wrote it."""
    return INTERNAL_ERROR[1] if isinstance(error, StoreError) else str(error) or type(error).__name__


class Failures:
    """The failures of one emulator, the first :data:`MOST_FAILURES` of them. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[Failure] = []
        self._told = 0
        self._expecting: dict[str, Expecting] = {}

    @property
    def kept(self) -> tuple[Failure, ...]:
        """All that are kept, the oldest first."""
        with self._lock:
            return tuple(self._kept)

    def add(self, session: str, error: Exception) -> None:
        """Keep an error; what else its session expected is of no interest then."""
        with self._lock:
            self._expecting.pop(session, None)
            if len(self._kept) < MOST_FAILURES:
                self._kept.append(Failure(session, error))

    def tell(self, session: str, what: str, error: Exception) -> None:
        """Keep an error and log it; what is only a mistake in a scenario needs no traceback."""
        mistake = isinstance(error, EmulatorError)
        log.error("session %s: %s: %s", session or "(none)", what, error, exc_info=None if mistake else error)
        self.add(session, error)

    def watch(self, session: str, responder: Expecting) -> None:
        """Look, when the session ends, whether all came that its responder expects, and nothing else."""
        with self._lock:
            self._expecting[session] = responder

    def ended(self, session: str, accepted: bool) -> None:
        """A session is over: what its script did not get is a failure, if its setup was ever ``accepted``."""
        with self._lock:
            responder = self._expecting.pop(session, None)
        if responder is None or not accepted:
            return
        # Once it was broken, a script stands still, so that it is no news that the rest was never reached.
        missed = responder.problems or [f"Script {waiting}: never reached" for waiting in responder.unreached]
        if missed:
            self.miss(session, missed)

    @property
    def awaited(self) -> list[str]:
        """What sessions that are open still wait for, or have not kept to, in words."""
        with self._lock:
            expecting = tuple(self._expecting.items())
        return [
            f"session {session}: {problem}"
            for session, responder in expecting
            for problem in responder.problems
            or [f"Script {waiting}: not reached yet" for waiting in responder.unreached]
        ]

    def miss(self, session: str, problems: Sequence[str]) -> None:
        """Something expected did not come, or something else did: one failure, in words."""
        # Here, since the module of its errors is only needed where there is a scenario.
        from gemlive_emulator.scenario.errors import ScriptError

        for problem in problems:
            log.warning("%s", f"session {session}: {problem}" if session else problem)
        self.add(session, ScriptError(problems))

    def check(self) -> None:
        """Raise what has failed since it was last checked; each failure is raised once.

        Raises:
            Exception: the failure itself if it is the only one.
            ExceptionGroup: several of them.
        """
        errors = [failure.error for failure in self._take()]
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise ExceptionGroup(f"{len(errors)} failures in the emulator's sessions", errors)

    def note_on(self, error: BaseException) -> None:
        """Tell an exception that is on its way what failed here: it may be the consequence."""
        for failure in self._take():
            told = f"{type(failure.error).__name__}: {failure.error}"
            error.add_note(f"The emulator's session {failure.session} failed: {told}")

    def clear(self) -> None:
        """Forget everything, and what open sessions expect."""
        with self._lock:
            self._kept.clear()
            self._expecting.clear()
            self._told = 0

    def _take(self) -> list[Failure]:
        """Those that nobody was told of."""
        with self._lock:
            new = self._kept[self._told :]
            self._told = len(self._kept)
        return new
