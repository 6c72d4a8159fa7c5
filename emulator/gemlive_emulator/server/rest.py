"""The HTTP calls that clients make beside the socket: models, for both back-ends; and what says that all is well.

Shapes as google-genai for Python and @google/genai read them (measured). Paths come with any prefix that a base URL put
before them and with repeated slashes.
"""

import base64
import binascii
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from websockets.datastructures import Headers as WireHeaders

from gemlive_emulator.profiles.catalogue import Model
from gemlive_emulator.server.control.entrance import PREFIX, is_control
from gemlive_emulator.server.keys import ACCESS_TOKEN, refusal_of
from gemlive_emulator.server.origin import Visitors
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.server.refusal import HEADERS, Refusal
from gemlive_emulator.server.target import credential, is_live
from gemlive_emulator.store.record import StoreError
from gemlive_emulator.wire.closes import INTERNAL_ERROR
from gemlive_emulator.wire.endpoint import Backend
from gemlive_emulator.wire.errors import ClientFault

MAX_BODY = 1024 * 1024
"""Bytes of a request's body."""
PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000
_SDK_HEADER = "x-goog-api-client"
"""What all of Google's SDKs send, and no person who looks what is served here."""

_API_PATH = re.compile(
    r"(?:^|/)(?P<version>v\d\w*)(?:/projects/[^/]+/locations/[^/]+)?(?P<rest>/(?:publishers/google/)?models(?:/[^/]+)?)/?$"
)
_LIVE_PATH = "/ws"
"""What :func:`plain_path` makes of every path of the Live API."""
_TOKENS_PATH = re.compile(r"(?:^|/)(?P<version>v\d\w*)(?P<rest>/auth_tokens)/?$")
_log = redacting_logger("rest")
_LAUNCH_STAGES = {"ga": "GA", "preview": "PUBLIC_PREVIEW", "experimental": "EXPERIMENTAL"}
"""By the catalogue's status; Vertex has no word for a model that is on its way out."""
_MESSAGES = {
    404: "Nothing is served at this path. Over HTTP this emulator of the Gemini Live API serves /{version}/models, "
    "/{version}/models/{id} and the same below /{version}/publishers/google; the Live API itself is a WebSocket.",
    405: "This path does not take that method.",
    413: f"The body of the request is longer than {MAX_BODY} bytes.",
    426: "This path is the Live API, a WebSocket. It takes a GET request with Upgrade: websocket, which is what a "
    "WebSocket client sends to ws:// or wss:// at this address.",
    500: "The emulator failed; its log says why.",
}
_ONLY_LIVE = "only the Live API is emulated, a WebSocket (BidiGenerateContent), and beside it the listing of models."
_NO_PATH = (
    "This request does not say what it is for. google-genai for Python asks the base URL itself where project and "
    "location stand in the environment only; give them in code: genai.Client(vertexai=True, project=..., location=...)."
)
TokenMaker = Callable[[bytes, str], Awaitable[str]]
"""From the body of the request and the API key to the token's name; raises ``ClientFault``."""


