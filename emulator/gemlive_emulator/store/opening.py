"""Which store a text means: ``memory``, ``sqlite:PATH``, or the URL of a Redis or Valkey server."""

from pathlib import Path
from urllib.parse import urlsplit

from gemlive_emulator.store.base import HANDLE_SECONDS, Store
from gemlive_emulator.store.memory import MemoryStore
from gemlive_emulator.store.record import StoreError

RIGHT = "memory, sqlite:PATH, or redis://HOST:PORT (also rediss, valkey, valkeys)"
"""What a text has to be, in words."""

SCHEMES = {"redis": "redis", "rediss": "rediss", "unix": "unix", "valkey": "redis", "valkeys": "rediss"}
"""Of URLs, and what the client library, which knows one protocol for both servers, calls them."""


def names_store(text: str) -> bool:
    """Whether a text has the form of :data:`RIGHT`."""
    kind, _, rest = text.partition(":")
    return text == "memory" or (kind == "sqlite" and bool(rest)) or (kind in SCHEMES and _is_url(text))


def make_store(text: str, lasts: float = HANDLE_SECONDS, haste: float = 1.0) -> Store:
    """The store that a text means, not open yet.

    Args:
        text: in the form of :data:`RIGHT`.
        lasts: seconds for which a handle can be used after it was last written.
        haste: seconds of the emulator's clock that pass in a real one.

    Raises:
        StoreError: what it needs is not installed.
    """
    kind, _, rest = text.partition(":")
    if text == "memory":
        return MemoryStore(lasts=lasts)
    if kind == "sqlite":
        from gemlive_emulator.store.sqlite import SqliteStore

        return SqliteStore(Path(rest), lasts)
    try:
        from gemlive_emulator.store.redis_store import RedisStore
    except ImportError as error:
        raise StoreError(f"{kind}: the client library is missing; pip install 'gemlive-emulator[redis]'") from error
    return RedisStore(f"{SCHEMES[kind]}:{rest}", lasts, haste)


def _is_url(text: str) -> bool:
    try:
        split = urlsplit(text)
        return bool(split.path if split.scheme == "unix" else split.hostname) and split.port != 0
    except ValueError:
        return False
