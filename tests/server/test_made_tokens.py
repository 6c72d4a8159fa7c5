"""Ephemeral tokens as they are made and kept: what their makers may ask for, and what becomes of it in a store."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar

import pytest
from live_server import TEXT_MODEL

from gemlive_emulator.server import auth_tokens
from gemlive_emulator.server.auth_tokens import Tokens
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.waits import Rest, Waits, begin
from gemlive_emulator.store import counters
from gemlive_emulator.store.counters import MemoryCounters
from gemlive_emulator.store.record import StoreError
from gemlive_emulator.wire.errors import ClientFault

T = TypeVar("T")

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def make(body: dict[str, Any] | bytes, clock: ManualClock | None = None, **more: Any) -> auth_tokens.Token:
    clock = clock or ManualClock(100.0)
    tokens = Tokens(MemoryCounters(), clock.now, wall=NOW.timestamp, **more)
    return at_once(tokens.make(body if isinstance(body, bytes) else json.dumps(body).encode(), "mine"))


def at_once(work: Waits[T]) -> T:
    """What comes of work that has nothing to wait for."""
    done = begin(work, ManualClock())
    assert not isinstance(done, Rest)
    return done


def at(seconds: float) -> str:
    """So many seconds from now, as google-genai for Python writes it."""
    return (NOW + timedelta(seconds=seconds)).isoformat()


@pytest.mark.parametrize("body", [b"", b" ", b"{}", b'{"expireTime":null}'])
def test_nothing_asked_for_is_half_an_hour_and_a_minute_and_one_use(body: bytes):
    made = make(body)
    assert (made.uses, made.expires, made.begins_until) == (1, 1900.0, 160.0)


@pytest.mark.parametrize(
    ("written", "ahead"),
    [
        (at(3600), 3600),
        (at(3600).replace("+00:00", "Z"), 3600),
        ((NOW + timedelta(seconds=90)).astimezone(timezone(timedelta(hours=-5))).isoformat(), 90),
        ("2026-12-01t12:00:01.500000000z", 1.5),
        (at(20 * 3600), 20 * 3600),
        (at(-5), -5),
    ],
)
def test_times_are_taken_as_far_ahead_as_they_are(written: str, ahead: float):
    made = make({"expireTime": written, "new_session_expire_time": written})
    assert made.expires == made.begins_until == 100 + ahead


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"liveConnectConstraints": {}},
            "Invalid JSON payload received. Unknown name \"liveConnectConstraints\" at 'auth_token': Cannot find field.",
        ),
        ({"expireTime": at(20 * 3600 + 1)}, "expire_time is too far in the future. Maximum lifetime is 20h"),
        (
            {"newSessionExpireTime": at(10**7)},
            "new_session_expire_time is too far in the future. Maximum lifetime is 20h",
        ),
        (
            {"expireTime": "tomorrow"},
            "Invalid value at 'auth_token.expire_time' (type.googleapis.com/google.protobuf.Timestamp), \"tomorrow\"",
        ),
        ({"expireTime": "2026-12-01T12:00:00"}, "Invalid value at 'auth_token.expire_time' (type"),
        ({"expireTime": "2026-13-01T12:00:00Z"}, "Invalid value at 'auth_token.expire_time' (type"),
        ({"expireTime": 5}, "Invalid value at 'auth_token.expire_time' (TYPE_STRING), 5"),
        ({"uses": -1}, "uses must not be negative."),
        ({"uses": "many"}, "Invalid value at 'auth_token.uses' (TYPE_INT32), \"many\""),
        ({"fieldMask": "nothing"}, "Invalid value at 'auth_token.field_mask': \"nothing\" is not a field"),
        ({"bidiGenerateContentSetup": 1}, "Invalid value at 'auth_token.bidi_generate_content_setup'"),
        (b"[]", 'Invalid JSON payload received. Unknown name "auth_token": Proto field is not repeating'),
        (b"1", "Invalid value at 'auth_token' (type"),
        (b"{", "Invalid JSON payload received."),
    ],
)
def test_what_cannot_be_meant_is_refused(body: dict[str, Any] | bytes, words: str):
    with pytest.raises(ClientFault) as caught:
        make(body)
    assert caught.value.code == 1007
    assert str(caught.value.args[0]).startswith(words)


def test_an_unknown_field_of_its_setup_is_told_or_refused(caplog: pytest.LogCaptureFixture):
    body = {"bidiGenerateContentSetup": {"modell": "x"}}
    make(body)
    assert "unknown name \"modell\" at 'auth_token.bidi_generate_content_setup' was ignored" in caplog.text
    with pytest.raises(ClientFault, match="Unknown name"):
        make(body, strict=True)


def test_the_token_used_longest_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(counters, "MOST_NAMES", 2)
    tokens = Tokens(MemoryCounters(), ManualClock().now)
    first, second = at_once(tokens.make(b"", "a")), at_once(tokens.make(b"", "b"))
    assert at_once(tokens.find(first.name)) == first
    third = at_once(tokens.make(b"", "c"))
    assert [at_once(tokens.find(made.name)) for made in (first, second, third)] == [first, None, third]


def test_what_a_token_pins_comes_back_as_it_was():
    tokens = Tokens(MemoryCounters(), ManualClock(100.0).now, wall=NOW.timestamp)
    setup = {"model": TEXT_MODEL, "systemInstruction": {"parts": [{"text": "Be kind."}]}}
    body = {"uses": 3, "expireTime": at(90), "bidi_generate_content_setup": setup, "fieldMask": "systemInstruction"}
    made = at_once(tokens.make(json.dumps(body).encode(), "mine"))
    found = at_once(tokens.find(made.name))
    assert found == made
    assert made.pin.mask
    assert made.pin.setup is not None


def test_neither_the_token_nor_its_key_is_kept_in_clear():
    kept: dict[str, str] = {}

    class Reading(MemoryCounters):
        def note(self, name: str, text: str, lasts: float, now: float) -> None:
            kept[name] = text

    made = at_once(Tokens(Reading(), ManualClock().now).make(b"", "a-secret-key"))
    ((name, text),) = kept.items()
    assert "a-secret-key" not in text
    assert made.name.removeprefix("auth_tokens/") not in name + text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"version": 99}', "is written in version 99 of the form, and this emulator reads version 1"),
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"version": 1}', "cannot be read"),
        ('{"version": 1, "body": 5}', "cannot be read"),
    ],
)
def test_a_token_that_cannot_be_read_is_told(text: str, words: str):
    with pytest.raises(StoreError, match=words):
        auth_tokens.read("auth_tokens/x", text)
