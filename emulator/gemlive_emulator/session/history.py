"""What was said so far, and what it costs as context."""

from collections.abc import Sequence
from dataclasses import field
from typing import overload

from gemlive_emulator.records import dataclass
from gemlive_emulator.session.pending import PendingReply
from gemlive_emulator.session.steps import Said
from gemlive_emulator.session.tokens import count_tokens


class HistoryView(Sequence[Said]):
    """A stretch of a history, without copying it: a session of 10,000 turns costs the same every turn."""

    __slots__ = ("_end", "_entries", "_start")

    def __init__(self, entries: list[Said], start: int, end: int) -> None:
        self._entries = entries
        self._start = start
        self._end = end

    def __len__(self) -> int:
        return self._end - self._start

    @property
    def end(self) -> int:
        """Where in the history the stretch ends."""
        return self._end

    @overload
    def __getitem__(self, index: int) -> Said: ...
    @overload
    def __getitem__(self, index: slice) -> list[Said]: ...
    def __getitem__(self, index: int | slice) -> Said | list[Said]:
        if isinstance(index, slice):
            return [self._entries[self._start + position] for position in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(index)
        return self._entries[self._start + position]


@dataclass(slots=True)
class History:
    """Entries in order, append only, with running token totals by modality.

    Attributes:
        entries: what was said.
        costs: prompt tokens by modality of each entry.
        tokens: the same of all entries that are still part of the context.
        turns: how many user turns were asked to be answered.
        start: how many entries the context has lost at its beginning (compression).
        age: seconds that the session has lived over all its connections, as of what its client was last told.
        pending: replies that wait for functions.
    """

    entries: list[Said] = field(default_factory=list)
    costs: list[dict[str, int]] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)
    turns: int = 0
    start: int = 0
    age: float = 0.0
    pending: tuple[PendingReply, ...] = ()

    def add(self, said: Said, overhead: int, tokens: int | None = None) -> None:
        """Append an entry.

        Args:
            said: who said what.
            overhead: text tokens that an entry costs beside its content.
            tokens: of the content in its modality; counted from the text if not given.
        """
        self.entries.append(said)
        self.costs.append({})
        self.count(said.modality, count_tokens(said.text) if tokens is None else tokens)
        if overhead:
            self.count("TEXT", overhead)

    def count(self, modality: str, tokens: int) -> None:
        """Add to the cost of the latest entry, if there is one, and to the total."""
        self.tokens[modality] = self.tokens.get(modality, 0) + tokens
        if self.costs:
            cost = self.costs[-1]
            cost[modality] = cost.get(modality, 0) + tokens

    def compress(self, most: int) -> bool:
        """Take entries from the context, the oldest first, until it costs no more than this and starts at a user turn.

        The latest user turn stays, whatever it costs (documented: the result always starts at one).

        Returns:
            Whether anything was taken.
        """
        end = self._last_user_turn()
        start = self.start
        while start < end and (sum(self.tokens.values()) > most or self.entries[start].role != "user"):
            for modality, tokens in self.costs[start].items():
                self.tokens[modality] -= tokens
            start += 1
        taken = start > self.start
        self.start = start
        return taken

    def view(self) -> HistoryView:
        """The context up to now; later entries do not show in it."""
        return HistoryView(self.entries, self.start, len(self.entries))

    def view_until(self, end: int) -> HistoryView:
        """What stands before a position."""
        return HistoryView(self.entries, min(self.start, end), end)

    def snapshot(self) -> "Snapshot":
        """What a resumption handle stands for: everything up to now."""
        return Snapshot(self, len(self.entries), dict(self.tokens), self.turns, self.start, self.age, self.pending)

    def _last_user_turn(self) -> int:
        turns = (at for at in range(len(self.entries) - 1, self.start - 1, -1) if self.entries[at].role == "user")
        return next(turns, self.start)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A point in a history. Holds no copy: the history only grows."""

    history: History
    length: int
    tokens: dict[str, int]
    turns: int
    start: int = 0
    age: float = 0.0
    pending: tuple[PendingReply, ...] = ()

    def restore(self) -> History:
        """A history of its own that goes on from this point."""
        history, kept = self.history, slice(self.start, self.length)
        costs = [dict(cost) for cost in history.costs[kept]]
        pending = tuple(reply.without(self.start) for reply in self.pending)
        return History(history.entries[kept], costs, dict(self.tokens), self.turns, 0, self.age, pending)


@dataclass(frozen=True, slots=True)
class LiveSnapshot:
    """The session itself: what a handle of 3.8 stands for (reported: the handle names the session, not a moment)."""

    history: History

    def restore(self) -> History:
        """A history of its own that goes on from wherever the session got to."""
        return self.history.snapshot().restore()
