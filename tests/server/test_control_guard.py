"""Attacks on the HTTP interface, by the names of the threat table: a web page, the network, a broken client."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server.control.entrance import PREFIX
from gemlive_emulator.server.control.guard import Guard
from gemlive_emulator.server.control.operations import Operation
from gemlive_emulator.server.control.table import operations

ADVANCE = "/emulator/v1/clock/advance"
HOST = "localhost:8765"
JSON = "application/json"
BODY = b'{"seconds": 60}'
TOKEN = "0123456789abcdef-the-token"


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """One whose time has not moved at the end, whatever was tried."""
    async with Emulator(Settings(port=0, clock="manual", allow_origins=("https://app.example",))) as emulator:
        yield emulator
        assert emulator.clock.now() == 0.0


async def raw(emulator: Emulator, *headers: str, method: str = "POST", path: str = ADVANCE, body: bytes = BODY) -> Any:
    """Status, headers and body of the answer to a request that no HTTP library would make."""
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    lines = [f"{method} {path} HTTP/1.1", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    writer.write("\r\n".join(lines).encode("latin-1") + body)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    head, _, content = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    told = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    return int(first.split()[1]), told, content


TRUSTED = (f"Host: {HOST}", f"Content-Type: {JSON}")


async def test_a_request_without_anything_odd_gets_in() -> None:
    async with Emulator(Settings(port=0, clock="manual")) as emulator:
        status, headers, content = await raw(emulator, *TRUSTED)
        assert (status, json.loads(content)["now"], emulator.clock.now()) == (200, 60.0, 60.0)
        assert headers["content-type"] == "application/json; charset=UTF-8"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        pytest.param(["evil.example"], 403, id="host_evil"),
        pytest.param(["evil.example:8765"], 403, id="host_evil_with_port"),
        pytest.param(["localhost.evil.example"], 403, id="host_localhost_suffix_trick"),
        pytest.param(["127.0.0.1.evil.example"], 403, id="host_127_prefix_trick"),
        pytest.param([HOST, "evil.example"], 400, id="host_two_headers"),
        pytest.param([], 400, id="host_missing"),
        pytest.param(["local host"], 400, id="host_malformed"),
        pytest.param(["user@localhost"], 400, id="host_userinfo"),
    ],
)
async def test_a_name_that_leads_here_from_elsewhere_is_refused(
    emulator: Emulator, hosts: list[str], status: int
) -> None:
    told, _, content = await raw(emulator, *(f"Host: {host}" for host in hosts), f"Content-Type: {JSON}")
    assert told == status
    assert json.loads(content)["error"]["message"]


@pytest.mark.parametrize(
    "origins",
    [
        pytest.param(["https://evil.example"], id="origin_evil"),
        pytest.param(["null"], id="origin_null"),
        pytest.param(["http://8.8.8.8"], id="origin_public_ip"),
        pytest.param(["http://localhost.evil.example"], id="origin_localhost_suffix_trick"),
        pytest.param(["http://localhost@evil.example"], id="origin_userinfo_trick"),
        pytest.param(["http://localhost", "https://evil.example"], id="origin_two_headers"),
        pytest.param(["file://"], id="origin_file"),
        pytest.param(["http://["], id="origin_malformed"),
    ],
)
async def test_a_foreign_page_is_refused(emulator: Emulator, origins: list[str]) -> None:
    status, _, content = await raw(emulator, *TRUSTED, *(f"Origin: {origin}" for origin in origins))
    assert status == 403
    assert "Origin" in json.loads(content)["error"]["message"]


@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param([], id="none"),
        pytest.param(["text/plain"], id="what a page may send"),
        pytest.param(["application/x-www-form-urlencoded"], id="a form"),
        pytest.param(["multipart/form-data; boundary=x"], id="a form with files"),
        pytest.param(["text/plain; application/json"], id="json as a parameter"),
        pytest.param(["application/jsonp"], id="nearly json"),
        pytest.param([JSON, "text/plain"], id="two"),
        pytest.param(["text/plain\x1b[31m"], id="escape bytes"),
    ],
)
async def test_what_a_page_may_send_without_asking_changes_nothing(
    emulator: Emulator, kinds: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    status, _, _ = await raw(emulator, f"Host: {HOST}", *(f"Content-Type: {kind}" for kind in kinds))
    # The parser of HTTP refuses control characters by itself.
    assert status == (400 if "\x1b" in "".join(kinds) else 415)
    assert "\x1b" not in caplog.text


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "post"])
async def test_no_other_method_changes_anything(emulator: Emulator, method: str) -> None:
    status, _, _ = await raw(emulator, *TRUSTED, method=method)
    assert status == 405


async def test_the_preflight_of_a_page_is_not_answered(emulator: Emulator) -> None:
    asks = ("Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type")
    for origin in ("http://localhost:3000", "https://app.example"):
        status, headers, _ = await raw(
            emulator, f"Host: {HOST}", f"Origin: {origin}", *asks, method="OPTIONS", body=b""
        )
        assert status == 405
        assert not [name for name in headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", ["/emulator/v1/health", "/emulator/v1/clock", "/emulator/v1/openapi.json"])
async def test_no_page_of_another_origin_may_read(emulator: Emulator, path: str) -> None:
    status, headers, _ = await raw(emulator, f"Host: {HOST}", "Origin: http://localhost:3000", method="GET", path=path)
    assert status == 200
    assert not [name for name in headers if name.startswith("access-control-")]
    status, _, content = await raw(emulator, f"Host: {HOST}", "Sec-Fetch-Site: cross-site", method="GET", path=path)
    assert status == 403
    assert "web page of another site" in json.loads(content)["error"]["message"]


@pytest.mark.parametrize(
    "headers",
    [("Sec-Fetch-Site: cross-site",), ("Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: CROSS-SITE")],
)
async def test_a_page_that_may_talk_to_the_live_api_may_not_control(
    emulator: Emulator, headers: tuple[str, ...]
) -> None:
    status, _, _ = await raw(emulator, *TRUSTED, "Origin: https://app.example", *headers)
    assert status == 403


@pytest.mark.parametrize(
    "path", [f"{ADVANCE}/../../../v1/clock/advance", "/emulator/v1/%2e%2e/%2e%2e/etc/passwd", "/emulator/v1/\\..\\"]
)
async def test_a_path_leads_nowhere_else(emulator: Emulator, path: str) -> None:
    assert (await raw(emulator, *TRUSTED, path=path))[0] == 404


async def test_a_prefix_that_is_percent_encoded_is_guarded_as_well(emulator: Emulator) -> None:
    path = ADVANCE.replace("emulator", "%65mulator")
    assert (await raw(emulator, f"Host: {HOST}", "Content-Type: text/plain", path=path))[0] == 415


async def test_a_later_request_of_a_connection_is_looked_at_too(emulator: Emulator) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    fine = f"GET /emulator/v1/clock HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
    evil = (
        f"POST {ADVANCE} HTTP/1.1\r\nHost: evil.example\r\nContent-Type: {JSON}\r\nContent-Length: {len(BODY)}\r\n\r\n"
    )
    writer.write(fine.encode() + evil.encode() + BODY)
    async with asyncio.timeout(10):
        answers = await reader.read()
    writer.close()
    assert answers.count(b"HTTP/1.1 ") == 2
    assert b"HTTP/1.1 403 " in answers


OPERATIONS = operations(Emulator(Settings(port=0)))


@pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in OPERATIONS if one.method == "POST"])
async def test_nothing_that_changes_anything_is_open_to_a_page(one: Operation) -> None:
    assert one.body is not None
    body = json.dumps(one.body.model_json_schema()["examples"][0]).encode()
    path = PREFIX + one.path.format(name="only")
    async with Emulator(Settings(port=0)) as emulator:
        text = (f"Host: {HOST}", "Content-Type: text/plain")
        for headers, status in (
            (text, 415),
            ((*TRUSTED, "Origin: https://evil.example"), 403),
            ((*TRUSTED, "Sec-Fetch-Site: cross-site"), 403),
            (("Host: evil.example", f"Content-Type: {JSON}"), 403),
        ):
            assert (await raw(emulator, *headers, path=path, body=body))[0] == status
        assert (await raw(emulator, *TRUSTED, path=path, method="GET"))[0] in (200, 405)
        assert (emulator.faults.all, emulator.rules.answers, emulator.casting.origin) == ((), (), "built-in")


# The token.


async def test_with_a_token_only_who_has_it_gets_in(caplog: pytest.LogCaptureFixture) -> None:
    async with Emulator(Settings(port=0, clock="manual", control_token=TOKEN)) as emulator:
        for given in ((), ("Authorization: Bearer wrong",), (f"Authorization: Basic {TOKEN}",), (f"X-Token: {TOKEN}",)):
            status, headers, content = await raw(emulator, *TRUSTED, *given)
            assert (status, headers["www-authenticate"]) == (401, "Bearer")
            assert "Authorization: Bearer TOKEN" in json.loads(content)["error"]["right"]
            assert TOKEN not in content.decode()
        for path in ("/emulator/v1/health", "/emulator/v1/openapi.json", "/emulator/v1/nothing"):
            assert (await raw(emulator, f"Host: {HOST}", method="GET", path=path))[0] == 401
        assert emulator.clock.now() == 0.0
        assert (await raw(emulator, *TRUSTED, f"Authorization: bearer {TOKEN}"))[0] == 200
        # The token does not make a foreign page a friend.
        status, _, _ = await raw(emulator, *TRUSTED, f"Authorization: Bearer {TOKEN}", "Origin: https://evil.example")
        assert status == 403
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(emulator.settings)


async def test_the_live_api_and_models_want_no_control_token() -> None:
    async with Emulator(Settings(port=0, control_token=TOKEN)) as emulator:
        for path in ("/healthz", "/v1beta/models"):
            assert (await raw(emulator, f"Host: {HOST}", method="GET", path=path))[0] == 200


def status(guard: Guard, peer: str, **headers: str) -> int | None:
    refusal = guard.refusal("GET", peer, Headers(headers))
    return refusal and refusal.status


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::1%lo", "::ffff:127.0.0.1"])
def test_this_machine_needs_no_token_where_none_is_set(peer: str) -> None:
    assert status(Guard(), peer) is None


@pytest.mark.parametrize(
    "peer", ["172.17.0.1", "192.168.1.5", "8.8.8.8", "::ffff:8.8.8.8", "fe80::1%eth0", "", "localhost"]
)
def test_another_machine_needs_one(peer: str) -> None:
    assert status(Guard(), peer) == 403
    refusal = Guard().refusal("GET", peer, Headers({}))
    assert refusal is not None
    assert "--control-token" in refusal.right
    assert status(Guard(TOKEN), peer) == 401
    assert status(Guard(TOKEN), peer, authorization=f"Bearer {TOKEN}") is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_header_breaks_the_guard(authorization: str, kind: str) -> None:
    headers = Headers(
        raw=[(b"authorization", authorization.encode()), (b"content-type", kind.encode()), (b"sec-fetch-site", b"\xff")]
    )
    for guard in (Guard(), Guard(TOKEN)):
        refusal = guard.refusal("POST", "127.0.0.1", headers)
        assert refusal is None or refusal.response().body.isascii()
