"""Every setting is documented, and one that cannot work is refused with what would be right."""

import dataclasses
import inspect
import re
from typing import Any

import pytest

from gemlive_emulator.server.settings import Settings
from gemlive_emulator.wire.errors import EmulatorError


def test_every_setting_is_documented() -> None:
    # Python 3.13 strips the indentation of docstrings by itself; getdoc does in every version.
    documented = set(re.findall(r"^    (\w+): ", inspect.getdoc(Settings) or "", re.MULTILINE))
    assert documented == {field.name for field in dataclasses.fields(Settings)}


def test_the_defaults_are_for_one_developer_on_one_machine() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.strict) == ("127.0.0.1", 8765, False)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"port": -1}, "port is -1; it has to be 0 (any free port) to 65535"),
        ({"port": 70000}, "port is 70000"),
        ({"host": ""}, "host is ''"),
        ({"rate": 0}, "rate is 0; it has to be a number above 0"),
        ({"rate": float("nan")}, "rate is nan"),
        ({"clock": "broken"}, "clock is 'broken'; it has to be one of real, manual"),
        ({"clock": "manual", "rate": 60.0}, "rate is 60.0; it has to be 1 where the clock is manual"),
        ({"control_token": "secret"}, "control_token has to be 16 or more printable ASCII characters"),
        ({"control_token": "secret with blanks in it"}, "control_token has to be"),
        ({"pace": "slow"}, "pace is 'slow'; it has to be one of family, real-time, at-once"),
        ({"log_level": "loud"}, "log_level is 'loud'"),
        ({"max_message": 10}, "max_message is 10"),
        ({"outbox_limit": 10}, "outbox_limit is 10"),
        ({"stalled_after": 0}, "stalled_after is 0"),
        ({"max_sessions": -1}, "max_sessions is -1"),
        ({"handle_seconds": 0}, "handle_seconds is 0; it has to be more than 0 seconds"),
        ({"store": "sqlite"}, "store is 'sqlite'; it has to be memory, sqlite:PATH, or redis://HOST:PORT"),
        ({"sessions_per_key": -1}, "sessions_per_key is -1; it has to be 0 (no limit) or more"),
        ({"quota_at": "door"}, "quota_at is 'door'; it has to be one of setup, upgrade"),
        ({"keys": {"secret-1234": {"sessions": -1}}}, "keys: the key ...1234 has sessions -1; it has to be a whole"),
        ({"keys": {"secret-1234": {"session": 1}}}, "has 'session'; it may have state, sessions, sessions_per_minute,"),
        ({"keys": {"secret-1234": 3}}, "is 3; it has to be a state or a mapping of state and limits"),
        ({"first_message": -1}, "first_message is -1"),
        ({"idle_end": -0.5}, "idle_end is -0.5; it has to be seconds, 0 for never"),
        ({"idle_end": float("nan")}, "idle_end is nan"),
        ({"recogniser": "whisper"}, "recogniser is 'whisper'; it has to be one of auto, off, pocketsphinx"),
        (
            {"keys": {"secret-1234": "lost"}},
            "keys: the key ...1234 is 'lost'; it has to be one of valid, ",
        ),
    ],
)
def test_what_cannot_work_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(EmulatorError, match=re.escape(words)) as caught:
        Settings(**wrong)
    assert "secret" not in str(caught.value)


def test_nothing_changes_settings() -> None:
    keys: dict[str, Any] = {"k": "valid"}
    settings = Settings(keys=keys)
    keys["other"] = "valid"
    assert settings.keys == {"k": "valid"}
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.keys["k"] = "expired"  # type: ignore[index]
