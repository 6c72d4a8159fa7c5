"""HTTP on the same port: the control interface for those who may not, bodies without end, paths that climb out."""

import json
from typing import Any

import pytest
from attacker_socket import CANARY, FORGED, Attacker
from emulator_process import EmulatorProcess
from ends import Answers, Case, Drops, End, case

EVIL = "https://evil.example"
HEALTH = "/emulator/v1/health"
ADVANCE = "/emulator/v1/clock/advance"
TOKENS = f"/v1alpha/auth_tokens?key={CANARY}http"
MODELS = f"/v1beta/models?key={CANARY}http"
JSON = "Content-Type: application/json"
REFUSED_PAGE = "a web page of another site may not control the emulator"
MEBIBYTE = 1 << 20


def request(
    target: str, *headers: str, method: str = "GET", body: bytes | None = None, host: str = "localhost"
) -> bytes:
    """One request; a body brings its length along."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def asks(name: str, end: End, target: str, *headers: str, **more: Any) -> Case:
    """A case of one request."""
    return case(name, end, request(target, *headers, **more))


def posts(name: str, end: End, target: str, body: bytes, *headers: str) -> Case:
    """A case of one JSON body."""
    return asks(name, end, target, JSON, *headers, method="POST", body=body)


def answers(status: int, words: str = "", **headers: str | None) -> Answers:
    """An answer after which the connection may be kept."""
    return Answers(status, words, {name.replace("_", "-"): value for name, value in headers.items()}, stays=True)


ADMIN = [
    asks("admin_from_an_evil_page", Answers(403, "may not use this emulator"), HEALTH, f"Origin: {EVIL}"),
    asks("admin_from_a_page_without_origin", answers(403, REFUSED_PAGE), HEALTH, "Sec-Fetch-Site: cross-site"),
    asks(
        "admin_cross_site_twice",
        answers(403, REFUSED_PAGE),
        HEALTH,
        "Sec-Fetch-Site: same-origin",
        "Sec-Fetch-Site: CROSS-SITE",
    ),
    asks("admin_by_a_rebound_name", Answers(403, "is not one of this emulator's"), HEALTH, host="evil.example"),
    asks(
        "admin_preflight",
        answers(405, "does not take that method"),
        ADVANCE,
        "Origin: http://localhost",
        "Access-Control-Request-Method: POST",
        method="OPTIONS",
    ),
    asks(
        "admin_preflight_of_an_evil_page",
        Answers(403, "may not use"),
        ADVANCE,
        f"Origin: {EVIL}",
        "Access-Control-Request-Method: POST",
        method="OPTIONS",
    ),
    asks("admin_change_by_get", answers(405, "does not take that method"), ADVANCE),
    asks("admin_change_by_head", Answers(405, stays=True, bodiless=True), ADVANCE, method="HEAD"),
    asks(
        "admin_form",
        answers(415, "application/x-www-form-urlencoded"),
        ADVANCE,
        "Content-Type: application/x-www-form-urlencoded",
        method="POST",
        body=b"seconds=1",
    ),
    asks(
        "admin_plain_text",
        answers(415, "text/plain"),
        ADVANCE,
        "Content-Type: text/plain",
        method="POST",
        body=b'{"seconds": 1}',
    ),
    asks("admin_no_type", answers(415, "no content type"), ADVANCE, method="POST", body=b'{"seconds": 1}'),
    asks(
        "admin_two_types",
        answers(415, "'text/plain', 'application/json'"),
        ADVANCE,
        "Content-Type: text/plain",
        JSON,
        method="POST",
        body=b"{}",
    ),
    asks(
        "admin_type_forged",
        answers(415, "the body is declared as"),
        ADVANCE,
        "Content-Type: \xff\x80 12:34:56",
        method="POST",
        body=b"{}",
    ),
    posts("admin_no_json", answers(400, "the body is no JSON"), ADVANCE, b"seconds"),
    posts("admin_nan", answers(400, "the body is no JSON"), ADVANCE, b'{"seconds": NaN}'),
    posts("admin_deep", answers(400, "nest at most 100 levels"), ADVANCE, b"[" * 200_000),
    posts("admin_too_many_values", answers(400, "one message may hold"), ADVANCE, b"[" + b"0," * 400_000 + b"0]"),
    posts("admin_unknown_field", answers(400, "there is no such field"), ADVANCE, b'{"evil": 1}'),
    posts(
        "admin_field_forged",
        answers(400, "there is no such field"),
        ADVANCE,
        json.dumps({f"\n{FORGED}\x1b[2J": 1}).encode(),
    ),
    posts("admin_negative_time", answers(400), ADVANCE, b'{"seconds": -1}'),
    posts("admin_endless_time", answers(400), ADVANCE, b'{"seconds": 1e300}'),
    posts("admin_text_for_a_number", answers(400), ADVANCE, b'{"seconds": "1"}'),
    posts("admin_clock_that_runs", answers(409, "runs by itself"), ADVANCE, b'{"seconds": 1}'),
    asks("admin_climbs_out", answers(404, "nothing is served at this path"), "/emulator/v1/../../etc/passwd"),
    asks(
        "admin_climbs_out_encoded",
        answers(404, "nothing is served at this path"),
        "/emulator/v1/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    ),
    asks("admin_with_a_prefix", answers(404), "/proxy/emulator/v1/health"),
    asks("admin_double_slash", answers(404), "//emulator/v1/health"),
    asks("admin_unknown_method", answers(415, "no content type"), HEALTH, method="BREW"),
    asks("admin_connect", answers(415, "no content type"), HEALTH, method="CONNECT"),
    asks("admin_trace", answers(415, "no content type"), HEALTH, f"x-goog-api-key: {CANARY}trace", method="TRACE"),
    asks("admin_delete", answers(415), HEALTH, method="DELETE"),
    asks(
        "admin_health_is_no_script",
        answers(200, '"status": "ok"', x_content_type_options="nosniff", cache_control="no-store"),
        HEALTH,
    ),
]

REST = [
    asks("rest_unknown_path", answers(404, "Nothing is served at this path"), "/evil"),
    asks("rest_climbs_out", answers(404), "/v1beta/models/../../../../etc/passwd"),
    asks("rest_climbs_out_encoded", answers(404), "/v1beta/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd"),
    asks(
        "rest_model_is_a_script",
        answers(404, "Nothing is served"),
        "/v1beta/models/%3Cscript%3Ealert(1)%3C%2fscript%3E",
    ),
    asks(
        "rest_model_splits_the_answer",
        answers(404, "Model is not found"),
        f"/v1beta/models/a%0d%0aX-Evil:%20{FORGED.replace(' ', '%20')}",
    ),
    asks("rest_model_of_8000", answers(404), "/v1beta/models/" + "a" * 8000),
    asks("rest_path_of_slashes", answers(200), "/" * 8000),
    asks("rest_page_size_negative", answers(400, "pageSize"), MODELS + "&pageSize=-1"),
    asks("rest_page_size_huge", answers(400, "pageSize"), MODELS + "&pageSize=" + "9" * 4000),
    asks("rest_page_size_in_other_digits", answers(400, "pageSize"), MODELS + "&pageSize=%D9%A1"),
    asks("rest_page_token_garbage", answers(400, "pageToken"), MODELS + "&pageToken=%00%ff%f0"),
    asks("rest_page_token_of_elsewhere", answers(400, "pageToken"), MODELS + "&pageToken=c3RhcnQ9OTk5OTk5"),
    asks(
        "rest_another_api",
        answers(501, "only the Live API is emulated"),
        f"/v1beta/models/x:generateContent?key={CANARY}",
        JSON,
        method="POST",
        body=b"{}",
    ),
    posts("rest_token_no_json", answers(400), TOKENS, b"\xff\xfe"),
    posts("rest_token_deep", answers(400), TOKENS, b'{"a":' * 100_000),
    posts("rest_token_uses_huge", answers(400), TOKENS, b'{"uses": 99999999999999999999}'),
    posts("rest_token_time_garbage", answers(400), TOKENS, b'{"expireTime": "tomorrow\\n12:34:56 ERROR   FORGED"}'),
    asks("rest_token_by_get", answers(405), TOKENS),
    asks(
        "rest_key_in_every_place",
        answers(200, "models"),
        MODELS,
        f"x-goog-api-key: {CANARY}a",
        f"Authorization: Bearer {CANARY}b",
        f"Cookie: key={CANARY}c",
    ),
    asks("rest_evil_page", Answers(403, "may not use this emulator"), MODELS, f"Origin: {EVIL}"),
    asks("rest_referer_with_a_key", answers(404), "/evil", f"Referer: https://evil.example/?key={CANARY}referer"),
]

BODIES = [
    asks("body_too_long", Answers(413, "is longer than"), TOKENS, JSON, "Content-Length: 999999999", method="POST"),
    asks(
        "body_too_long_for_the_control",
        Answers(413, "is longer than"),
        ADVANCE,
        JSON,
        "Content-Length: 1048577",
        method="POST",
    ),
    case(
        "body_in_chunks_too_long",
        Answers(413, "is longer than"),
        request(TOKENS, JSON, "Transfer-Encoding: chunked", method="POST"),
        *[b"10000\r\n" + bytes(65536) + b"\r\n"] * 20,
    ),
    case(
        "body_in_chunks_too_long_for_the_control",
        Answers(413),
        request(ADVANCE, JSON, "Transfer-Encoding: chunked", method="POST"),
        *[b"10000\r\n" + bytes(65536) + b"\r\n"] * 20,
    ),
    case(
        "body_chunk_of_no_length",
        Answers(400),
        request(TOKENS, JSON, "Transfer-Encoding: chunked", method="POST"),
        b"xyz\r\n",
    ),
    case(
        "body_chunk_of_a_negative_length",
        Answers(400),
        request(TOKENS, JSON, "Transfer-Encoding: chunked", method="POST"),
        b"-5\r\nhello\r\n",
    ),
    case(
        "body_chunk_length_for_ever",
        Answers(400),
        request(TOKENS, JSON, "Transfer-Encoding: chunked", method="POST"),
        b"f" * 30_000 + b"\r\n",
    ),
    asks(
        "body_both_lengths",
        Answers(400, "Transfer-Encoding"),
        TOKENS,
        "Content-Length: 2",
        "Transfer-Encoding: chunked",
        method="POST",
    ),
    asks(
        "body_two_lengths",
        Answers(400, "is not one number"),
        TOKENS,
        "Content-Length: 2",
        "Content-Length: 3",
        method="POST",
    ),
    asks("body_length_of_letters", Answers(400, "is not one number"), TOKENS, "Content-Length: 0x10", method="POST"),
    asks("body_coding_odd", Answers(501, "Only chunked"), TOKENS, "Transfer-Encoding: gzip, chunked", method="POST"),
    asks("body_in_a_get", answers(200, "models"), MODELS, body=b"GET /evil HTTP/1.1\r\n\r\n"),
    asks("body_expected", answers(100), TOKENS, JSON, "Expect: 100-continue", "Content-Length: 2", method="POST"),
]

CASES = [*ADMIN, *REST, *BODIES]


@pytest.mark.parametrize("attack", CASES, ids=str)
def test_http(emulator: EmulatorProcess, attack: Case) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.send(*attack.sent)
        attack.end.see(attacker)


def test_five_hundred_requests_without_waiting(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.send(request("/healthz") * 499 + request("/healthz", "Connection: close"))
        assert [attacker.answer().status for _ in range(500)] == [200] * 500
        attacker.ends()


def test_a_request_hidden_in_a_body_is_not_answered(emulator: EmulatorProcess) -> None:
    hidden = request("/v1beta/models")
    with Attacker(emulator.port) as attacker:
        attacker.send(request("/", method="POST", body=hidden) + request("/healthz", "Connection: close"))
        assert [attacker.answer().status for _ in range(2)] == [400, 200]
        attacker.ends()


def test_a_later_request_of_another_host_is_refused_too(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.send(request("/healthz"))
        assert attacker.answer().status == 200
        attacker.send(request(HEALTH, host="evil.example"))
        Answers(403, "is not one of this emulator's").see(attacker)


def test_a_later_request_that_is_broken(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.send(request("/healthz"))
        assert attacker.answer().status == 200
        attacker.send(b"\xff\xfe\r\n\r\n")
        Answers(400).see(attacker)


def test_a_websocket_asked_for_on_a_kept_connection(emulator: EmulatorProcess) -> None:
    """The Live API begins with a connection of its own; here it is an ordinary request."""
    with Attacker(emulator.port) as attacker:
        attacker.send(request("/healthz"))
        assert attacker.answer().status == 200
        attacker.send(
            request(
                "/ws",
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "Sec-WebSocket-Version: 13",
            )
        )
        assert attacker.answer().status in (400, 404, 426)


def test_clients_that_do_not_wait_for_their_answer(emulator: EmulatorProcess) -> None:
    for _ in range(50):
        with Attacker(emulator.port) as attacker:
            attacker.send(request(MODELS))
            attacker.reset()


def test_clients_that_leave_within_a_body(emulator: EmulatorProcess) -> None:
    for _ in range(20):
        with Attacker(emulator.port) as attacker:
            attacker.send(request(TOKENS, JSON, "Content-Length: 100", method="POST") + b"{")
            attacker.finish()
            Drops().see(attacker)


def test_three_hundred_kept_connections(emulator: EmulatorProcess) -> None:
    attackers = [Attacker(emulator.port) for _ in range(300)]
    try:
        for attacker in attackers:
            attacker.send(request("/healthz"))
        assert {attacker.answer().status for attacker in attackers} == {200}
    finally:
        for attacker in attackers:
            attacker.socket.close()
