"""The HTTP application, without a socket."""

import httpx
import pytest

from gemlive_emulator.profiles.catalogue import Model
from gemlive_emulator.server.origin import Visitors
from gemlive_emulator.server.rest import MAX_BODY, build_app, plain_path
from gemlive_emulator.store.record import StoreError
from gemlive_emulator.wire.endpoint import Backend
from gemlive_emulator.wire.errors import ClientFault

BOTH = frozenset(Backend)
MODELS = (
    Model("gemini-9-live", "3.8", BOTH, "Gemini 9", "The newest.", ("AUDIO",), 131_072, 65_536, "ga", thinking=True),
    Model("gemini-8-live-preview", "3.1", frozenset({Backend.GEMINI}), "Gemini 8", "Old.", ("TEXT",), 32, 8, "preview"),
    Model("gemini-7-live-exp", "2.5", frozenset({Backend.VERTEX}), "Gemini 7", "Older.", ("TEXT",), 32, 8, "shut down"),
)


async def make_token(body, key):
    return f"auth_tokens/{key}"


def client(**options):
    app = build_app(MODELS, options.pop("make_token", make_token), version="1.2.3", **options)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8765")


async def get(path, **options):
    async with client() as http:
        return await http.get(path, **options)


def error(response):
    told = response.json()["error"]
    assert told["code"] == response.status_code
    assert response.headers["content-type"] == "application/json; charset=UTF-8"
    return told.get("status"), told["message"]


async def test_one_model_has_the_keys_that_sdks_read():
    assert (await get("/v1beta/models/gemini-9-live")).json() == {
        "name": "models/gemini-9-live",
        "version": "001",
        "displayName": "Gemini 9",
        "description": "The newest.",
        "inputTokenLimit": 131072,
        "outputTokenLimit": 65536,
        "supportedGenerationMethods": ["countTokens", "bidiGenerateContent"],
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "maxTemperature": 2,
        "thinking": True,
    }
    assert "thinking" not in (await get("/v1beta/models/gemini-8-live-preview")).json()


@pytest.mark.parametrize("version", ["v1", "v1alpha", "v1beta"])
@pytest.mark.parametrize("before", ["", "/", "/prefix", "/some/prefix//"])
async def test_models_are_listed_at_each_version_behind_any_prefix(version, before):
    told = (await get(f"http://localhost{before}/{version}/models")).json()
    assert [model["name"] for model in told["models"]] == ["models/gemini-9-live", "models/gemini-8-live-preview"]
    assert "nextPageToken" not in told


@pytest.mark.parametrize(
    "path",
    [
        "/v1beta1/publishers/google/models",
        "/v1/publishers/google/models",
        "//prefix//v1beta1/publishers/google/models",
        "/v1beta1/projects/p/locations/us-central1/publishers/google/models",
    ],
)
async def test_vertex_lists_its_own(path):
    told = (await get("http://localhost" + path)).json()
    assert [model["name"] for model in told["publisherModels"]] == [
        "publishers/google/models/gemini-9-live",
        "publishers/google/models/gemini-7-live-exp",
    ]


async def test_vertex_shows_one_by_its_own_keys():
    path = "/v1beta1/projects/p/locations/global/publishers/google/models/"
    assert (await get(path + "gemini-9-live")).json() == {
        "name": "publishers/google/models/gemini-9-live",
        "versionId": "default",
        "displayName": "Gemini 9",
        "description": "The newest.",
        "launchStage": "GA",
    }
    assert "launchStage" not in (await get(path + "gemini-7-live-exp")).json()


async def test_pages():
    async with client() as http:
        first = (await http.get("/v1beta/models", params={"pageSize": 1})).json()
        assert [model["name"] for model in first["models"]] == ["models/gemini-9-live"]
        second = (await http.get("/v1beta/models?pageSize=1", params={"pageToken": first["nextPageToken"]})).json()
        assert second["models"]
        query = {"pageSize": 1, "pageToken": first["nextPageToken"]}
        second = (await http.get("/v1beta/models", params=query)).json()
        assert [model["name"] for model in second["models"]] == ["models/gemini-8-live-preview"]
        assert "nextPageToken" not in second


