"""What an emulator lets a test look at and wait for; a part of :class:`~gemlive_emulator.server.emulator.Emulator`."""

from typing import TYPE_CHECKING, Any

from gemlive_emulator.server.journal import Journal
from gemlive_emulator.wire.errors import EmulatorError

if TYPE_CHECKING:
    from gemlive_emulator.server.entries import Kind
    from gemlive_emulator.server.views.session_view import SessionView
    from gemlive_emulator.server.views.waiting import Found


class Watching:
    """Looks at the sessions of an emulator.

    Args:
        journal: of the emulator.

    Attributes:
        journal: what happened in its sessions; goes on when it is stopped and started again.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._found: set[int] = set()

    @property
    def sessions(self) -> "tuple[SessionView, ...]":
        """Those that are kept, the oldest first, open or not. Safe from any thread."""
        from gemlive_emulator.server.views.session_view import SessionView

        return tuple(map(SessionView, self.journal.pages))

    @property
    def session(self) -> "SessionView":
        """The only one.

        Raises:
            EmulatorError: there is none, or there are several; it says which.
        """
        found = self.sessions
        if len(found) != 1:
            there = "".join(f"\n  sessions[{number}]: {one!r}" for number, one in enumerate(found))
            raise EmulatorError(f"there are {len(found)} sessions, and not one{there}")
        return found[0]

    async def wait_for(
        self,
        kind: "Kind",
        *,
        timeout: float = 5.0,  # noqa: ASYNC109 -- at its end a test is told what came instead
        session: "SessionView | str | None" = None,
        **fields: Any,
    ) -> "Found":
        """Wait until something happens, or find that it has: the first that no other call has found.

        ``await emulator.wait_for("tool_calls", name="get_weather")``

        Args:
            kind: of entry in the journal: ``setup``, ``message``, ``heard``, ``turn_started``, ``speech_started``,
                ``said``, ``interrupted``, ``tool_calls``, ``tool_response``, ``turn_complete``, ``go_away``, ``close``
                and so on (:class:`~gemlive_emulator.server.entries.Entry`).
            timeout: seconds, real ones whatever the clock.
            session: only in that one.
            fields: what its details have to be: values, compiled expressions or functions of the value.

        Raises:
            NotHappened: it has not, and what came instead (an :class:`AssertionError`).
            EmulatorError: there is no such kind.
        """
        from gemlive_emulator.server.views.waiting import wait_for, wanted

        name = session if isinstance(session, str) or session is None else session.name
        return await wait_for(self.journal, wanted(kind, fields, name), timeout, taken=self._found)
