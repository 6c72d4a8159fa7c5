"""Warnings that a client earns, logged until it has had its share of them."""

from gemlive_emulator.server.redact import redacting_logger

MOST = 20
"""Warnings that are logged of one session; a client may earn one with each of its messages."""

log = redacting_logger("session")


class Cautions:
    """Those of one session.

    Args:
        session: its name.
    """

    __slots__ = ("_given", "_session")

    def __init__(self, session: str) -> None:
        self._session = session
        self._given = 0

    def give(self, text: str) -> None:
        """Log a word of warning, unless this client has had its share of them."""
        self._given += 1
        if self._given <= MOST:
            log.warning("session %s: %s", self._session, text)
        elif self._given == MOST + 1:
            log.warning("session %s: further warnings are not shown", self._session)
