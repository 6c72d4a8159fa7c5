"""A local emulator of Google's Gemini Live API (``BidiGenerateContent``)."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gemlive_emulator.record.replaying import Replay
    from gemlive_emulator.scenario.errors import ScenarioError, ScriptError
    from gemlive_emulator.scenario.fluent import Rules, Steps
    from gemlive_emulator.server.clock import ManualClock
    from gemlive_emulator.server.emulator import Emulator
    from gemlive_emulator.server.settings import Settings
    from gemlive_emulator.session.steps import (
        CloseConnection,
        Conversation,
        Pause,
        Reply,
        Say,
        Silence,
        Think,
        UserTurn,
    )
    from gemlive_emulator.session.tools import CallTools, ToolCall
    from gemlive_emulator.wire.errors import EmulatorError

__version__ = "0.1.0"
__all__ = [
    "CallTools",
    "CloseConnection",
    "Conversation",
    "Emulator",
    "EmulatorError",
    "ManualClock",
    "Pause",
    "Replay",
    "Reply",
    "Rules",
    "Say",
    "ScenarioError",
    "ScriptError",
    "Settings",
    "Silence",
    "Steps",
    "Think",
    "ToolCall",
    "UserTurn",
    "__version__",
]

_MODULES = {
    "record.replaying": ("Replay",),
    "scenario.errors": ("ScenarioError", "ScriptError"),
    "scenario.fluent": ("Rules", "Steps"),
    "server.clock": ("ManualClock",),
    "server.emulator": ("Emulator",),
    "server.settings": ("Settings",),
    "session.steps": ("CloseConnection", "Conversation", "Pause", "Reply", "Say", "Silence", "Think", "UserTurn"),
    "session.tools": ("CallTools", "ToolCall"),
    "wire.errors": ("EmulatorError",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a part only when it is asked for, so that plugins and ``--help`` stay quick (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
