"""Tokens, keys and quotas as Google's SDKs see them: what works, and the exception with its code and words."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from emulators import APPS, Serving, finished, serving
from environments import Environments

pytestmark = pytest.mark.clients

OLD, NEW = "gemini-2.0-flash-live-001", "gemini-3.8-live"
QUOTA = "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: h"
PINNED = {"model": OLD, "config": {"response_modalities": ["TEXT"], "session_resumption": {}}}
PINNED_JS = {"model": OLD, "config": {"responseModalities": ["TEXT"], "sessionResumption": {}}}


@pytest.fixture(scope="module")
def choosy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """An emulator that knows two keys and lets a key have three sessions."""
    folder = tmp_path_factory.mktemp("choosy")
    keys = folder / "keys.yaml"
    keys.write_text("good-key-1: valid\nold-key-1: expired\n")
    words = ("--pace", "at-once", "--keys", str(keys), "--sessions-per-key", "3")
    with serving(folder, *words) as running:
        yield running
    log = running.log.read_text()
    assert "good-key-1" not in log
    assert "old-key-1" not in log


NOBODYS_HANDLE = "Cih" + "a" * 53
"""In the form of those that the family gives, but given to nobody."""


class Sdk:
    """Runs the programs of one SDK against one emulator."""

    def __init__(self, language: str, environments: Environments, emulator: Serving) -> None:
        self.language = language
        self.emulator = emulator
        self.environment = emulator.environment()
        if language == "python":
            self.command = [str(environments.python("3.4.0").python), "-W", "ignore"]
        else:
            sdk = environments.node("3")
            self.command = [str(sdk.node)]
            self.environment["NODE_PATH"] = str(sdk.modules)

    def lines(self, key: str, app: str, *words: str) -> list[tuple[str, Any]]:
        """What a program printed, with this key or token."""
        suffix = ".py" if self.language == "python" else ".cjs"
        environment = {**self.environment, "GOOGLE_API_KEY": key, "GEMINI_API_KEY": key}
        done = finished([*self.command, str(APPS / (app + suffix)), *words], environment)
        return [pair for line in done.lines for pair in line.items()]

    def token(self, **config: Any) -> str:
        """A new one, made with the good key."""
        [(outcome, name)] = self.lines("good-key-1", "tokens", "make", json.dumps(config))
        assert outcome == "made"
        return str(name)


@pytest.fixture(scope="module", params=["python", "javascript"])
def sdk(request: pytest.FixtureRequest, environments: Environments, choosy: Serving) -> Sdk:
    return Sdk(request.param, environments, choosy)


def constraints(sdk: Sdk, lock: list[str] | None, whole: bool = True) -> dict[str, Any]:
    """What pins a setup, in the SDK's spelling."""
    python = sdk.language == "python"
    pinned: dict[str, Any] = (PINNED if python else PINNED_JS) if whole else {"model": OLD}
    named = {"live_connect_constraints": pinned} if python else {"liveConnectConstraints": pinned}
    if lock is not None:
        named["lock_additional_fields" if python else "lockAdditionalFields"] = lock
    return named


def refusal(sdk: Sdk, lines: list[tuple[str, Any]]) -> tuple[int, str]:
    """How the SDK tells of the one refusal: an ``APIError``, or the promise that is rejected."""
    if sdk.language == "python":
        [told] = [value for name, value in lines if name == "refused"]
        assert told["type"] == "APIError"
        return told["code"], told["words"]
    [words] = [value for name, value in lines if name == "rejected"]
    before, _, reason = str(words).partition("): ")
    assert before.startswith("Live connection closed before setup completed (code ")
    return int(before[-4:]), reason


def texts(lines: list[tuple[str, Any]]) -> str:
    """All that a chat's model said in text."""
    told = [value.get("server_content", value.get("serverContent", {})) for name, value in lines if name == "message"]
    turns = [content.get("model_turn", content.get("modelTurn", {})) for content in told]
    return "".join(part.get("text", "") for turn in turns for part in turn.get("parts", []))


def test_a_whole_pinned_setup_wins_over_the_clients(sdk: Sdk) -> None:
    name = sdk.token(**constraints(sdk, lock=None))
    assert texts(sdk.lines(name, "chat", NEW, "AUDIO", "Hello"))


@pytest.mark.parametrize("lock", [[], ["temperature"]])
def test_of_a_masked_setup_only_the_masked_fields_win(sdk: Sdk, lock: list[str]) -> None:
    name = sdk.token(**constraints(sdk, lock, whole=False))
    # Of 3.8 nobody gets text: the model is the token's, the modality the client's.
    assert texts(sdk.lines(name, "chat", NEW, "TEXT", "Hello"))


def test_a_token_without_a_setup_leaves_all_to_the_client(sdk: Sdk) -> None:
    lines = sdk.lines(sdk.token(), "chat", NEW, "AUDIO", "Hello")
    assert [name for name, _ in lines if name == "message"]
    assert texts(lines) == ""


def test_a_spent_token_resumes_but_begins_nothing(sdk: Sdk) -> None:
    name = sdk.token(**constraints(sdk, lock=None))
    lines = sdk.lines(name, "tokens", "resume", OLD)
    said = [value for kind, value in lines if kind == "said"]
    assert len(said) == 2
    assert "Ada" in said[1]
    assert refusal(sdk, lines) == (1011, "Token has been used too many times")


def test_an_expired_token_is_told(sdk: Sdk) -> None:
    name = sdk.token(ahead=-1)
    assert refusal(sdk, sdk.lines(name, "tokens", "wait", OLD)) == (1011, "Token has expired")


def test_a_token_that_expires_in_flight_is_told(sdk: Sdk) -> None:
    lines = sdk.lines("good-key-1", "tokens", "expire", OLD, "3")
    assert lines[0] == ("opened", 1)
    ended = (1011, "auth token has expired")
    if sdk.language == "python":
        assert refusal(sdk, lines) == ended
    else:
        assert lines[1:] == [("closed", {"code": ended[0], "words": ended[1]})]


def test_the_fourth_session_is_told_of_the_quota(sdk: Sdk) -> None:
    lines = sdk.lines("good-key-1", "tokens", "open", OLD, "4")
    assert [value for name, value in lines if name == "opened"] == [1, 2, 3]
    assert refusal(sdk, lines) == (1011, QUOTA)


@pytest.mark.parametrize(
    ("handle", "told"),
    [
        (NOBODYS_HANDLE, (1008, "BidiGenerateContent session not found")),
        ("no handle at all!", (1007, "Invalid session handle")),
    ],
)
def test_a_dead_handle_is_told(sdk: Sdk, handle: str, told: tuple[int, str]) -> None:
    assert refusal(sdk, sdk.lines("good-key-1", "tokens", "wait", OLD, handle)) == told


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("nobodys-key", "API key not valid. Please pass a valid API key."),
        ("old-key-1", "API key expired. Please renew the API key."),
    ],
)
def test_a_key_that_is_not_good_is_told(sdk: Sdk, key: str, words: str) -> None:
    assert refusal(sdk, sdk.lines(key, "tokens", "wait", OLD)) == (1007, words)


def test_what_is_wrong_with_a_token_that_is_asked_for_is_told(sdk: Sdk) -> None:
    [(outcome, told)] = sdk.lines("good-key-1", "tokens", "make", json.dumps({"ahead": 80_000}))
    words = "expire_time is too far in the future. Maximum lifetime is 20h"
    if sdk.language == "python":
        assert (outcome, told) == ("refused", {"type": "ClientError", "code": 400, "words": words})
    else:
        assert outcome == "rejected"
        assert words in told
