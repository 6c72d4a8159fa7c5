"""What the tests share."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from voice_desk import VoiceDesk


@pytest.fixture
def microphone() -> Callable[[Any], AsyncIterator[bytes]]:
    """Makes a microphone of a sound."""

    async def pieces(sound: Any) -> AsyncIterator[bytes]:
        for piece in sound.pieces():
            yield piece
            await asyncio.sleep(0)

    return pieces


@pytest.fixture
def desk() -> VoiceDesk:
    """A desk that does not wait long before it tries again."""
    return VoiceDesk(pause=0)
