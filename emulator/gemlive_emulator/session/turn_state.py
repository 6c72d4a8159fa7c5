"""The states of a model turn, and how one follows another."""

from enum import Enum, auto


class TurnState(Enum):
    """Where a model turn stands."""

    IDLE = auto()
    GENERATING = auto()
    WAITING_FOR_TOOL = auto()
    PLAYING = auto()


TRANSITIONS: dict[TurnState, dict[str, TurnState]] = {
    TurnState.IDLE: {"start": TurnState.GENERATING, "abandon": TurnState.IDLE},
    TurnState.GENERATING: {
        "call": TurnState.WAITING_FOR_TOOL,
        "finish": TurnState.PLAYING,
        "hush": TurnState.IDLE,
        "interrupt": TurnState.IDLE,
        "abandon": TurnState.IDLE,
    },
    TurnState.WAITING_FOR_TOOL: {
        "answer": TurnState.GENERATING,
        "interrupt": TurnState.IDLE,
        "abandon": TurnState.IDLE,
    },
    TurnState.PLAYING: {"end": TurnState.IDLE, "interrupt": TurnState.IDLE, "abandon": TurnState.IDLE},
}
