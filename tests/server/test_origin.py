"""Host and Origin rules, by the names of the threat table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemlive_emulator.server.origin import Visitors

LOCAL = "localhost:8765"


def code(host, *origins, visitors=None):
    refusal = (visitors or Visitors()).refusal([host], list(origins))
    return refusal and refusal.code


@pytest.mark.parametrize(
    "host",
    [
        LOCAL,
        "localhost",
        "LOCALHOST:1",
        "localhost.",
        "app.localhost:80",
        "127.0.0.1:8765",
        "127.9.9.9",
        "10.0.2.2:8765",
        "192.168.1.5",
        "8.8.8.8",
        "[::1]:8765",
        "[::1]",
        "[fe80::1]",
        "host.docker.internal:8765",
        "generativelanguage.googleapis.com",
        "us-central1-aiplatform.googleapis.com:443",
        "localhost:",
    ],
)
def test_hosts_that_may_come_in(host):
    assert code(host) is None


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("evil.example", id="host_evil"),
        pytest.param("evil.example:8765", id="host_evil_with_port"),
        pytest.param("localhost.evil.example", id="host_localhost_suffix_trick"),
        pytest.param("evillocalhost", id="host_localhost_prefix_trick"),
        pytest.param("127.0.0.1.evil.example", id="host_127_prefix_trick"),
        pytest.param("127.1", id="host_short_address"),
        pytest.param("0x7f000001", id="host_hex_address"),
        pytest.param("2130706433", id="host_number"),
        pytest.param("googleapis.com.evil.example", id="host_google_suffix_trick"),
        pytest.param("evilgoogleapis.com", id="host_google_prefix_trick"),
        pytest.param("googleapis.com", id="host_google_bare"),
    ],
)
def test_hosts_that_are_not_ours(host):
    assert code(host) == 403


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "local host",
        "localhost:port",
        "localhost:99999",
        "localhost:\u0661",
        "user@localhost",
        "localhost/x",
        "http://localhost",
        "[::1",
        "::1",
        "[localhost]",
        "localhost,evil.example",
        "localhost\x00",
        "localhost\n",
        ".",
        "-",
        "\ud800",
        "a" * 70_000 + "!",
    ],
)
def test_host_malformed(host):
    assert code(host) == 400


def test_host_two_headers():
    refusal = Visitors().refusal([LOCAL, LOCAL], [])
    assert refusal is not None
    assert (refusal.code, "2 Host headers" in refusal.message) == (400, True)


def test_host_missing():
    refusal = Visitors().refusal([], [])
    assert refusal is not None
    assert refusal.code == 400


def test_a_refused_host_is_told_the_flag():
    refusal = Visitors().refusal(["gemlive:8765"], [])
    assert refusal is not None
    assert "--allow-host gemlive" in refusal.message


def test_configured_hosts():
    visitors = Visitors(hosts=("GemLive", "*.test"))
    assert code("gemlive:8765", visitors=visitors) is None
    assert code("a.test", visitors=visitors) is None
    assert code("test", visitors=visitors) == 403
    assert code("other", visitors=visitors) == 403
    assert code("anything.example", visitors=Visitors(hosts=("*",))) is None


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:3000",
        "https://localhost",
        "http://127.0.0.1:5173",
        "http://[::1]:5173",
        "http://app.localhost:5173",
        "capacitor://localhost",
        "ionic://localhost",
        "tauri://localhost",
        "HTTP://LOCALHOST",
    ],
)
def test_origins_that_may_come_in(origin):
    assert code(LOCAL, origin) is None


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("https://evil.example", id="origin_evil"),
        pytest.param("null", id="origin_null"),
        pytest.param("http://8.8.8.8", id="origin_public_ip"),
        pytest.param("http://192.168.1.5:3000", id="origin_private_ip"),
        pytest.param("http://localhost.evil.example", id="origin_localhost_suffix_trick"),
        pytest.param("http://127.0.0.1.evil.example", id="origin_127_prefix_trick"),
        pytest.param("http://localhost@evil.example", id="origin_userinfo_trick"),
        pytest.param("http://evil.example@localhost", id="origin_userinfo"),
        pytest.param("http://localhost:80@evil.example", id="origin_userinfo_port_trick"),
        pytest.param("file://", id="origin_file"),
        pytest.param("chrome-extension://abcdef", id="origin_extension"),
    ],
)
def test_origins_that_may_not(origin):
    assert code(LOCAL, origin) == 403


@pytest.mark.parametrize(
    "origin",
    [
        "",
        " ",
        "localhost",
        "//localhost",
        "http:localhost",
        "http://",
        "http://localhost/path",
        "http://localhost:x",
        "\x00",
    ],
)
def test_origin_malformed(origin):
    assert code(LOCAL, origin) == 403


def test_origin_two_headers():
    assert code(LOCAL, "http://localhost", "http://localhost") == 403


def test_the_page_of_the_same_host_may_come_in():
    # React Native makes an Origin of the URL; Android's emulator sees the host machine as 10.0.2.2.
    assert code("10.0.2.2:8765", "http://10.0.2.2:8765") is None
    assert code("192.168.1.5:8765", "http://192.168.1.5:3000") is None
    assert code("192.168.1.5:8765", "http://192.168.1.6:3000") == 403


def test_a_foreign_host_is_refused_though_its_page_is_its_own():
    assert code("evil.example", "http://evil.example") == 403


def test_a_refused_origin_is_told_the_flag():
    refusal = Visitors().refusal([LOCAL], ["null"])
    assert refusal is not None
    assert "--allow-origin 'null'" in refusal.message


def test_allowed_origins():
    visitors = Visitors(origins=("https://app.example", "null"))
    assert code(LOCAL, "https://app.example", visitors=visitors) is None
    assert code(LOCAL, "HTTPS://App.Example", visitors=visitors) is None
    assert code(LOCAL, "null", visitors=visitors) is None
    assert code(LOCAL, "http://app.example", visitors=visitors) == 403
    assert code(LOCAL, "https://app.example:444", visitors=visitors) == 403
    assert code(LOCAL, "https://any.example", visitors=Visitors(origins=("*",))) is None


@given(st.lists(st.text(max_size=40), max_size=3), st.lists(st.text(max_size=40), max_size=3))
def test_nothing_that_is_sent_raises_and_the_words_are_ascii(hosts, origins):
    refusal = Visitors().refusal(hosts, origins)
    if refusal is not None:
        assert refusal.code in (400, 403)
        assert refusal.message.isascii()
        assert refusal.message.isprintable()
