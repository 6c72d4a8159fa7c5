"""Stores of every kind for the same tests."""

import pytest

from gemlive_emulator.store.opening import make_store
from servers import LASTS


@pytest.fixture
async def store(any_store):
    """A store that is open, and empty."""
    store = make_store(any_store, LASTS)
    await store.open()
    yield store
    await store.close()
