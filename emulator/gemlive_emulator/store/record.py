"""How a session is written down: one JSON text for what is true of it as a whole, and one for each thing that was said.

The texts are the same in every store, so that what one wrote another can be given. The head carries the version of the
form. A field that is new and may be missing needs no new version; a reader passes over fields that it does not know.
"""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.session.hearing import Words
from gemlive_emulator.session.history import History, LiveSnapshot, Snapshot
from gemlive_emulator.session.pending import PendingCall, PendingReply
from gemlive_emulator.session.steps import Said, UserTurn
from gemlive_emulator.session.tools import ToolCall, ToolResult
from gemlive_emulator.wire.errors import EmulatorError

VERSION = 1


class StoreError(EmulatorError):
    """A store cannot be used, or holds what cannot be read.

    Args:
        words: what is wrong, where, and what would be right.
    """

    def __init__(self, words: str) -> None:
        super().__init__(f"{words} (docs/errors.md#store)")


@dataclass(frozen=True, slots=True)
class Kept:
    """What is found under a handle.

    Attributes:
        snapshot: of the session.
        model: that the session was opened with; ``""`` if nobody said.
        key: :func:`fingerprint` of the key that the handle was given to; ``""`` if nobody said.
        session: what the session is called over all its connections; ``""`` if nobody said.
    """

    snapshot: Snapshot | LiveSnapshot
    model: str = ""
    key: str = ""
    session: str = ""


def fingerprint(key: str) -> str:
    """What stands for an API key or token where it is kept: enough to tell keys apart, and no way back."""
    return hashlib.sha256(key.encode()).hexdigest()[:32] if key else ""


def head_of(kept: Kept) -> str:
    """Everything but what was said: counts, model and key, as a JSON object."""
    snapshot = kept.snapshot
    moment = snapshot.history.snapshot() if isinstance(snapshot, LiveSnapshot) else snapshot
    return _dumps(
        {
            "version": VERSION,
            "live": isinstance(snapshot, LiveSnapshot),
            "length": moment.length,
            "tokens": moment.tokens,
            "turns": moment.turns,
            "start": moment.start,
            "age": moment.age,
            "pending": [asdict(reply) for reply in moment.pending],
            "model": kept.model,
            "key": kept.key,
            "session": kept.session,
        }
    )


def entries_of(history: History, end: int, first: int = 0) -> list[str]:
    """What was said up to before one position, from another on, and what it costs: a JSON array each."""
    said = zip(history.entries[first:end], history.costs[first:end], strict=True)
    return [_dumps([one.role, one.text, one.modality, dict(cost)]) for one, cost in said]


def read(head: str, entries: str) -> Kept:
    """The snapshot that was written down.

    Args:
        head: as :func:`head_of` writes it.
        entries: those that :func:`entries_of` writes, in one JSON array: twenty thousand of them are read in a tenth of
            the time that they would take one by one.

    Raises:
        StoreError: it has another version, or is not what :func:`head_of` and :func:`entries_of` write.
    """
    try:
        told = json.loads(head)
        version = told["version"]
        if version == VERSION:
            return _kept(told, json.loads(entries))
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(f"a session in the store cannot be read ({error!r}); was it changed by hand?") from error
    raise StoreError(
        f"a session in the store is written in version {version!r} of the form, and this emulator reads version "
        f"{VERSION}; give each release of the emulator a store of its own, or empty this one"
    )


def _kept(told: dict[str, Any], entries: list[Any]) -> Kept:
    length = told["length"]
    if len(entries) < length:
        raise ValueError(f"{length} entries were kept, and {len(entries)} are there")
    said = [Said(role, text, modality) for role, text, modality, _ in entries[:length]]
    costs = [dict(cost) for *_, cost in entries[:length]]
    # Earlier the form had no word of what was pending.
    pending = tuple(_pending(reply) for reply in told.get("pending", ()))
    history = History(said, costs, dict(told["tokens"]), told["turns"], told["start"], told["age"], pending)
    snapshot = LiveSnapshot(history) if told["live"] else history.snapshot()
    return Kept(snapshot, told["model"], told["key"], told["session"])


def _pending(told: dict[str, Any]) -> PendingReply:
    heard = _read(Words, told["turn"]["heard"])
    turn, calls = _read(UserTurn, told["turn"] | {"heard": heard}), tuple(map(_call, told["calls"]))
    reply: PendingReply = _read(PendingReply, told | {"turn": turn, "calls": calls})
    return reply


def _call(told: dict[str, Any]) -> PendingCall:
    made, result = _read(ToolCall, told["call"]), _read(ToolResult, told["result"])
    call: PendingCall = _read(PendingCall, told | {"call": made, "result": result})
    return call


def _read(record: Any, told: dict[str, Any] | None) -> Any:
    """The record that was written with its fields; ``None`` where none was."""
    return None if told is None else record(**{name: told[name] for name in record.__match_args__ if name in told})


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
