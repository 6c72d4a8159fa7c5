"""What was said so far, and what it costs as context."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import overload

from gemlive_emulator.session.steps import Said
from gemlive_emulator.session.tokens import count_tokens


class HistoryView(Sequence[Said]):
    """The first entries of a history, without copying them: a session of 10,000 turns costs the same every turn."""

    __slots__ = ("_entries", "_length")

    def __init__(self, entries: list[Said], length: int) -> None:
        self._entries = entries
        self._length = length

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Said: ...
    @overload
    def __getitem__(self, index: slice) -> list[Said]: ...
    def __getitem__(self, index: int | slice) -> Said | list[Said]:
        if isinstance(index, slice):
            return [self._entries[position] for position in range(*index.indices(self._length))]
        position = index + self._length if index < 0 else index
        if not 0 <= position < self._length:
            raise IndexError(index)
        return self._entries[position]


@dataclass(slots=True)
class History:
    """Entries in order, append only, with running token totals by modality.

    Attributes:
        entries: what was said.
        tokens: prompt tokens by modality of all entries.
        turns: how many user turns were asked to be answered.
    """

    entries: list[Said] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)
    turns: int = 0

    def add(self, said: Said, overhead: int, tokens: int | None = None) -> None:
        """Append an entry.

        Args:
            said: who said what.
            overhead: text tokens that an entry costs beside its content.
            tokens: of the content in its modality; counted from the text if not given.
        """
        self.entries.append(said)
        cost = count_tokens(said.text) if tokens is None else tokens
        self.count(said.modality, cost)
        if overhead:
            self.count("TEXT", overhead)

    def count(self, modality: str, tokens: int) -> None:
        """Add to the running total of a modality."""
        self.tokens[modality] = self.tokens.get(modality, 0) + tokens

    def view(self) -> HistoryView:
        """Everything said up to now; later entries do not show in it."""
        return HistoryView(self.entries, len(self.entries))

    def snapshot(self) -> "Snapshot":
        """What a resumption handle stands for: everything up to now."""
        return Snapshot(self, len(self.entries), dict(self.tokens), self.turns)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A point in a history. Holds no copy: the history only grows."""

    history: History
    length: int
    tokens: dict[str, int]
    turns: int

    def restore(self) -> History:
        """A history of its own that goes on from this point."""
        return History(self.history.entries[: self.length], dict(self.tokens), self.turns)


@dataclass(frozen=True, slots=True)
class LiveSnapshot:
    """The session itself: what a handle of 3.8 stands for (reported: the handle names the session, not a moment)."""

    history: History

    def restore(self) -> History:
        """A history of its own that goes on from wherever the session got to."""
        return self.history.snapshot().restore()
