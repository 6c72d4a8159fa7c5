"""What a scenario remembers of a session: named state, and the calls that were made with what they returned."""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import field, replace
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.session.steps import Reply
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
        since: how long the history was when it was made.
    """

    name: str
    args: Mapping[str, Any]
    result: ToolResult | None = None
    since: int = 0


@dataclass(slots=True)
class Memory:
    """What one session's replies remember.

    Attributes:
        shared: state of all sessions, under its full name.
        own: state of this session.
        calls: the latest call of each function, by its name or the name that the scenario gave the call.
        last: the latest call of all.
        first: makes what the next reply begins with, given its scene.
    """

    shared: MutableMapping[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    calls: dict[str, Called] = field(default_factory=dict)
    last: Called | None = None
    first: list[Callable[[Any], Reply]] = field(default_factory=list)

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
