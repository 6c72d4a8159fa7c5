"""No key, no forged line and no terminal escape gets into a log."""

import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemlive_emulator.server.redact import (
    RedactingFormatter,
    clean,
    mask,
    protocol_logger,
    quote,
    redact,
    redacting_logger,
)

CANARY = "AIza" + "SyCanary-0123456789_abcdefghij-zz9"  # in two, so that no scanner takes it for a key
TOKEN = "canary0123456789tail"


@pytest.mark.parametrize(
    ("secret", "shown"),
    [("", "..."), ("short", "..."), ("1234567", "..."), ("12345678", "...5678"), (CANARY, "...-zz9")],
)
def test_the_last_four_characters_stay_of_a_secret_that_is_long_enough(secret, shown):
    assert mask(secret) == shown


@pytest.mark.parametrize(
    "text",
    [
        "GET /ws/x?key={} HTTP/1.1",
        "GET /ws/x?alt=1&key={}&b=2",
        "?access_token={}",
        "GET /x?k%65y={}&a=b",
        "GET /x?access%5Ftoken={}",
        "GET /x?%4B%45%59={}",
        "key={}",
        "KEY={}",
        "api_key={}",
        "x-goog-api-key: {}",
        "X-Goog-Api-Key:{}",
        "Authorization: Bearer {}",
        "authorization: token {}",
        "Authorization: {}",
        "{{'x-goog-api-key': '{}'}}",
        '{{"Authorization": "Bearer {}"}}',
        "[(b'x-goog-api-key', b'{}'), (b'a', b'b')]",
        "Headers([('Authorization', 'Bearer {}')])",
        "a Bearer {} was given",
    ],
)
def test_log_key_leaks(text):
    told = redact(text.format(TOKEN))
    assert TOKEN[:-4] not in told
    assert told == text.format("...tail")
    assert redact(told) == told


@pytest.mark.parametrize("secret", [CANARY, "ya29.a0Canary_-012345", "auth_tokens/0123456789abcdef"])
def test_what_looks_like_a_key_is_redacted_wherever_it_stands(secret):
    assert redact(f"words {secret} words") == f"words ...{secret[-4:]} words"


@pytest.mark.parametrize(
    "text", ["monkey=banana", "the key is under the mat", "a token of thanks", "keys: 3", "bearer of news"]
)
def test_ordinary_words_stay(text):
    assert redact(text) == text


def test_log_forged_lines():
    forged = 'x"\r\n2026-01-01 INFO all is well\u2028more'
    assert "\n" not in quote(forged)
    assert "\r" not in quote(forged)
    assert json.loads(quote(forged)) == forged
    assert clean(forged) == 'x"2026-01-01 INFO all is wellmore'


def test_log_escape_bytes():
    assert clean("\x1b[31mred\x00\x07\x9b\u202etxt\ud800") == "[31mredtxt"
    assert quote("\x1b\ud800") == '"\\u001b\\ud800"'


def test_a_log_line_is_cut_after_the_key_is_out(caplog):
    redacting_logger("test_cut").warning("%s key=%s %s", "a" * 3_980, TOKEN, "b" * 1_000_000)
    (line,) = caplog.messages
    assert line == "a" * 3_980 + " key=...tail bbbbbbb..."


def test_a_key_that_is_broken_by_a_control_character_does_not_leak():
    assert clean("key=canary01\n23456789tail") == "key=...tail"


def test_quoted_words_are_cut_after_the_key_is_out():
    told = json.loads(quote("?key=" + TOKEN + "&" + "a" * 1000, at_most=20))
    assert told == "?key=...tail&aaaaaaa..."


def capture(logger: logging.Logger, formatter: logging.Formatter) -> io.StringIO:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger.handlers = [handler]
    logger.propagate = False
    return stream


@pytest.fixture
def logger():
    logger = redacting_logger("test_redact")
    yield logger
    logger.handlers = []


def fail(logger: logging.Logger) -> None:
    try:
        raise ValueError(f"?key={TOKEN}\n2026-01-01 INFO forged")
    except ValueError:
        logger.exception("it failed with %s", f"?key={TOKEN}\x1b[0m")


def test_a_logger_of_ours_is_redacted_before_any_handler(logger):
    stream = capture(logger, logging.Formatter("%(levelname)s %(message)s"))
    fail(logger)
    told = stream.getvalue()
    assert TOKEN[:-4] not in told
    first, *rest = told.splitlines()
    assert first == "ERROR it failed with ?key=...l[0m"
    assert any("ValueError" in line for line in rest)
    assert all(line.startswith("  | ") for line in rest)


def test_wrong_arguments_do_not_lose_the_record(logger):
    stream = capture(logger, logging.Formatter("%(message)s"))
    logger.warning("%d pieces", "no number")
    assert stream.getvalue() == "%d pieces ('no number',)\n"


def test_the_stack_is_indented(logger):
    stream = capture(logger, logging.Formatter("%(message)s"))
    logger.warning("here", stack_info=True)
    first, *rest = stream.getvalue().splitlines()
    assert first == "here"
    assert rest
    assert all(line.startswith("  | ") for line in rest)


def test_the_formatter_guards_the_records_of_other_libraries():
    foreign = logging.getLogger("somebody_elses.library")
    stream = capture(foreign, RedactingFormatter("%(levelname)s %(message)s"))
    fail(foreign)
    foreign.handlers = []
    told = stream.getvalue()
    assert TOKEN[:-4] not in told
    first, *rest = told.splitlines()
    assert first == "ERROR it failed with ?key=...l[0m"
    assert all(line.startswith("  | ") for line in rest)


def test_the_logger_for_protocol_libraries_is_quiet_and_ours():
    logger = protocol_logger()
    assert not logger.isEnabledFor(logging.WARNING)
    assert logger.isEnabledFor(logging.ERROR)
    assert logger.name.startswith("gemlive_emulator.")
    assert protocol_logger() is logger
    assert len(logger.filters) == 1


@given(st.text())
def test_cleaned_text_is_one_line_whatever_comes(text):
    assert len(clean(text).splitlines()) <= 1
    json.loads(quote(text))
