"""Google's real hosts, kept out of a test: refused, or led to an emulator. For this process, all its threads and loops.

The hosts are those that serve the Live API: ``generativelanguage.googleapis.com``, ``aiplatform.googleapis.com``, each
``REGION-aiplatform.googleapis.com`` and ``firebasevertexai.googleapis.com``. Nothing else is touched. Importing this
costs next to nothing: modules that are not loaded yet (``socket``, ``asyncio``, ``uvloop``) are seen to when they are.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from gemlive_emulator.server.preload.gemlive_emulator_hosts import Detour, Refusal, enter, leave

ADVICE = (
    "this is Google's real server, and real_hosts_refused() keeps this test from it. "
    "Point the client at an emulator, by its base URL or by real_hosts_led_to(emulator.url)."
)


class RealHostRefused(ConnectionRefusedError):
    """A connection to Google's real server was asked for where :func:`real_hosts_refused` forbids it.

    An ``OSError``, so that a client treats it as it treats a server that is down.
    """


@contextmanager
def real_hosts_refused(advice: str = ADVICE) -> Iterator[list[str]]:
    """While it runs, looking up one of Google's Live hosts, or connecting to one by its name, raises.

    Args:
        advice: what the error says after the name of the host.

    Yields:
        The hosts that were refused so far, in order: a client may swallow the error, a test can look here.

    Raises:
        RealHostRefused: in whoever asks for one of the hosts, on any port.
    """
    refusal = Refusal(advice, RealHostRefused)
    enter(refusal)
    try:
        yield refusal.refused
    finally:
        leave(refusal)


@contextmanager
def real_hosts_led_to(url: str) -> Iterator[None]:
    """While it runs, connections to Google's Live hosts, ports 443 and 80, go to an emulator.

    Clients see its certificate, which is for Google's names too; they have to trust its authority. May stand inside
    :func:`real_hosts_refused` and around it: what was entered last decides.

    Args:
        url: the emulator's address, ``emulator.url``; of another URL, host and port count.

    Raises:
        ValueError: there is no port in it.
    """
    from urllib.parse import urlsplit

    there = urlsplit(url)
    if not there.hostname or there.port is None:
        raise ValueError(f"{url!r} is no address of an emulator; it has to be like http://127.0.0.1:8765")
    detour = Detour(there.hostname, there.port)
    enter(detour)
    try:
        yield
    finally:
        leave(detour)
