"""What holds for all emulators that share a store: places that are taken, amounts that are used up, and notes."""

from asyncio import Future
from collections import OrderedDict
from typing import Protocol, TypeAlias, TypeVar

from gemlive_emulator.records import dataclass

T = TypeVar("T")

Soon: TypeAlias = T | Future[T]
"""The answer of a store: at once, or by a future of the running loop where somebody else has to be asked."""

MOST_NAMES = 10_000
"""Names of each kind that are kept in memory; one more drops the one that was used longest ago."""

MOST_NOTED = 16 * 1024 * 1024
"""Characters of all notes that are kept in memory; beyond it, too, the one that was used longest ago is dropped."""


@dataclass(frozen=True, slots=True)
class Spent:
    """How much is used up.

    Attributes:
        total: in the window that is under way, with what was just used.
        until: when the window ends and the total is 0 again.
    """

    total: float
    until: float


class Counters(Protocol):
    """What quotas and locks are made of.

    Names are the caller's. A key belongs into a name only as its
    :func:`~gemlive_emulator.store.record.fingerprint`. All times are seconds, and ``now`` is the caller's.

    Attributes:
        shared: whether other emulators may use them at the same time, so that answers come later, by a future, and a
            place has to be taken again and again.
    """

    @property
    def shared(self) -> bool:
        """See above."""
        ...

    def reset(self) -> None:
        """Forget all this, unless it is shared."""
        ...

    def take(self, name: str, holder: str, most: int, lasts: float, now: float) -> Soon[bool]:
        """Take one of ``most`` places for ``lasts`` seconds, or go on holding it; gives whether there was one.

        With one place this is a lease: who has it is alone. The places of an emulator that died come free by
        themselves, so a holder has to take its place again before it lapses.
        """
        ...

    def give_back(self, name: str, holder: str) -> Soon[None]:
        """Let others have the place. One that is not held, or is by somebody else, stays as it is."""
        ...

    def taken(self, name: str, now: float) -> Soon[int]:
        """How many of the places are taken."""
        ...

    def spend(self, name: str, amount: float, window: float, now: float) -> Soon[Spent]:
        """Use something up. The window begins with the first use and lasts so many seconds; 0 only asks."""
        ...

    def note(self, name: str, text: str, lasts: float, now: float) -> Soon[None]:
        """Keep a text for so many seconds, in place of an earlier one of this name."""
        ...

    def noted(self, name: str, now: float) -> Soon[str | None]:
        """The text of a name; ``None`` if there is none any more."""
        ...


class MemoryCounters:
    """Counts and notes of one process."""

    shared = False

    def __init__(self) -> None:
        self._places: OrderedDict[str, dict[str, float]] = OrderedDict()
        self._spent: OrderedDict[str, Spent] = OrderedDict()
        self._notes: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._noted = 0

    def reset(self) -> None:
        """See :meth:`Counters.reset`."""
        for names in (self._places, self._spent, self._notes):
            names.clear()
        self._noted = 0

    def take(self, name: str, holder: str, most: int, lasts: float, now: float) -> bool:
        """See :meth:`Counters.take`."""
        held = self._held(name, now)
        taken = holder in held or len(held) < most
        if taken:
            held[holder] = now + lasts
        self._places[name] = held
        _make_room(self._places, name)
        return taken

    def give_back(self, name: str, holder: str) -> None:
        """See :meth:`Counters.give_back`."""
        held = self._places.get(name, {})
        held.pop(holder, None)
        if not held:
            self._places.pop(name, None)

    def spend(self, name: str, amount: float, window: float, now: float) -> Spent:
        """See :meth:`Counters.spend`."""
        before = self._spent.get(name)
        if before is None or before.until <= now:
            before = Spent(0.0, now + window)
            if not amount:
                return before
        spent = self._spent[name] = Spent(before.total + amount, before.until)
        _make_room(self._spent, name)
        return spent

    def taken(self, name: str, now: float) -> int:
        """See :meth:`Counters.taken`."""
        return len(self._held(name, now))

    def note(self, name: str, text: str, lasts: float, now: float) -> None:
        """See :meth:`Counters.note`."""
        self._forget_note(name)
        self._notes[name] = (now + lasts, text)
        self._noted += len(text)
        # The one that has just come stays, however long it is.
        while len(self._notes) > MOST_NAMES or (len(self._notes) > 1 and self._noted > MOST_NOTED):
            self._forget_note(next(iter(self._notes)))

    def noted(self, name: str, now: float) -> str | None:
        """See :meth:`Counters.noted`."""
        until, text = self._notes.get(name, (now, ""))
        if until <= now:
            self._forget_note(name)
            return None
        self._notes.move_to_end(name)
        return text

    def _forget_note(self, name: str) -> None:
        _, text = self._notes.pop(name, (0.0, ""))
        self._noted -= len(text)

    def _held(self, name: str, now: float) -> dict[str, float]:
        return {holder: until for holder, until in self._places.get(name, {}).items() if until > now}


def _make_room(names: OrderedDict[str, T], latest: str) -> None:
    names.move_to_end(latest)
    if len(names) > MOST_NAMES:
        names.popitem(last=False)
