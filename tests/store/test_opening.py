"""The text that names a store."""

import builtins
import sys
from pathlib import Path

import pytest

from gemlive_emulator.store.memory import MemoryStore
from gemlive_emulator.store.opening import make_store, names_store
from gemlive_emulator.store.record import StoreError
from gemlive_emulator.store.redis_store import RedisStore
from gemlive_emulator.store.sqlite import SqliteStore


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("memory", MemoryStore),
        ("sqlite:sessions.db", SqliteStore),
        ("sqlite:/tmp/a folder/sessions.db", SqliteStore),
        ("sqlite:C:\\sessions.db", SqliteStore),
        ("redis://localhost", RedisStore),
        ("redis://user:word@localhost:6379/3", RedisStore),
        ("rediss://[::1]:6379", RedisStore),
        ("valkey://localhost:6379", RedisStore),
        ("valkeys://localhost:6379", RedisStore),
        ("unix:///run/redis.sock", RedisStore),
    ],
)
def test_a_text_names_a_store(text, kind):
    assert names_store(text)
    assert type(make_store(text)) is kind


@pytest.mark.parametrize(
    "text",
    ["", "memory:", "Memory", "sqlite", "sqlite:", "sessions.db", "redis", "redis:", "redis://", "redis://:6379",
     "redis://host:port", "redis://host:0", "redis://[::1", "unix:", "unix://", "postgres://localhost"],
)  # fmt: skip
def test_other_texts_name_none(text):
    assert not names_store(text)


def test_a_path_is_taken_as_it_stands():
    assert make_store("sqlite:a/b c.db")._path == Path("a/b c.db")


def test_without_the_client_library_it_says_how_to_install_it(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == "redis":
            raise ImportError(f"No module named {name!r}")
        return real(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "gemlive_emulator.store.redis_store")
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(StoreError, match=r"pip install 'gemlive-emulator\[redis\]'"):
        make_store("redis://localhost")
