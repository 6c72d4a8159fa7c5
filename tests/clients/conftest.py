"""One set of SDK environments per run, one emulator per module."""

from collections.abc import Iterator

import pytest
from emulators import Serving, serving
from environments import Environments


@pytest.fixture(scope="session")
def environments() -> Iterator[Environments]:
    """All environments, made side by side while the first tests run."""
    made = Environments()
    yield made
    made.close()


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """An emulator that does not wait between its messages."""
    with serving(tmp_path_factory.mktemp("emulator"), "--pace", "at-once") as running:
        yield running


@pytest.fixture(scope="module")
def strict_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """An emulator that refuses what the real server refuses."""
    with serving(tmp_path_factory.mktemp("strict"), "--pace", "at-once", "--strict") as running:
        yield running