def build_app(
    models: Sequence[Model],
    make_token: TokenMaker,
    *,
    visitors: Visitors | None = None,
    ready: Callable[[], bool] = lambda: True,
    version: str = "",
    control: ASGIApp | None = None,
) -> ASGIApp:
    """The HTTP application.

    Args:
        models: the catalogue, in the order in which it is listed.
        make_token: makes ephemeral tokens.
        visitors: which hosts and origins may come in; checked on each request, for one connection carries many.
        ready: what ``/healthz`` answers.
        version: the emulator's, told at ``/``.
        control: serves what is below ``/emulator/v1``; nothing does if none.
    """
    catalogue = _Catalogue(models)
    about = {
        "emulator": f"gemlive-emulator {version}".strip(),
        "about": "A local emulator of the Gemini Live API. It answers ws, wss, http and https at this port.",
        "paths": {
            "live": "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
            "vertex": "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent",
            "models": "/v1beta/models",
            "tokens": "/v1alpha/auth_tokens",
            "health": "/healthz",
            "control": f"{PREFIX}/openapi.json",
        },
    }

    async def root(request: Request) -> Response:
        await request.body()
        if request.method == "POST" or _SDK_HEADER in request.headers:
            raise HTTPException(400, _NO_PATH)
        return _answer(about)

    async def health(request: Request) -> Response:
        return _answer({"status": "ok"}) if ready() else _answer({"status": "not ready"}, 503)

    async def auth_tokens(request: Request) -> Response:
        body, asked_with = await request.body(), WireHeaders(request.headers.items())
        try:
            return _answer({"name": await make_token(body, credential(request.url.query, asked_with))})
        except StoreError as error:
            _log.error("POST auth_tokens: %s", error)
            raise HTTPException(500, INTERNAL_ERROR[1]) from None
        except ClientFault as refused:
            _log.info("refused POST auth_tokens: %s", refused)
            refusal = refusal_of(refused)
            raise HTTPException(refusal.code, refusal.message) from None

    routes = [
        Route("/", root, methods=["GET", "POST"]),
        Route(_LIVE_PATH, _not_upgraded, methods=["GET", "POST"]),
        Route("/healthz", health),
        Route("/{version}/models", catalogue.gemini_list),
        Route("/{version}/models/{id}:{call}", _other_call, methods=["POST"]),
        Route("/{version}/models/{id}", catalogue.gemini_one),
        Route("/{version}/publishers/google/models", catalogue.vertex_list),
        Route("/{version}/publishers/google/models/{id}:{call}", _other_call, methods=["POST"]),
        Route("/{version}/publishers/google/models/{id}", catalogue.vertex_one),
        Route("/{version}/auth_tokens", auth_tokens, methods=["POST"]),
        Route("/token", _access_token, methods=["POST"]),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _http_error, Exception: _crash})
    app.router.redirect_slashes = False
    return Doorkeeper(app, visitors or Visitors(), control)


class Doorkeeper:
    """Applies the rules for hosts, origins and bodies to each request, and strips what stands before the path."""

    def __init__(self, app: ASGIApp, visitors: Visitors, control: ASGIApp | None = None) -> None:
        self._app = app
        self._control = control
        self._visitors = visitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        headers = Headers(scope=scope)
        refusal = self._visitors.refusal(headers.getlist("host"), headers.getlist("origin"))
        if refusal is None and _announced(headers) > MAX_BODY:
            refusal = Refusal(413, _MESSAGES[413])
        if refusal is not None:
            # The body is not read, so the connection cannot be kept.
            response = Response(refusal.body(), refusal.code, {**HEADERS, "Connection": "close"})
            await response(scope, receive, send)
            return
        if self._control is not None and is_control(scope["path"]):
            await self._control(scope, _limited(receive), send)
        else:
            await self._app({**scope, "path": plain_path(scope["path"])}, _limited(receive), send)


def plain_path(path: str) -> str:
    """The path without prefix, repeated slashes and Vertex's project and location; an unknown one as it is."""
    path = re.sub(r"/{2,}", "/", path)
    if is_live(path):
        return _LIVE_PATH
    found = _API_PATH.search(path) or _TOKENS_PATH.search(path)
    return f"/{found['version']}{found['rest']}" if found else path


