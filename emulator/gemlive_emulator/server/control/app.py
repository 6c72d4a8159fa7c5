"""The application behind the prefix: the guard, and behind it the routes of all operations."""

import asyncio
import json
from functools import cache

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gemlive_emulator.server.control import table
from gemlive_emulator.server.control.entrance import PREFIX
from gemlive_emulator.server.control.guard import Guard
from gemlive_emulator.server.control.openapi import document
from gemlive_emulator.server.control.refused import HEADERS, Refused
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.redact import redacting_logger

DOCUMENT_PATH = f"{PREFIX}/openapi.json"

_WRONG = {404: "nothing is served at this path", 405: "this path does not take that method"}

log = redacting_logger("control")


def control_app(emulator: Emulator) -> ASGIApp:
    """The control interface of an emulator."""
    operations = table.operations(emulator)

    @cache  # takes longer than all the rest, and most who control an emulator never ask for it
    def described() -> str:
        return json.dumps(document(operations), indent=2) + "\n"

    async def describe(request: Request) -> Response:
        return Response(await asyncio.to_thread(described), headers=HEADERS)

    app = Starlette(
        routes=[*(one.route() for one in operations), Route(DOCUMENT_PATH, describe, methods=["GET"])],
        exception_handlers={
            Refused: _refused,
            HTTPException: _http_error,
            ClientDisconnect: _gone,
            Exception: _crashed,
        },
    )
    app.router.redirect_slashes = False
    return Guarded(app, Guard(emulator.settings.control_token))


class Guarded:
    """Lets through what the guard does not refuse (ASGI)."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        peer = scope["client"][0] if scope.get("client") else ""
        refused = self._guard.refusal(scope["method"], peer, Headers(scope=scope))
        if refused is None:
            await self._app(scope, receive, send)
            return
        log.warning("refused %s of the control interface: %s", scope["method"], refused.wrong)
        # The body is not read, so the connection cannot be kept.
        refused.headers["Connection"] = "close"
        await refused.response()(scope, receive, send)


def _refused(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, Refused)
    return exc.response()


def _http_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    wrong = _WRONG.get(exc.status_code, exc.detail)
    return Refused(exc.status_code, wrong, f"GET {DOCUMENT_PATH} says what there is", exc.headers).response()


def _gone(request: Request, exc: Exception) -> Response:
    """Whose body did not come to its end; nobody reads this, and nothing has failed."""
    return Response(status_code=400)


def _crashed(request: Request, exc: Exception) -> Response:
    log.error("the control interface failed at %s", request.method, exc_info=exc)
    return Refused(500, "the emulator failed", "its log says why; please report it").response()