@pytest.mark.parametrize("size", ["", "0", "1000", "999999999"])
async def test_any_whole_page_size_will_do(size):
    assert len((await get(f"/v1beta/models?pageSize={size}")).json()["models"]) == 2


@pytest.mark.parametrize(
    "query", ["pageSize=-1", "pageSize=x", "pageSize=1.5", "pageSize=" + "9" * 50, "pageSize=%D9%A1"]
)
async def test_a_wrong_page_size_is_told(query):
    status, message = error(await get(f"/v1beta/models?{query}"))
    assert status == "INVALID_ARGUMENT"
    assert "pageSize" in message


@pytest.mark.parametrize("token", ["x", "%00", "c3RhcnQ9OTk5OQ==", "start=1", "%F0%9F%98%80", "a" * 3000])
async def test_a_page_token_of_somebody_else_is_told(token):
    status, message = error(await get(f"/v1beta/models?pageToken={token}"))
    assert status == "INVALID_ARGUMENT"
    assert "pageToken" in message


@pytest.mark.parametrize(
    "path", ["/v1beta/models/gemini-7-live-exp", "/v1beta/models/none", "/v1beta1/publishers/google/models/none"]
)
async def test_a_model_that_is_not_there(path):
    response = await get(path)
    status, message = error(response)
    assert (response.status_code, status) == (404, "NOT_FOUND")
    assert path.rsplit("/", 1)[1] in message


@pytest.mark.parametrize(
    "path", ["/nothing", "/v1beta", "/v1beta/files", "/models", "/v1beta/models/a/b", "/healthz/x"]
)
async def test_an_unknown_path(path):
    response = await get(path)
    status, message = error(response)
    assert (response.status_code, status) == (404, "NOT_FOUND")
    assert "/{version}/models" in message


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1beta/models"),
        ("DELETE", "/v1beta/models/gemini-9-live"),
        ("GET", "/v1alpha/auth_tokens"),
        ("PUT", "/"),
    ],
)
async def test_a_wrong_method(method, path):
    async with client() as http:
        response = await http.request(method, path)
    assert response.status_code == 405
    assert response.headers["allow"]
    assert error(response)[0] == "UNIMPLEMENTED"


@pytest.mark.parametrize(
    "path",
    [
        "/v1beta/models/gemini-9-live:generateContent",
        "/prefix//v1beta/models/none-such:streamGenerateContent",
        "/v1beta1/projects/p/locations/l/publishers/google/models/gemini-9-live:countTokens",
    ],
)
async def test_a_call_of_another_api_is_told_that_only_the_live_api_is_emulated(path):
    async with client() as http:
        response = await http.post("http://localhost" + path, json={"contents": []})
    status, message = error(response)
    assert (response.status_code, status) == (501, "UNIMPLEMENTED")
    assert message.startswith(path.rsplit(":", 1)[1] + " is not served: only the Live API is emulated")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
        "/prefix//ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent",
    ],
)
async def test_the_path_of_a_websocket_asks_for_an_upgrade(method, path):
    async with client() as http:
        response = await http.request(method, "http://localhost" + path)
    status, message = error(response)
    assert (response.status_code, status, response.headers["upgrade"]) == (426, "FAILED_PRECONDITION", "websocket")
    assert "Upgrade: websocket" in message


@pytest.mark.parametrize("path", ["/v1alpha/auth_tokens", "/v1beta/auth_tokens", "/prefix//v1/auth_tokens"])
@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {"x-goog-api-key": "mine"}),
        ("?key=mine", {}),
        ("", {"Authorization": "Bearer mine"}),
    ],
)
async def test_a_token_is_made_for_the_key_that_asks_at_each_version(path, query, headers):
    async with client() as http:
        response = await http.post("http://localhost" + path + query, json={"uses": 1}, headers=headers)
    assert (response.status_code, response.json()) == (200, {"name": "auth_tokens/mine"})


