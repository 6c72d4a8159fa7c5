"""Resumption handles: when a family gives them, and what a reply may change of that."""

from collections.abc import Callable
from typing import Literal

from gemlive_emulator.session.commands import Command, Forget, HandleIssued, Remember
from gemlive_emulator.session.history import History, LiveSnapshot, Snapshot
from gemlive_emulator.session.names import Names

MOST_REMEMBERED = 100
"""Handles of one session that can be declared dead; older ones live on until they expire."""


class Handles:
    """Gives the handles of one session.

    Args:
        manner: when the family gives them (``Behaviour.handle``).
        asked: whether the client asked for them.
        history: what they stand for.
        names: makes them.
        emit: takes what is to go out.
        consumed: tells how many messages of the client are part of what a handle stands for, where the client asked to
            be told (``transparent``); ``None`` elsewhere.

    Attributes:
        asked: see above.
    """

    def __init__(
        self,
        manner: Literal["after_turn", "turn_start", "after_setup"],
        asked: bool,
        history: History,
        names: Names,
        emit: Callable[[Command], None],
        consumed: Callable[[], int] | None = None,
    ) -> None:
        self.asked = asked
        self._manner = manner
        self._history = history
        self._names = names
        self._emit = emit
        self._consumed = consumed
        self._given: list[str] = []
        self._withheld = False

    def session_opens(self) -> None:
        """The setup holds."""
        if self._manner == "after_setup":
            self._give()

    def turn_opens(self) -> None:
        """The model begins a turn."""
        self._withheld = False
        if self._manner == "turn_start" and len(self._history.entries) > 1:
            self._give()

    def results_are_in(self) -> None:
        """A turn goes on with what functions returned (recorded on 3.1: a handle right after the response)."""
        if self._manner == "turn_start":
            self._give()

    def turn_ends(self, pending: bool) -> None:
        """A turn is over; while a call is pending a session cannot be resumed (reported)."""
        if self._manner == "after_turn" and self.asked and not pending and not self._withheld:
            self._give()

    def follow(self, what: Literal["give", "withhold", "kill"]) -> None:
        """A reply wants it otherwise."""
        if what == "give":
            self._give()
        elif what == "withhold":
            self._withheld = True
        else:
            given, self._given = self._given, []
            for handle in given:
                self._emit(Forget(handle))

    def _give(self) -> None:
        handle = self._names.opaque_handle() if self._manner == "after_turn" else self._names.uuid()
        self._given = [*self._given[1 - MOST_REMEMBERED :], handle]
        self._emit(Remember(handle, self._snapshot()))
        self._emit(HandleIssued(handle, None if self._consumed is None else self._consumed()))

    def _snapshot(self) -> Snapshot | LiveSnapshot:
        return LiveSnapshot(self._history) if self._manner == "after_setup" else self._history.snapshot()
