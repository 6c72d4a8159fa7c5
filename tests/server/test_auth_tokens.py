"""Ephemeral tokens: what their makers may ask for, what they pin, how often and how long they are good."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar

import httpx
import pytest
from live_server import TEXT_MODEL, TEXT_SETUP, Client, said
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server import auth_tokens
from gemlive_emulator.server.auth_tokens import Tokens
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.waits import Rest, Waits, begin
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn
from gemlive_emulator.store import counters
from gemlive_emulator.store.counters import MemoryCounters
from gemlive_emulator.store.record import StoreError
from gemlive_emulator.wire.errors import ClientFault

T = TypeVar("T")

SERVICE = "/ws/google.ai.generativelanguage.{}.GenerativeService.BidiGenerateContent"
SPENT = (1011, "Token has been used too many times")
EXPIRED = (1011, "Token has expired")
ENDED = (1011, "auth token has expired")
INVALID = (1007, "API key not valid. Please pass a valid API key.")
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def who(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(f"{conversation.model}: {conversation.system_instruction or 'no instruction'}")


Emulating = Callable[..., AbstractAsyncContextManager[Emulator]]


@pytest.fixture
def emulating(any_store: str) -> Emulating:
    """Makes emulators with settings, over each of the stores."""

    @asynccontextmanager
    async def emulating(clock: ManualClock | None = None, **more: Any) -> AsyncIterator[Emulator]:
        settings = Settings(port=0, pace="at-once", voice="formant", store=any_store, **more)
        async with Emulator(settings, clock=clock, responder=who) as emulator:
            yield emulator

    return emulating


async def post(
    emulator: Emulator, body: dict[str, Any] | None = None, key: str = "mine", version: str = "v1alpha"
) -> httpx.Response:
    async with httpx.AsyncClient() as http:
        path = f"{emulator.url}/{version}/auth_tokens"
        headers = {"x-goog-api-key": key} if key else {}
        return await http.post(path, headers=headers, content=b"" if body is None else json.dumps(body))


async def token(emulator: Emulator, body: dict[str, Any] | None = None, key: str = "mine") -> str:
    response = await post(emulator, body, key)
    assert response.status_code == 200, response.text
    told: dict[str, str] = response.json()
    return told.pop("name") if len(told) == 1 else ""


def url(
    emulator: Emulator, name: str, version: str = "v1alpha", method: str = "Constrained", by: str = "access_token"
) -> str:
    return emulator.url.replace("http", "ws", 1) + SERVICE.format(version) + f"{method}?{by}={name}"


@asynccontextmanager
async def knocking(address: str, setup: dict[str, Any] | None = None) -> AsyncIterator[Client]:
    """A client that has sent its setup."""
    async with connect(address) as connection:
        client = Client(connection)
        await client.send(TEXT_SETUP if setup is None else {"setup": setup})
        yield client


async def refused(address: str, setup: dict[str, Any] | None = None) -> tuple[int, str]:
    async with knocking(address, setup) as client:
        return await client.closed()


async def let_in(address: str, setup: dict[str, Any] | None = None) -> str:
    """What the model says of itself."""
    async with knocking(address, setup) as client:
        assert "setupComplete" in await client.receive()
        await client.say("Who are you?")
        return said(await client.turn())


async def test_a_token_opens_one_session(emulating: Emulating):
    async with emulating() as emulator:
        name = await token(emulator)
        assert re.fullmatch(r"auth_tokens/[0-9a-f]{64}", name)
        assert await let_in(url(emulator, name)) == "gemini-2.0-flash-live-001: no instruction"
        assert await refused(url(emulator, name)) == SPENT


@pytest.mark.parametrize("version", ["v1alpha", "v1beta", "v1"])
async def test_each_version_makes_and_takes_them(emulating: Emulating, version: str):
    async with emulating() as emulator:
        name = (await post(emulator, {}, version=version)).json()["name"]
        assert await let_in(url(emulator, name, version))


@pytest.mark.parametrize("spelling", ["Token", "Bearer"])
async def test_it_may_come_in_a_header(emulating: Emulating, spelling: str):
    async with emulating() as emulator:
        name = await token(emulator)
        path = emulator.url.replace("http", "ws", 1) + SERVICE.format("v1alpha") + "Constrained"
        headers = {"Authorization": f"{spelling} {name}", "x-goog-api-key": name}
        async with connect(path, additional_headers=headers) as connection:
            client = Client(connection)
            await client.send(TEXT_SETUP)
            assert "setupComplete" in await client.receive()
        assert await refused(url(emulator, name)) == SPENT


@pytest.mark.parametrize(("uses", "sessions"), [(2, 2), (0, 4)])
async def test_it_may_be_used_more_often(emulating: Emulating, uses: int, sessions: int):
    async with emulating() as emulator:
        name = await token(emulator, {"uses": uses})
        for _ in range(sessions):
            await let_in(url(emulator, name))
        if uses:
            assert await refused(url(emulator, name)) == SPENT


async def test_a_setup_that_is_refused_is_no_use(emulating: Emulating):
    async with emulating() as emulator:
        name = await token(emulator)
        wrong = {"model": TEXT_MODEL, "generationConfig": {"responseModalities": ["TEXT", "AUDIO"]}}
        assert (await refused(url(emulator, name), wrong))[0] == 1007
        assert await let_in(url(emulator, name))


async def test_resuming_is_no_use_and_another_token_may_do_it(emulating: Emulating):
    async with emulating() as emulator:
        name, other = await token(emulator), await token(emulator)
        setup = {**TEXT_SETUP["setup"], "sessionResumption": {}}
        async with knocking(url(emulator, name), setup) as client:
            assert "setupComplete" in await client.receive()
            await client.say("Remember me.")
            await client.turn()
            handle = (await client.receive())["sessionResumptionUpdate"]["newHandle"]
        assert await refused(url(emulator, name)) == SPENT
        resumed = {**setup, "sessionResumption": {"handle": handle}}
        assert await let_in(url(emulator, name), resumed)
        assert await let_in(url(emulator, other), resumed)
        assert await let_in(url(emulator, other)), "the other one is not used up either"


async def test_the_pinned_setup_wins(emulating: Emulating):
    pinned = {
        "model": TEXT_MODEL,
        "generationConfig": {"responseModalities": ["TEXT"]},
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
    }
    async with emulating() as emulator:
        name = await token(emulator, {"uses": 0, "bidiGenerateContentSetup": pinned})
        theirs = {"model": "models/gemini-3.8-live", "systemInstruction": {"parts": [{"text": "Be rude."}]}}
        for setup in (theirs, {}):
            assert await let_in(url(emulator, name), setup) == "gemini-2.0-flash-live-001: Be kind."
        name = await token(emulator, {"bidi_generate_content_setup": pinned, "field_mask": "systemInstruction"})
        asked = {**TEXT_SETUP["setup"], **theirs, "model": "models/gemini-2.0-flash-exp"}
        assert await let_in(url(emulator, name), asked) == "gemini-2.0-flash-exp: Be kind."


async def test_new_sessions_may_begin_for_a_minute_by_the_clock_of_the_emulator(emulating: Emulating):
    clock = ManualClock()
    async with emulating(clock) as emulator:
        name = await token(emulator, {"uses": 0})
        await clock.advance(59.9)
        await let_in(url(emulator, name))
        await clock.advance(0.1)
        assert await refused(url(emulator, name)) == EXPIRED


async def test_it_expires_in_flight(emulating: Emulating):
    clock = ManualClock()
    async with emulating(clock, limits=False) as emulator:
        name = await token(emulator)
        async with knocking(url(emulator, name)) as client:
            assert "setupComplete" in await client.receive()
            await clock.advance(1799.5)
            await client.say("Still there?")
            assert said(await client.turn())
            await clock.advance(0.5)
            assert await client.closed() == ENDED


async def test_handles_are_good_after_the_time_for_new_sessions_until_the_token_expires(emulating: Emulating):
    clock = ManualClock()
    async with emulating(clock) as emulator:
        name = await token(emulator)
        setup = {**TEXT_SETUP["setup"], "sessionResumption": {}}
        async with knocking(url(emulator, name), setup) as client:
            assert "setupComplete" in await client.receive()
            await client.say("Hello")
            await client.turn()
            handle = (await client.receive())["sessionResumptionUpdate"]["newHandle"]
        resumed = {**setup, "sessionResumption": {"handle": handle}}
        await clock.advance(600)
        assert await let_in(url(emulator, name), resumed)
        await clock.advance(1200)
        assert await refused(url(emulator, name), resumed) == EXPIRED


@pytest.mark.parametrize(
    ("strict", "keys", "method", "outcome"),
    [
        (False, None, "Constrained", None),
        (True, None, "Constrained", INVALID),
        (False, {"mine": "valid"}, "Constrained", INVALID),
        (False, None, "", INVALID),
    ],
)
async def test_a_token_of_nobody(
    emulating: Emulating,
    strict: bool,
    keys: dict[str, str] | None,
    method: str,
    outcome: tuple[int, str] | None,
    caplog: pytest.LogCaptureFixture,
):
    name = "auth_tokens/made-by-nobody-0123"
    async with emulating(strict=strict, keys=keys) as emulator:
        if outcome is None:
            assert await let_in(url(emulator, name, method=method))
            assert "this ephemeral token was not made here" in caplog.text
        else:
            assert await refused(url(emulator, name, method=method, by="key")) == outcome
    assert "made-by-nobody" not in caplog.text


async def test_a_token_is_not_good_on_the_path_of_keys(emulating: Emulating):
    async with emulating() as emulator:
        name = await token(emulator)
        assert await refused(url(emulator, name, method="")) == INVALID
        assert await let_in(url(emulator, name))


async def test_a_path_that_nobody_knows_may_be_theirs(emulating: Emulating):
    async with emulating() as emulator:
        name = await token(emulator)
        address = f"{emulator.url.replace('http', 'ws', 1)}/gateway?access_token={name}"
        assert await let_in(address)
        assert await refused(address) == SPENT


@pytest.mark.parametrize("strict", [False, True])
async def test_a_key_on_the_path_of_tokens(emulating: Emulating, strict: bool, caplog: pytest.LogCaptureFixture):
    async with emulating(strict=strict) as emulator:
        if strict:
            assert await refused(url(emulator, "plain", by="key")) == INVALID
        else:
            assert await let_in(url(emulator, "plain", by="key"))
            assert "this path takes ephemeral tokens only" in caplog.text


@pytest.mark.parametrize(
    ("key", "status", "words"),
    [
        ("mine", 200, ""),
        ("other", 400, INVALID[1]),
        ("", 400, INVALID[1]),
        ("old", 400, "API key expired. Please renew the API key."),
        ("shut", 403, "Your project has been denied access. Please contact support."),
        ("empty", 429, "You exceeded your current quota, please check"),
    ],
)
async def test_only_a_good_key_makes_tokens(emulating: Emulating, key: str, status: int, words: str):
    keys = {"mine": "valid", "old": "expired", "shut": "denied", "empty": "out-of-quota"}
    async with emulating(keys=keys) as emulator:
        response = await post(emulator, {}, key=key)
        assert response.status_code == status
        if status == 200:
            assert await let_in(url(emulator, response.json()["name"]))
        else:
            assert response.json()["error"]["message"].startswith(words)


async def test_a_token_makes_no_tokens(emulating: Emulating):
    async with emulating() as emulator:
        response = await post(emulator, {}, key=await token(emulator))
        assert (response.status_code, response.json()["error"]["message"]) == (400, INVALID[1])


async def test_a_reset_forgets_tokens_unless_other_emulators_share_them(emulating: Emulating, any_store: str):
    async with emulating(strict=True) as emulator:
        name = await token(emulator)
        emulator.reset()
        # Where it is known it gets as far as the model, which was shut down.
        assert (await refused(url(emulator, name)))[0] == (1007 if any_store == "memory" else 1008)


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
