"""The front door that several test modules knock at."""

import gc
import logging

import pytest
from door_house import a_house

from gemlive_emulator.server.tls import Certificates


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
