"""What a scenario remembers of a session: named state, and the calls that were made with what they returned."""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import field, replace
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.session.steps import Reply, Said
from gemlive_emulator.session.tools import ToolResult

SHARED = "shared."
"""State whose name begins so belongs to all sessions of the scenario; all other state to one."""


@dataclass(slots=True)
class Called:
    """A call that a reply made.

    Attributes:
        name: of the function.
        args: that it was called with.
        result: its latest; ``None`` before the first.
        before: the latest entry of the history when its reply began.
        since: how many results replies of the session had taken by then.
        overheard: whether the result came while its reply was not there to take it.
        left: whether its reply is over.
    """

    name: str
    args: Mapping[str, Any]
    result: ToolResult | None = None
    before: Said | None = None
    since: int = 0
    overheard: bool = False
    left: bool = False

    @property
    def is_open(self) -> bool:
        """Whether no reply has taken a result of it."""
        return self.result is None or self.overheard


@dataclass(slots=True)
class Memory:
    """What one session's replies remember, or one of them: several may wait for results at the same time.

    Attributes:
        shared: state of all sessions, under its full name.
        own: state of this session.
        calls: the latest call of each function, by its name or the name that the scenario gave the call.
        last: the latest call of all.
        first: makes what the next reply begins with, given its scene.
        taken: all results that replies have taken.
        session: what the session remembers, where this is what one reply does.
        since: how many results had been taken when the reply began.
    """

    shared: MutableMapping[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    calls: dict[str, Called] = field(default_factory=dict)
    last: Called | None = None
    first: list[Callable[[Any], Reply]] = field(default_factory=list)
    taken: list[ToolResult] = field(default_factory=list)
    session: "Memory | None" = None
    since: int = 0

    def for_reply(self) -> "Memory":
        """What one reply remembers: state and calls of the session up to now, and then its own calls alone."""
        since = len(self.taken) if self.session is None else self.since
        return replace(self, calls=dict(self.calls), session=self.session or self, since=since)

    def note(self, name: str, called: Called) -> None:
        """Remember a call as the latest, for this reply and for later ones."""
        for memory in (self, self.session):
            if memory is not None:
                memory.calls.pop(name, None)  # its place is behind all others
                memory.calls[name] = memory.last = called

    def take(self, called: Called, result: ToolResult) -> None:
        """Note what a call returned to its reply; it is the result of no other call."""
        called.result, called.overheard = result, False
        self.taken.append(result)

    def get(self, name: str) -> str:
        """The value of a state; ``""`` if it was never set."""
        return (self.shared if name.startswith(SHARED) else self.own).get(name, "")

    def set(self, name: str, value: str) -> None:
        """Set a state; ``""`` is as if it had never been set."""
        state = self.shared if name.startswith(SHARED) else self.own
        if value:
            state[name] = value
        else:
            state.pop(name, None)

    def copy(self) -> "Memory":
        """As it is now, whatever is remembered later."""
        return replace(self, shared=dict(self.shared), own=dict(self.own), calls=dict(self.calls))
