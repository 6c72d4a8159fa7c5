"""The process around a test: an unmodified client in it finds the emulator, and nobody else."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from gemlive_emulator.server.environment import KEY_NAMES, PLACEHOLDER_KEY, Address, client_environment, wants_vertex
from gemlive_emulator.server.hosting import Hosted

if TYPE_CHECKING:
    import pytest


@contextmanager
def environment(emulator: Hosted, *, vertex: bool = False, patch: "pytest.MonkeyPatch | None" = None) -> Iterator[None]:
    """Set the environment of this process so that clients find the emulator, and put it back as it was.

    Keys get a placeholder, whatever they were: a real one is nothing for a test.

    Args:
        emulator: that runs.
        vertex: choose Vertex AI; it is chosen in any case if the environment does so already.
        patch: with which the test changes the same variables, and which may be undone after this has ended.
    """
    present = {name: value for name, value in os.environ.items() if name not in KEY_NAMES}
    vertex = vertex or wants_vertex(present)
    # Only Vertex needs a file, and a folder for each test takes as long as an emulator.
    with tempfile.TemporaryDirectory(prefix="gemlive-") if vertex else nullcontext("") as folder:
        address = Address(emulator.url, emulator.certificates, Path(folder))
        told = client_environment(address, present, vertex=vertex)
        with overlaid({**told, **dict.fromkeys(KEY_NAMES, PLACEHOLDER_KEY)}, patch):
            yield


@contextmanager
def overlaid(variables: Mapping[str, str], patch: "pytest.MonkeyPatch | None" = None) -> Iterator[None]:
    """Set these variables, and put back what they were."""
    before = {name: os.environ.get(name) for name in variables}
    if patch is None:
        os.environ.update(variables)
    else:
        # So that it knows what was before: undone last, it would bring our values back where the test has changed them.
        for name, value in variables.items():
            patch.setenv(name, value)
    try:
        yield
    finally:
        for name, old in before.items():
            if old is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = old