@pytest.mark.parametrize(
    ("code", "status", "word"),
    [(1007, 400, "INVALID_ARGUMENT"), (1008, 403, "PERMISSION_DENIED"), (1011, 429, "RESOURCE_EXHAUSTED")],
)
async def test_why_no_token_is_made_is_told_whole(code, status, word):
    words = "Words that are longer than those of a close frame, " * 4

    async def refuse(body, key):
        raise ClientFault(code, words)

    async with client(make_token=refuse) as http:
        response = await http.post("/v1alpha/auth_tokens")
    assert response.status_code == status
    assert error(response) == (word, words)


async def test_no_token_is_made_without_the_store(caplog):
    async def lose(body, key):
        raise StoreError("the store does not answer")

    async with client(make_token=lose) as http:
        response = await http.post("/v1alpha/auth_tokens")
    assert response.status_code == 500
    assert error(response) == ("INTERNAL", "Internal error encountered.")
    assert "the store does not answer" in caplog.text


async def test_the_root_says_what_this_is():
    told = (await get("/")).json()
    assert (told["emulator"], told["paths"]["models"]) == ("gemlive-emulator 1.2.3", "/v1beta/models")


async def test_the_root_has_no_key_that_an_sdk_reads():
    """In some modes google-genai asks the base URL itself, and takes what it finds for a model or a list of them."""
    from google.genai import types

    read = {
        field.alias or name
        for kind in (types.Model, types.ListModelsResponse)
        for name, field in kind.model_fields.items()
    }
    assert not read & (await get("/")).json().keys()


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_sdk_that_asks_the_base_url_itself_is_told_what_to_do(method):
    async with client() as http:
        response = await http.request(method, "/", headers={"X-Goog-Api-Client": "google-genai-sdk/3.6.1"})
    status, message = error(response)
    assert (response.status_code, status) == (400, "INVALID_ARGUMENT")
    assert "genai.Client(vertexai=True, project=..., location=...)" in message


async def test_health():
    assert (await get("/healthz")).json() == {"status": "ok"}
    async with client(ready=lambda: False) as http:
        response = await http.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"status": "not ready"})


async def test_no_page_of_another_origin_may_read_an_answer():
    response = await get("/v1beta/models", headers={"Origin": "http://localhost:3000"})
    assert response.status_code == 200
    assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}], ids=str
)
async def test_the_rules_hold_for_each_request(headers):
    response = await get("/v1beta/models", headers=headers)
    assert response.status_code == 403
    assert response.headers["connection"] == "close"
    assert error(response)[0] == "PERMISSION_DENIED"


async def test_allowed_visitors():
    async with client(visitors=Visitors(origins=("https://app.example",))) as http:
        assert (await http.get("/healthz", headers={"Origin": "https://app.example"})).status_code == 200


async def test_a_body_that_announces_too_much_is_not_read():
    async with client() as http:
        response = await http.post("/v1/auth_tokens", content=b"x" * (MAX_BODY + 1))
    assert response.status_code == 413
    error(response)


async def test_a_body_that_grows_too_long_is_cut():
    async def endless():
        for _ in range(20):
            yield b"x" * 100_000

    async with client() as http:
        response = await http.post("/v1/auth_tokens", content=endless())
    assert response.status_code == 413
    assert response.headers["connection"] == "close"


async def test_a_fault_of_ours_is_told_in_the_same_form():
    def broken():
        raise ValueError("secret detail")

    transport = httpx.ASGITransport(build_app(MODELS, make_token, ready=broken), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        response = await http.get("/healthz")
    assert response.status_code == 500
    assert "secret" not in error(response)[1]


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("//v1//models/", "/v1/models"),
        ("/v1/v2/models/x", "/v2/models/x"),
        ("/a/v1beta/auth_tokens", "/v1beta/auth_tokens"),
        ("/v1/projects/p/locations/l/publishers/google/models/x", "/v1/publishers/google/models/x"),
        ("/verse/models", "/verse/models"),
        ("//", "/"),
    ],
)
def test_what_stands_before_a_path_is_stripped(path, plain):
    assert plain_path(path) == plain
