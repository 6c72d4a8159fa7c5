"""Where the control interface begins: its prefix, and the application behind it, which is loaded at the first request.

Nothing heavy is imported here: who only asks for models or whether all is well need not wait for pydantic.
"""

import asyncio
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from gemlive_emulator.server.emulator import Emulator

PREFIX = "/emulator/v1"


def is_control(path: str) -> bool:
    """Whether a path is one of this interface. No prefix or second slash may stand before it: no SDK comes here."""
    return path.startswith(PREFIX + "/") or path == PREFIX


class Entrance:
    """The control interface of one emulator (ASGI).

    Args:
        emulator: the emulator.
    """

    def __init__(self, emulator: "Emulator") -> None:
        self._emulator = emulator
        self._loading: asyncio.Future[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if self._loading is None:
            self._loading = asyncio.get_running_loop().run_in_executor(None, self._load)
        # A client that leaves must not take the application from the others that wait for it.
        app = await asyncio.shield(self._loading)
        await app(scope, receive, send)

    def _load(self) -> ASGIApp:
        from gemlive_emulator.server.control.app import control_app

        return control_app(self._emulator)
