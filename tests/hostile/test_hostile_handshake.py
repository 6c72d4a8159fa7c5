"""What comes before a session: other protocols, broken requests, foreign pages, and requests of two minds."""

import socket

import pytest
from attacker_socket import (
    CANARY,
    FORGED,
    KEY_PARAMETER,
    LIVE_PATH,
    PATIENCE,
    Attacker,
    octets,
    setup_of,
    text,
    turn_of,
    upgrade,
)
from emulator_process import EmulatorProcess
from ends import Answers, Case, Drops, End, GoesOn, case, chopped

NO_HTTP = Answers(400, "This is not HTTP")
FOREIGN_HOST = Answers(403, "is not one of this emulator's")
NO_HOST = Answers(400, "is not a name or address")
FOREIGN_PAGE = Answers(403, "may not use this emulator")
AMISS = Answers(400, "A header of the request is malformed.")
TWO_ENDS = Answers(400, "it may have one of them")
ENTERED = Answers(101, headers={"sec-websocket-extensions": None, "sec-websocket-protocol": None}, stays=True)
EVIL = "evil.example"
CLIENT_HELLO_OF_NOBODY = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 507


def asks(name: str, end: End, *more: str, host: str = "localhost", target: str = LIVE_PATH, without: str = "") -> Case:
    """A request for a WebSocket with something odd."""
    return case(name, end, upgrade(target, *more, host=host, without=without))


def from_host(name: str, host: str, end: End) -> Case:
    """A request to this host."""
    return asks(f"host_{name}", end, host=host)


def from_page(name: str, origin: str, end: End = FOREIGN_PAGE) -> Case:
    """A request of a page."""
    return asks(f"origin_{name}", end, f"Origin: {origin}")


PROTOCOLS = [
    case("tls_garbage", Drops(), b"\x16" + b"\x03\x01\xff\xff" + b"\xaa" * 70000),
    case("tls_alert_first", NO_HTTP, b"\x15\x03\x01\x00\x02\x02\x28"),
    case("sslv2_hello", NO_HTTP, b"\x80\x2e\x01\x00\x02" + bytes(40)),
    case("http2_preface", Answers(505, "Only HTTP/1.1"), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9)),
    case("http3_line", Answers(505, "Only HTTP/1.1"), upgrade().replace(b"HTTP/1.1", b"HTTP/3.0")),
    case("http_0_9", NO_HTTP, b"GET /\r\n\r\n"),
    case("smtp", NO_HTTP, b"EHLO attacker\r\n"),
    case("ssh", NO_HTTP, b"SSH-2.0-OpenSSH_9.9\r\n"),
    case("redis", NO_HTTP, b"*1\r\n$4\r\nPING\r\n"),
    case("rtsp", NO_HTTP, b"OPTIONS rtsp://localhost/ RTSP/1.0\r\n\r\n"),
    case("websocket_frame_first", NO_HTTP, text(setup_of())),
    case("zeros", NO_HTTP, bytes(1000)),
    case("blank_lines_first", NO_HTTP, b"\r\n\r\n" + upgrade()),
    case("proxy_protocol", NO_HTTP, b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n" + upgrade()),
    case("bytes_beyond_ascii", NO_HTTP, "GÉT / HTTP/1.1\r\n\r\n".encode()),
]

