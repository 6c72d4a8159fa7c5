"""The front door that several test modules knock at."""

import gc
import logging
from typing import Any

import pytest
from door_house import a_house

from gemlive_emulator.server.tls import Certificates
from gemlive_emulator.session.events import AudioReceived, Event, MessageReceived
from gemlive_emulator.session.session import Session


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
async def house(certificates, caplog):
    caplog.set_level(logging.DEBUG)
    async with a_house(certificates) as house:
        yield house
    gc.collect()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_text]
    assert "canary0123" not in caplog.text


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """What sessions were told that came from their clients."""
    told: list[Event] = []
    handle = Session.handle

    def watched(self: Session, event: Event, now: float) -> Any:
        if isinstance(event, AudioReceived | MessageReceived):
            told.append(event)
        return handle(self, event, now)

    monkeypatch.setattr(Session, "handle", watched)
    return told