class _Catalogue:
    """The catalogue as the two back-ends show it."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = {
            backend: {model.id: model for model in models if backend in model.backends} for backend in Backend
        }

    async def gemini_list(self, request: Request) -> Response:
        """``GET /v1beta/models``."""
        return self._page(request, Backend.GEMINI, "models", _gemini_model)

    async def gemini_one(self, request: Request) -> Response:
        """``GET /v1beta/models/{id}``."""
        return self._one(request, Backend.GEMINI, _gemini_model)

    async def vertex_list(self, request: Request) -> Response:
        """``GET /v1beta1/publishers/google/models``."""
        return self._page(request, Backend.VERTEX, "publisherModels", _vertex_model)

    async def vertex_one(self, request: Request) -> Response:
        """``GET /v1beta1/publishers/google/models/{id}``."""
        return self._one(request, Backend.VERTEX, _vertex_model)

    def _page(
        self, request: Request, backend: Backend, name: str, shape: Callable[[Model], dict[str, Any]]
    ) -> Response:
        models = list(self._models[backend].values())
        start = _page_start(request.query_params.get("pageToken", ""), len(models))
        end = start + _page_size(request.query_params.get("pageSize", ""))
        told: dict[str, Any] = {name: [shape(model) for model in models[start:end]]}
        if end < len(models):
            told["nextPageToken"] = _page_token(end)
        return _answer(told)

    def _one(self, request: Request, backend: Backend, shape: Callable[[Model], dict[str, Any]]) -> Response:
        model_id, version = request.path_params["id"], request.path_params["version"]
        model = self._models[backend].get(model_id)
        if model is None:
            raise HTTPException(404, f"Model is not found: models/{model_id} for api version {version}")
        return _answer(shape(model))


def _gemini_model(model: Model) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": f"models/{model.id}",
        "version": "001",
        "displayName": model.display_name,
        "description": model.description,
        "inputTokenLimit": model.input_tokens,
        "outputTokenLimit": model.output_tokens,
        "supportedGenerationMethods": list(model.methods),
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "maxTemperature": 2,
    }
    # As everywhere in proto3 JSON, false is left out.
    return {**told, "thinking": True} if model.thinking else told


def _vertex_model(model: Model) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": f"publishers/google/models/{model.id}",
        "versionId": "default",
        "displayName": model.display_name,
        "description": model.description,
    }
    stage = _LAUNCH_STAGES.get(model.status)
    return {**told, "launchStage": stage} if stage else told


def _page_size(given: str) -> int:
    if not given:
        return PAGE_SIZE
    if not re.fullmatch(r"[0-9]{1,9}", given):
        raise HTTPException(400, "pageSize has to be a whole number from 1 to 1000; 0 is the default, 50.")
    return min(int(given), MAX_PAGE_SIZE) or PAGE_SIZE


def _page_token(start: int) -> str:
    return base64.urlsafe_b64encode(f"start={start}".encode()).decode("ascii")


def _page_start(token: str, count: int) -> int:
    if not token:
        return 0
    try:
        found = re.fullmatch(rb"start=([0-9]{1,9})", base64.b64decode(token, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        found = None
    if found is None or int(found[1]) > count:
        raise HTTPException(400, "pageToken is not one that this server gave as nextPageToken.")
    return int(found[1])


async def _not_upgraded(request: Request) -> Response:
    await request.body()
    raise HTTPException(426, headers={"Upgrade": "websocket", "Connection": "Upgrade"})


async def _other_call(request: Request) -> Response:
    """``POST .../models/{id}:generateContent`` and its like."""
    await request.body()
    raise HTTPException(501, f"{request.path_params['call']} is not served: {_ONLY_LIVE}")


async def _access_token(request: Request) -> Response:
    """What Google's auth libraries ask for with the credentials of ``environment.py`` or a service account's."""
    await request.body()
    return _answer(
        {
            "access_token": ACCESS_TOKEN,
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": "Bearer",
            "expires_in": 3600,
        }
    )


def _announced(headers: Headers) -> int:
    """The length of the body that the request announces; the parser has seen to it that it is a number."""
    return int(headers.get("content-length", "0"))


def _limited(receive: Receive) -> Receive:
    """The same, but a body that was announced by no length may not grow past the limit either."""
    received = 0

    async def receive_limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY:
            raise HTTPException(413, headers={"Connection": "close"})
        return message

    return receive_limited


def _answer(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content, indent=2) + "\n", status, HEADERS)


def _http_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    unexplained = exc.detail == HTTPStatus(exc.status_code).phrase
    message = _MESSAGES.get(exc.status_code, exc.detail) if unexplained else exc.detail
    return Response(Refusal(exc.status_code, message).body(), exc.status_code, {**HEADERS, **(exc.headers or {})})


def _crash(request: Request, exc: Exception) -> Response:
    return Response(Refusal(500, _MESSAGES[500]).body(), 500, HEADERS)
