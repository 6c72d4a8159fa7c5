"""What a store outside this process is asked to do."""

from collections.abc import Callable

from gemlive_emulator.records import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """Write entries of a history and its head, and let handles stand for it.

    Attributes:
        history: number of the history, drawn by who writes it.
        first: position of the first entry to write; all before it were written earlier. One that is there already is
            replaced.
        end: position behind the last.
        entries: gives the entries up to there, a text each, from a position on: from the very first if the store has
            lost what was written earlier. Safe from any thread.
        head: what else is true of the history by now.
        handles: that stand for it.
        moment: whether they go on standing for what is written now, and not for what the history comes to be.
        expires: when all this can be thrown away.
        now: what time it is.
    """

    history: int
    first: int
    end: int
    entries: Callable[[int], list[str]]
    head: str
    handles: tuple[str, ...]
    moment: bool
    expires: float
    now: float


@dataclass(frozen=True, slots=True)
class Find:
    """Give the :class:`~gemlive_emulator.store.record.Kept` of a handle, or ``None``."""

    handle: str
    now: float


@dataclass(frozen=True, slots=True)
class Forget:
    """Let a handle stand for nothing."""

    handle: str


@dataclass(frozen=True, slots=True)
class Take:
    """See :meth:`~gemlive_emulator.store.counters.Counters.take`."""

    name: str
    holder: str
    most: int
    expires: float
    now: float


@dataclass(frozen=True, slots=True)
class GiveBack:
    """See :meth:`~gemlive_emulator.store.counters.Counters.give_back`."""

    name: str
    holder: str


@dataclass(frozen=True, slots=True)
class Spend:
    """See :meth:`~gemlive_emulator.store.counters.Counters.spend`."""

    name: str
    amount: float
    until: float
    now: float


@dataclass(frozen=True, slots=True)
class Taken:
    """See :meth:`~gemlive_emulator.store.counters.Counters.taken`."""

    name: str
    now: float


@dataclass(frozen=True, slots=True)
class Note:
    """See :meth:`~gemlive_emulator.store.counters.Counters.note`."""

    name: str
    text: str
    expires: float
    now: float


@dataclass(frozen=True, slots=True)
class Noted:
    """See :meth:`~gemlive_emulator.store.counters.Counters.noted`."""

    name: str
    now: float


Order = Change | Find | Forget | Take | GiveBack | Taken | Spend | Note | Noted
