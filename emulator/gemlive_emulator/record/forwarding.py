"""The HTTP side of the proxy: what is no WebSocket goes to the service too, and is not recorded."""

import asyncio
from http.client import HTTPException

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gemlive_emulator.record.dialling import ask
from gemlive_emulator.record.upstream import Secrets, Upstream
from gemlive_emulator.server.origin import Visitors
from gemlive_emulator.server.redact import clean, redacting_logger
from gemlive_emulator.server.refusal import HEADERS, Refusal
from gemlive_emulator.server.rest import Doorkeeper
from gemlive_emulator.wire.errors import EmulatorError

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

log = redacting_logger("record")


def forwarding(upstream: Upstream, visitors: Visitors) -> ASGIApp:
    """The application that passes each request on, but for ``/healthz``, which asks whether this proxy is there."""

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def forward(request: Request) -> Response:
        body = await request.body()
        query = request.scope["query_string"]
        target = (request.scope["raw_path"] + (b"?" + query if query else b"")).decode("latin-1")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
        secrets = Secrets(target, headers)
        try:
            answer = await asyncio.to_thread(ask, upstream, request.method, target, headers, body)
        except (OSError, HTTPException, EmulatorError) as error:
            why = f"{upstream.shown} cannot be reached: {secrets.out_of_text(str(error) or type(error).__name__)}"
            log.error("%s", why)
            return Response(Refusal(502, clean(why)).body(), 502, HEADERS)
        log.info("passed on %s %s: %d", request.method, secrets.out_of_text(target), answer.status)
        response = Response(answer.body, answer.status)
        for name, value in answer.headers:
            response.headers[name] = value
        return response

    app = Starlette(routes=[Route("/healthz", health), Route("/{path:path}", forward, methods=METHODS)])
    app.router.redirect_slashes = False
    return Doorkeeper(app, visitors)
