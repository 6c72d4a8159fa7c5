"""What the tests of stores share: what is kept, and answers whenever they come."""

import asyncio
from asyncio import Future
from typing import Any

from gemlive_emulator.session.hearing import Words
from gemlive_emulator.session.history import History
from gemlive_emulator.session.pending import PendingCall, PendingReply
from gemlive_emulator.session.steps import Said, UserTurn
from gemlive_emulator.session.tools import ToolCall, ToolResult

PENDING = PendingReply(
    turn=UserTurn("And now?", 2, "speech", heard=Words("And now?", "script", "by hand"), speech_seconds=1.5),
    known=2,
    resumed=True,
    connection=3,
    over=False,
    calls=(
        PendingCall(ToolCall("get_weather", {"city": "Ürümqi", "days": [1, 2.5, None]}, "call_1"), False, 30.0),
        PendingCall(
            ToolCall("get_time", {}, "call_2"), is_open=False, result=ToolResult("call_2", "get_time", {"at": "noon"})
        ),
    ),
)
"""A reply that waits for one function, and has had what another one returned."""

LASTS = 100.0
"""Seconds for which the stores of tests keep a handle."""


async def settled(soon: Any) -> Any:
    """The answer of a store, whenever it comes."""
    async with asyncio.timeout(20):
        return await soon if isinstance(soon, Future) else soon


def history(*texts: str, turns: int = 1) -> History:
    """What was said by user and model in turn."""
    made = History(turns=turns)
    for at, text in enumerate(texts):
        made.add(Said("model" if at % 2 else "user", text, "AUDIO" if at % 2 else "TEXT"), 2, 7 + at)
    return made


def texts(kept: Any) -> list[str]:
    """What a session that is resumed knows."""
    return [said.text for said in kept.snapshot.restore().entries]
