"""A local emulator of Google's Gemini Live API (``BidiGenerateContent``)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gemlive_emulator.server.emulator import Emulator
    from gemlive_emulator.server.settings import Settings

__version__ = "0.1.0"
__all__ = ["Emulator", "Settings", "__version__"]


def __getattr__(name: str) -> Any:
    """Import the server only when it is asked for, so that plugins and ``--help`` stay quick (PEP 562)."""
    if name == "Emulator":
        from gemlive_emulator.server.emulator import Emulator

        return Emulator
    if name == "Settings":
        from gemlive_emulator.server.settings import Settings

        return Settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
