"""The HTTP interface of a running emulator: what it does, how it says no, and that its document tells the truth."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import httpx
import jsonschema
import pytest
from live_server import TEXT_SETUP, Client
from starlette.requests import Request
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings, __version__
from gemlive_emulator.server.control import app as control
from gemlive_emulator.server.control.entrance import PREFIX, is_control
from gemlive_emulator.server.control.openapi import document
from gemlive_emulator.server.control.operations import Operation, Shape
from gemlive_emulator.server.control.table import operations

LIVE = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
ADVANCE = f"{PREFIX}/clock/advance"


@asynccontextmanager
async def asking(emulator: Emulator, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=emulator.url, headers=headers, trust_env=False) as http:
        yield http


@asynccontextmanager
async def serving(**settings: Any) -> AsyncIterator[tuple[Emulator, httpx.AsyncClient]]:
    async with Emulator(Settings(port=0, voice="formant", **settings)) as emulator, asking(emulator) as http:
        yield emulator, http


def refused(response: httpx.Response, status: int) -> tuple[str, str]:
    """What is wrong and what would be right."""
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, status)
    jsonschema.validate(response.json(), whole_schema("Error"))
    return error["message"], error["right"]


@cache
def whole_schema(name: str) -> dict[str, Any]:
    """One shape of the document, with all that it refers to."""
    described = document(operations(Emulator(Settings(port=0))))
    schemas = described["components"]["schemas"]
    text = json.dumps({**schemas[name], "$defs": schemas}).replace("#/components/schemas/", "#/$defs/")
    schema: dict[str, Any] = json.loads(text)
    return schema


async def test_it_says_that_it_is_there() -> None:
    async with serving(clock="manual") as (emulator, http):
        told = (await http.get(f"{PREFIX}/health")).json()
        assert told == {"status": "ok", "version": __version__, "sessions": 0, "clock": "manual"}
        async with connect(emulator.url.replace("http", "ws") + LIVE):
            assert (await http.get(f"{PREFIX}/health")).json()["sessions"] == 1


@pytest.mark.parametrize(
    ("settings", "kind", "rate"),
    [({"clock": "manual"}, "manual", None), ({"rate": 60.0}, "rate", 60.0), ({}, "real", 1.0)],
)
async def test_it_tells_the_time_and_what_moves_it(settings: dict[str, Any], kind: str, rate: float | None) -> None:
    async with serving(**settings) as (emulator, http):
        before = emulator.clock.now()
        told = (await http.get(f"{PREFIX}/clock")).json()
        assert (told["kind"], told["rate"]) == (kind, rate)
        assert before <= told["now"] <= emulator.clock.now()


async def test_it_moves_the_time_and_tells_what_fell_due() -> None:
    async with serving(clock="manual") as (emulator, http), connect(emulator.url.replace("http", "ws") + LIVE) as live:
        client = Client(live)
        await client.send(TEXT_SETUP)
        await client.receive()
        told = (await http.post(ADVANCE, json={"minutes": 9, "seconds": 20})).json()
        assert told == {"seconds": 560.0, "now": 560.0, "happened": {"go_away": 1}, "ended": [], "open": 1}
        told = (await http.post(ADVANCE, json={"hours": 1})).json()
        [ended] = told.pop("ended")
        assert told == {"seconds": 3600.0, "now": 4160.0, "happened": {"close": 1}, "open": 0}
        assert ended.pop("session") == emulator.journal.records[0].name
        words = "Deadline expired before operation could complete."
        assert ended == {"at": 600.0, "code": 1011, "words": words, "by": "server"}
        assert await client.closed() == (1011, words)


async def test_nothing_at_all_is_a_move_too() -> None:
    async with serving(clock="manual") as (_, http):
        assert (await http.post(ADVANCE, json={})).json()["now"] == 0.0


async def test_a_clock_that_runs_by_itself_is_not_moved() -> None:
    async with serving() as (_, http):
        wrong, right = refused(await http.post(ADVANCE, json={"seconds": 1}), 409)
        assert "the clock of this emulator runs by itself" in wrong
        assert "gemlive-emulator serve --clock manual" in right


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"seconds": -1}', "seconds: Input should be greater than or equal to 0"),
        ('{"seconds": "600"}', "seconds: Input should be a valid number"),
        ('{"seconds": true}', "seconds: Input should be a valid number"),
        ('{"seconds": null}', "seconds: Input should be a valid number"),
        ('{"seconds": 1e9}', "seconds: Input should be less than or equal to 31622400"),
        ('{"hours": 8784, "minutes": 1}', "is too far"),
        ('{"second": 1}', "second: there is no such field"),
        ('{"\\u001b[31m\\n": 1}', "\\x1b[31m\\n: there is no such field"),
        ("[]", "the body: it has to be a JSON object"),
        ("600", "the body: it has to be a JSON object"),
        ("", "the body is no JSON"),
        ("{", "the body is no JSON"),
        ('{"seconds": NaN}', "the body is no JSON: NaN is not JSON"),
        ('{"seconds": 1e999}', "the body is no JSON: 1e999 does not fit"),
        ('{"seconds": 1, "seconds": 2}', "the body is no JSON: a JSON object may hold each name once"),
        ('{"seconds": ' + "9" * 5000 + "}", "the body is no JSON: a number has too many digits"),
        ("[" * 10_000 + "]" * 10_000, "the body is no JSON: nest at most 100 levels"),
        ('{"\\ud800": 1}', "\\ufffd: there is no such field"),
    ],
)
async def test_a_body_that_is_wrong_is_told_what_would_be_right(body: str, words: str) -> None:
    async with serving(clock="manual") as (emulator, http):
        response = await http.post(ADVANCE, content=body, headers={"Content-Type": "application/json"})
        wrong, right = refused(response, 400)
        assert words in wrong
        assert "600" in right or "31622400" in right
        assert emulator.clock.now() == 0.0
        # The connection goes on.
        assert (await http.get(f"{PREFIX}/clock")).status_code == 200


async def test_text_that_is_not_utf_8_is_no_json() -> None:
    async with serving(clock="manual") as (_, http):
        response = await http.post(ADVANCE, content=b"\xff", headers={"Content-Type": "application/json"})
        assert "the body is no JSON: byte 0" in refused(response, 400)[0]


async def test_a_body_may_not_be_endless_announced_or_not() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    kind = {"Content-Type": "application/json"}
    async with serving(clock="manual") as (_, http):
        for content in (b" " * 2_000_000, endless()):
            assert (await http.post(ADVANCE, content=content, headers=kind)).status_code == 413


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON ; charset=utf-8"])
async def test_json_may_say_how_it_is_encoded(kind: str) -> None:
    async with serving(clock="manual") as (_, http):
        assert (await http.post(ADVANCE, content="{}", headers={"Content-Type": kind})).status_code == 200


async def test_unknown_paths_and_methods_are_told_where_to_look() -> None:
    async with serving(clock="manual") as (_, http):
        for path in (PREFIX, f"{PREFIX}/", f"{PREFIX}/clocks", f"{PREFIX}/clock/", f"{PREFIX}/models"):
            wrong, right = refused(await http.get(path), 404)
            assert wrong == "nothing is served at this path"
            assert f"{PREFIX}/openapi.json" in right
        response = await http.get(ADVANCE)
        assert refused(response, 405)[0] == "this path does not take that method"
        assert response.headers["allow"] == "POST"
        assert refused(await http.post(f"{PREFIX}/clock", json={}), 405)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/emulator/v1", True),
        ("/emulator/v1/x", True),
        ("/emulator/v10/x", False),
        ("/prefix/emulator/v1/x", False),
        ("//emulator/v1/x", False),
        ("/v1beta/models", False),
    ],
)
def test_only_what_begins_so_is_of_the_interface(path: str, expected: bool) -> None:
    assert is_control(path) is expected


async def test_behind_a_prefix_there_is_no_control() -> None:
    async with serving(clock="manual") as (emulator, http):
        for path in ("/prefix" + ADVANCE, "/" + ADVANCE):
            response = await http.post(httpx.URL(emulator.url + path), json={"seconds": 1})
            assert response.status_code == 404
        assert emulator.clock.now() == 0.0


async def test_models_keep_their_own_paths_beside_it() -> None:
    async with serving() as (_, http):
        assert "models" in (await http.get("/v1beta/models")).json()
        assert (await http.get("/")).json()["paths"]["control"] == f"{PREFIX}/openapi.json"


async def test_what_fails_in_it_is_logged_and_told_without_details(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(request: Request, body: None) -> Shape:
        raise ZeroDivisionError("in the emulator")

    def one(emulator: Emulator) -> tuple[Operation, ...]:
        return (Operation(name="x", method="GET", path="/x", summary="", handle=broken, answer=Shape),)

    monkeypatch.setattr(control.table, "operations", one)
    async with serving() as (_, http):
        wrong, right = refused(await http.get(f"{PREFIX}/x"), 500)
    assert (wrong, right) == ("the emulator failed", "its log says why; please report it")
    assert "ZeroDivisionError" in caplog.text


async def test_it_is_loaded_once_for_all_who_ask_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    made = []
    make = control.control_app
    monkeypatch.setattr(control, "control_app", lambda emulator: made.append(emulator) or make(emulator))
    async with serving() as (emulator, http):
        answers = await asyncio.gather(*(http.get(f"{PREFIX}/clock") for _ in range(5)))
        assert [answer.status_code for answer in answers] == [200] * 5
        assert made == [emulator]


# The document.


async def test_the_document_describes_every_route_and_nothing_else() -> None:
    async with serving() as (emulator, http):
        described = (await http.get(f"{PREFIX}/openapi.json")).json()
        assert described["openapi"] == "3.1.0"
        assert described["info"]["version"] == __version__
        assert described["servers"] == [{"url": PREFIX}]
        told = {(path, method) for path, methods in described["paths"].items() for method in methods}
        assert told == {(one.path, one.method.lower()) for one in operations(emulator)}
        names = [one["operationId"] for methods in described["paths"].values() for one in methods.values()]
        assert len(set(names)) == len(names)
        for path, method in told:
            async with http.stream(method, PREFIX + path, json={} if method == "post" else None) as response:
                assert str(response.status_code) in described["paths"][path][method]["responses"]


def test_every_reference_of_the_document_leads_somewhere() -> None:
    described = document(operations(Emulator(Settings(port=0))))
    schemas = described["components"]["schemas"]
    referred: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                referred.add(value["$ref"].removeprefix("#/components/schemas/"))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(described)
    assert referred == set(schemas)
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)


async def test_answers_have_the_shape_that_the_document_says() -> None:
    async with serving(clock="manual") as (emulator, http), connect(emulator.url.replace("http", "ws") + LIVE) as live:
        client = Client(live)
        await client.send(TEXT_SETUP)
        await client.receive()
        # What ends the session comes last.
        last = ["/sessions/{name}/close", "/clock/advance"]
        in_json = [one for one in operations(emulator) if not isinstance(one.answer, str)]
        for one in sorted(in_json, key=lambda one: last.index(one.path) + 1 if one.path in last else 0):
            body = one.body and one.body.model_json_schema()["examples"][0]
            if one.path == "/sessions/{name}/faults":
                body = {"faults": [{"stall": "2s"}]}
            response = await http.request(one.method, PREFIX + one.path.format(name="only"), json=body)
            assert response.status_code == 200, (one.name, response.text)
            told = response.json()
            jsonschema.validate(told, whole_schema(one.answer.__name__))
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate({**told, "more": 1}, whole_schema(one.answer.__name__))
        emulator.reset()


def test_the_examples_of_the_document_are_right() -> None:
    for one in operations(Emulator(Settings(port=0))):
        if one.body is not None:
            schema = whole_schema(one.body.__name__)
            for example in schema["examples"]:
                jsonschema.validate(example, schema)


def test_parameters_of_a_path_are_described() -> None:
    async def handle(request: Request, body: None) -> Shape:
        return Shape()

    one = Operation(name="x", method="GET", path="/sessions/{name}", summary="", handle=handle, answer=Shape)
    [parameter] = document([one])["paths"]["/sessions/{name}"]["get"]["parameters"]
    assert parameter == {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
