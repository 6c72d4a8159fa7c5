"""The turns of the model in a session, and the calls it made, put together from the journal."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.server.entries import Entry, Kind


@dataclass(slots=True)
class Call:
    """One function that the model wanted called.

    Attributes:
        id: of the call.
        name: of the function.
        args: of the call.
        responses: what the client answered, the first answer first; empty if it has not.
        cancelled: whether the model took the call back.
    """

    id: str
    name: str
    args: Mapping[str, Any]
    responses: list[Any] = field(default_factory=list)
    cancelled: bool = False

    @property
    def response(self) -> Any:
        """What the client answered first; ``None`` if it has not."""
        return self.responses[0] if self.responses else None


@dataclass(slots=True)
class Turn:
    """One turn of the model.

    Attributes:
        said: the text that the client was sent, or the words of the speech.
        spoken: whether it was said aloud.
        calls: the functions that the model wanted called.
        heard_ms: how much the client can have heard of it when it was interrupted; ``None`` if it was not.
        complete: whether it came to its end, by itself or by an interruption.
        usage: tokens by modality, once it is complete.
        reason: why it ended, a ``TurnCompleteReason``, or ``""``.
    """

    said: str = ""
    spoken: bool = False
    calls: list[Call] = field(default_factory=list)
    heard_ms: int | None = None
    complete: bool = False
    usage: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""

    @property
    def interrupted(self) -> bool:
        """Whether it was cut."""
        return self.heard_ms is not None


def turns_of(entries: Sequence[Entry]) -> list[Turn]:
    """The turns that these entries tell of, the first first. Those of :data:`OF_TURNS` are enough."""
    turns: list[Turn] = []
    calls: dict[str, Call] = {}
    for entry in entries:
        if entry.kind == "turn_started" or (not turns and entry.kind in _OF_A_TURN):
            turns.append(Turn())
        if entry.kind == "tool_calls":
            made = [Call(one["id"], one["name"], one["args"]) for one in entry.details["calls"]]
            calls.update((call.id, call) for call in made)
            turns[-1].calls += made
        elif entry.kind in _OF_A_CALL:
            _settle(calls, entry)
        elif entry.kind in _OF_A_TURN:
            _go_on(turns[-1], entry)
    return turns


_OF_A_TURN: tuple[Kind, ...] = ("said", "tool_calls", "interrupted", "turn_complete")
_OF_A_CALL: tuple[Kind, ...] = ("tool_response", "tool_calls_cancelled")
OF_TURNS: tuple[Kind, ...] = ("turn_started", *_OF_A_TURN, *_OF_A_CALL)
"""Kinds of entries that tell of turns."""


def _settle(calls: Mapping[str, Call], entry: Entry) -> None:
    told = entry.details
    if entry.kind == "tool_response":
        for one in told["responses"]:
            if call := calls.get(one["id"] or ""):
                call.responses.append(one["response"])
        return
    for name in told["ids"]:
        if call := calls.get(name):
            call.cancelled = True


def _go_on(turn: Turn, entry: Entry) -> None:
    told = entry.details
    if entry.kind == "said":
        turn.said += told["text"]
        turn.spoken = turn.spoken or told["spoken"]
    elif entry.kind == "interrupted":
        turn.heard_ms = told["heard_ms"]
    else:
        turn.complete, turn.usage, turn.reason = True, told["usage"], told["reason"]