HEADS = [
    case("bare_line_feeds", Answers(400, "CR LF"), upgrade().replace(b"\r\n", b"\n")),
    case("target_of_9000", Answers(414, "8192 bytes"), upgrade("/ws/" + "a" * 9000)),
    case("header_of_9000", Answers(431, "8192 bytes"), upgrade(LIVE_PATH, "X-Long: " + "a" * 9000)),
    case("headers_for_ever", Answers(431, "65536 bytes"), upgrade()[:-2] + b"X-More: and more\r\n" * 8000),
    case("headers_200", Answers(431, "128 headers"), upgrade(LIVE_PATH, *["X-Many: 1"] * 200)),
    case("one_line_for_ever", Answers(414, "8192 bytes"), b"GET /" + b"a" * 20_000),
    case("header_without_colon", AMISS, upgrade(LIVE_PATH, "no colon here")),
    case("header_without_name", AMISS, upgrade(LIVE_PATH, ": value")),
    case("header_name_with_blank", AMISS, upgrade(LIVE_PATH, "Host : localhost")),
    case("header_folded", AMISS, upgrade(LIVE_PATH, "X-Folded: a\r\n b")),
    case("header_with_nul", AMISS, upgrade(LIVE_PATH, "X-Nul: a\0b")),
    case("header_with_bare_cr", AMISS, upgrade(LIVE_PATH, f"X-CR: a\r{FORGED}")),
    case("header_with_escape", AMISS, upgrade(LIVE_PATH, "X-Escape: \x1b[2J")),
    case("target_with_blank", NO_HTTP, upgrade("/ws/a b")),
    case("target_with_nul", NO_HTTP, upgrade("/ws/\0")),
    case("post_for_a_websocket", Answers(426, "takes a GET request"), upgrade().replace(b"GET", b"POST")),
    case(
        "http_1_0_for_a_websocket",
        Answers(505, "unsupported HTTP version"),
        upgrade().replace(b"HTTP/1.1", b"HTTP/1.0"),
    ),
    asks("no_key", Answers(400, "missing Sec-WebSocket-Key"), without="Sec-WebSocket-Key"),
    asks("two_keys", Answers(400, "multiple values"), "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
    asks(
        "key_too_short",
        Answers(400, "invalid Sec-WebSocket-Key"),
        "Sec-WebSocket-Key: c2hvcnQ=",
        without="Sec-WebSocket-Key",
    ),
    asks(
        "key_no_base64",
        Answers(400, "invalid Sec-WebSocket-Key"),
        "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==",
        without="Sec-WebSocket-Key",
    ),
    asks("no_version", Answers(400, "missing Sec-WebSocket-Version"), without="Sec-WebSocket-Version"),
    asks(
        "version_8",
        Answers(400, "invalid Sec-WebSocket-Version"),
        "Sec-WebSocket-Version: 8",
        without="Sec-WebSocket-Version",
    ),
    asks("no_connection_upgrade", Answers(426, "missing Connection"), without="Connection"),
    asks("upgrade_to_h2c_too", Answers(426, "invalid Upgrade"), "Upgrade: h2c"),
    asks("no_upgrade", Answers(426, "is the Live API"), without="Upgrade"),
]

TWO_MINDS = [
    asks("body_by_length", Answers(400, "has no body"), "Content-Length: 5"),
    asks("body_by_chunks", Answers(400, "has no body"), "Transfer-Encoding: chunked"),
    asks("smuggle_cl_te", TWO_ENDS, "Content-Length: 5", "Transfer-Encoding: chunked"),
    asks("smuggle_two_lengths", Answers(400, "is not one number"), "Content-Length: 5", "Content-Length: 6"),
    asks("smuggle_negative_length", Answers(400, "is not one number"), "Content-Length: -1"),
    asks("smuggle_length_with_plus", Answers(400, "is not one number"), "Content-Length: +0"),
    asks("smuggle_huge_length", Answers(400, "is not one number"), "Content-Length: " + "9" * 400),
    asks("smuggle_te_identity_chunked", Answers(501, "Only chunked"), "Transfer-Encoding: identity, chunked"),
    asks("smuggle_te_odd", Answers(501, "Only chunked"), "Transfer-Encoding: xchunked"),
]

HOSTS = [
    from_host("evil", EVIL, FOREIGN_HOST),
    from_host("evil_with_port", f"{EVIL}:8765", FOREIGN_HOST),
    from_host("localhost_suffix_trick", f"localhost.{EVIL}", FOREIGN_HOST),
    from_host("localhost_prefix_trick", "notlocalhost", FOREIGN_HOST),
    from_host("127_prefix_trick", f"127.0.0.1.{EVIL}", FOREIGN_HOST),
    from_host("google_suffix_trick", f"generativelanguage.googleapis.com.{EVIL}", FOREIGN_HOST),
    from_host("google_without_dot", "evilgoogleapis.com", FOREIGN_HOST),
    from_host("userinfo_trick", f"localhost@{EVIL}", NO_HOST),
    from_host("malformed", "[::1", NO_HOST),
    from_host("port_too_high", "localhost:99999", NO_HOST),
    from_host("port_not_a_number", "localhost:80a", NO_HOST),
    from_host("beyond_ascii", "l\u00f6calhost", NO_HOST),
    from_host("empty", "", NO_HOST),
    asks("host_missing", Answers(400, "0 Host headers"), without="Host"),
    asks("host_twice", Answers(400, "2 Host headers"), f"Host: {EVIL}"),
]

ORIGINS = [
    from_page("evil", f"https://{EVIL}"),
    from_page("null", "null"),
    from_page("file", "file://"),
    from_page("public_ip", "http://8.8.8.8"),
    from_page("localhost_suffix_trick", f"http://localhost.{EVIL}"),
    from_page("localhost_prefix_trick", "http://evillocalhost"),
    from_page("userinfo_trick", f"http://localhost@{EVIL}"),
    from_page("path_trick", f"http://{EVIL}/localhost"),
    from_page("malformed", "http://[::1"),
    from_page("empty", ""),
    from_page("two_in_one", f"http://localhost, https://{EVIL}"),
    from_page("long", "https://" + "a" * 8000 + ".example"),
    from_page("with_a_key", f"https://{EVIL}/?{KEY_PARAMETER}"),
    asks("origin_twice", Answers(403, "2 Origin headers"), "Origin: http://localhost", f"Origin: https://{EVIL}"),
]

LET_IN = [
    asks("extensions_are_declined", ENTERED, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"),
    asks("extensions_malformed", ENTERED, "Sec-WebSocket-Extensions: ;;;,==permessage-deflate"),
    asks("subprotocols_are_not_taken", ENTERED, "Sec-WebSocket-Protocol: evil, mqtt"),
    asks("bearer_of_7000", ENTERED, f"Authorization: Bearer {CANARY}{'b' * 7000}"),
    asks("key_in_every_place", ENTERED, f"x-goog-api-key: {CANARY}1", f"Authorization: Token auth_tokens/{CANARY}2"),
    asks("key_percent_encoded", ENTERED, target=f"/ws?%6b%65%79={CANARY}3"),
    asks("key_of_line_ends", ENTERED, target=f"/ws?key=%0d%0a{FORGED.replace(' ', '%20')}"),
    asks("path_climbs_out", ENTERED, target=f"/../../../etc/passwd?{KEY_PARAMETER}"),
    asks("path_climbs_out_encoded", ENTERED, target="/ws/%2e%2e%2f%2e%2e%2fetc%2fpasswd%00"),
    asks("path_of_slashes", ENTERED, target="/" * 8000),
    asks("path_of_percent_signs", ENTERED, target="/%%%%%ff%fe%" + "%0a" * 100),
    asks("absolute_target_of_another_host", ENTERED, target=f"http://{EVIL}/ws"),
    asks("asterisk", ENTERED, target="*"),
    asks("control_path", ENTERED, target="/emulator/v1/clock/advance"),
    asks("thousands_of_parameters", ENTERED, target="/ws?" + "&".join(["a=b"] * 1900)),
    asks("forged_header_name", ENTERED, f"X-{'A' * 100}: {FORGED}"),
]

CASES = [*PROTOCOLS, *HEADS, *TWO_MINDS, *HOSTS, *ORIGINS, *LET_IN]


@pytest.mark.parametrize("attack", CASES, ids=str)
def test_handshakes(emulator: EmulatorProcess, attack: Case) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.send(*attack.sent)
        attack.end.see(attacker)


def test_a_client_in_a_hurry_is_heard_all_the_same(emulator: EmulatorProcess) -> None:
    """Head, setup and turn in one packet."""
    with Attacker(emulator.port) as attacker:
        attacker.send(upgrade() + text(setup_of()) + text(turn_of("hello")))
        assert attacker.head().status == 101
        assert "setupComplete" in attacker.message()
        GoesOn(("Heard: hello",)).see(attacker)


def test_a_head_byte_by_byte(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.send(*chopped(upgrade()))
        assert attacker.head().status == 101
        attacker.set_up()
        GoesOn().see(attacker)


def test_a_scenario_that_is_not_there(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.enter(f"/ws?scenario=..%2f..%2fetc%2fpasswd&{KEY_PARAMETER}")
        code, words = attacker.closing()
        assert (code, "scenario" in words) == (1011, True), words
        attacker.finish()
        Drops().see(attacker)


def test_half_a_head_and_gone(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.send(upgrade()[:100])
        attacker.finish()
        Drops().see(attacker)


def test_half_a_head_and_cut(emulator: EmulatorProcess) -> None:
    for length in range(1, 200, 10):
        with Attacker(emulator.port) as attacker:
            attacker.send(upgrade()[:length])
            attacker.reset()


def test_a_refused_client_that_talks_on(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.send(upgrade(host=EVIL), *[octets(turn_of("hello"))] * 2000)
        FOREIGN_HOST.see(attacker)


def test_tls_and_then_garbage(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port, tls=True) as attacker:
        attacker.send(b"\xff" * 1000)
        NO_HTTP.see(attacker)


def test_tls_and_then_a_foreign_host(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port, tls=True) as attacker:
        attacker.send(upgrade(host=EVIL))
        FOREIGN_HOST.see(attacker)


def test_tls_that_is_cut_within_a_session(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port, tls=True) as attacker:
        attacker.enter().set_up()
        attacker.reset()


def test_tls_and_then_plain_text_below_it(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port, tls=True) as attacker:
        attacker.enter().set_up()
        with socket.socket(fileno=attacker.socket.detach()) as below:
            below.settimeout(PATIENCE)
            below.sendall(upgrade())
            said = b"".join(iter(lambda: below.recv(65536), b""))
        assert said[:1] in (b"", b"\x15"), said  # a TLS alert, at most


def test_a_client_hello_of_nobody(emulator: EmulatorProcess) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.send(CLIENT_HELLO_OF_NOBODY)
        said = attacker.rest()
        assert said == b"" or said[0] == 0x15, said  # a TLS alert
