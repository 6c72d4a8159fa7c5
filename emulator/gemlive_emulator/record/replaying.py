"""An emulator whose sessions are those of recordings."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from os import urandom
from pathlib import Path

from gemlive_emulator.record.expected import Expected
from gemlive_emulator.record.playback import Check, Playback
from gemlive_emulator.record.shelf import Shelved, listed, load
from gemlive_emulator.server.clock import Clock
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.server.surroundings import AnySession
from gemlive_emulator.session.names import Names
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.errors import EmulatorError

log = redacting_logger("session")


class Replay(Emulator):
    """An emulator that plays recordings: to the first client the first of them, and so on, round and round.

    It is used as any :class:`~gemlive_emulator.server.emulator.Emulator`: ``async with Replay("call.jsonl") as
    emulator``, with its clock, its faults of the line, and failures that are raised at the end. What answers is not
    asked for: responder, scenario, rules and scripts have no say.

    Args:
        files: recordings, or folders of them.
        settings: of the emulator; the defaults if none.
        check: what becomes of a client that does not send what the recording has.
        at_once: whether nothing waits for its time.
        clock: as of any emulator.

    Raises:
        EmulatorError: there is no recording, or one of them is not right.
    """

    def __init__(
        self,
        files: str | Path | Iterable[str | Path],
        settings: Settings | None = None,
        *,
        check: Check = "strict",
        at_once: bool = False,
        clock: Clock | None = None,
    ) -> None:
        named = [files] if isinstance(files, str | Path) else files
        self._shelf = [load(path) for path in listed(named)]
        # Once, and not when a client waits: a long recording takes a moment.
        self._expected = [Expected.of(shelved.tape) for shelved in self._shelf]
        if not self._shelf:
            raise EmulatorError("there is no recording to play; name a file or a folder")
        # Frames of one kind in one emulator: the first recording decides.
        text = settings is not None and settings.text_frames
        super().__init__(replace(settings or Settings(), text_frames=text or _sends_text(self._shelf[0])), clock=clock)
        self._check: Check = check
        self._at_once = at_once
        self._turns = count()

    @property
    def played(self) -> tuple[str, ...]:
        """The files, in the order in which they are played."""
        return tuple(one.file for one in self._shelf)

    def reset(self) -> None:
        """As of any emulator; the first recording is next."""
        super().reset()
        self._turns = count()

    def _open_session(self, endpoint: Endpoint) -> AnySession:
        at = next(self._turns) % len(self._shelf)
        shelved, expected = self._shelf[at], self._expected[at]
        name = Names(urandom(16)).uuid()
        playback = Playback(shelved.tape, name, expected=expected, check=self._check, at_once=self._at_once)
        log.info("session %s: plays %s", name, shelved.file)
        self._failures.watch(name, playback)
        return playback


def _sends_text(shelved: Shelved) -> bool:
    """Whether the server of the recording sends text frames."""
    return any(one.side == "server" and one.code is None and one.is_text for one in shelved.tape.taped)
