"""The process around a test: an unmodified client in it finds the emulator, and nobody else."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

from gemlive_emulator.server.environment import KEY_NAMES, PLACEHOLDER_KEY, Address, client_environment, wants_vertex
from gemlive_emulator.server.hosting import Hosted


@contextmanager
def environment(emulator: Hosted, *, vertex: bool = False) -> Iterator[None]:
    """Set the environment of this process so that clients find the emulator, and put it back as it was.

    Keys get a placeholder, whatever they were: a real one is nothing for a test.

    Args:
        emulator: that runs.
        vertex: choose Vertex AI; it is chosen in any case if the environment does so already.
    """
    present = {name: value for name, value in os.environ.items() if name not in KEY_NAMES}
    vertex = vertex or wants_vertex(present)
    # Only Vertex needs a file, and a folder for each test takes as long as an emulator.
    with tempfile.TemporaryDirectory(prefix="gemlive-") if vertex else nullcontext("") as folder:
        address = Address(emulator.url, emulator.certificates, Path(folder))
        told = client_environment(address, present, vertex=vertex)
        with overlaid({**told, **dict.fromkeys(KEY_NAMES, PLACEHOLDER_KEY)}):
            yield


@contextmanager
def overlaid(variables: Mapping[str, str]) -> Iterator[None]:
    """Set these variables, and put back what they were."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
