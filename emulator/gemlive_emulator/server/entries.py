"""What the journal holds: entries, and the record of a session."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.tape import Tape

Kind = Literal[
    "setup",
    "message",
    "activity_started",
    "activity_ended",
    "heard",
    "rule_chosen",
    "turn_started",
    "speech_started",
    "said",
    "generation_complete",
    "interrupted",
    "tool_calls",
    "tool_response",
    "tool_calls_cancelled",
    "google_tool",
    "handle",
    "fault",
    "turn_complete",
    "go_away",
    "close",
]
"""What can happen, and what the details of its entry hold.

* ``setup``: the ``model``, the ``modality`` and the ``voice``.
* ``message``: made of what the client sent (:meth:`Journal.since`): the ``message``, and which fields it ``has``.
* ``activity_started``: the ``offset`` in the audio stream (seconds) at which that was decided.
* ``activity_ended``: the same.
* ``heard``: the ``text``, ``by`` which link of the chain its words are known (``""`` for typed ones), its ``detail``
  and the ``seconds`` of the speech.
* ``rule_chosen``: the ``scenario``, the number of the ``rule`` that answers the turn (``None`` if none fits) and the
  ``misses``: ``rule`` and ``why`` of others, the nearest twenty first, :data:`MOST_MISSES` at most.
* ``turn_started``: nothing.
* ``speech_started``: nothing; it is the first sound of a turn.
* ``said``: the ``text`` that the client was sent since the last one, and whether it was ``spoken``.
* ``generation_complete``: nothing.
* ``interrupted``: the ``heard_ms`` that the client can have played of the answer.
* ``tool_calls``: the ``calls``, with ``id``, ``name`` and ``args``.
* ``tool_response``: the ``responses`` of the client, with ``id``, ``name`` and ``response``.
* ``tool_calls_cancelled``: the ``ids``.
* ``google_tool``: what of Google's own tools ``happened``, with the fields of
  :mod:`~gemlive_emulator.session.google_tools`.
* ``handle``: the ``handle``, and how many messages of the client it has ``consumed``.
* ``fault``: the ``name`` of one that struck on the line, and the event ``at`` which it did.
* ``turn_complete``: the ``usage`` (tokens by modality) and the ``reason``.
* ``go_away``: the ``time_left`` that the client was told.
* ``close``: the ``code``, the ``words``, who closed (``by``), and, if the client did what the real server punishes,
  what that was (``refused``).
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    Attributes:
        time: seconds on the emulator's clock.
        kind: what it was.
        details: the rest, in plain values; :data:`Kind` says which.
        number: its place among all that happened in the emulator.
    """

    time: float
    kind: Kind
    details: Mapping[str, Any]
    number: int = 0


Watcher = Callable[[str, Entry], None]
"""Is told what happens while it happens: the name of the session, and the entry. Called on the event loop."""


@dataclass(slots=True)
class Sound:
    """How much sound went one way.

    Attributes:
        messages: that held sound.
        octets: of sound, decoded.
        seconds: of sound.
    """

    messages: int = 0
    octets: int = 0
    seconds: float = 0.0

    def add(self, messages: int, octets: int, rate: int) -> None:
        """Count s16le mono at ``rate`` Hz; 0 for what is no PCM."""
        self.messages += messages
        self.octets += octets
        if rate:
            self.seconds += octets / 2 / rate

    def rounded(self) -> "Sound":
        """A copy, without the traces of many small additions."""
        return replace(self, seconds=round(self.seconds, 6))


@dataclass(frozen=True, slots=True)
class Record:
    """One session, as far as it has come.

    Attributes:
        name: of the session, as in the log.
        model: the model id; ``""`` while no setup was accepted.
        opened: when its WebSocket was open, in seconds on the emulator's clock.
        closed: when it ended; ``None`` while it has not.
        close_code: how it ended: 1006 if the connection was lost.
        entries: what happened, the oldest first.
        dropped: entries at the beginning that are no longer kept.
        audio_in: what the client sent.
        audio_out: what it was sent.
        connection: its number at the emulator, from 1.
        tape: the messages that were kept.
        numbers: the place of each of these among all that happened in the emulator, as entries have it.
    """

    name: str
    model: str
    opened: float
    closed: float | None
    close_code: int | None
    entries: tuple[Entry, ...]
    dropped: int
    audio_in: Sound
    audio_out: Sound
    connection: int
    tape: Tape
    numbers: tuple[int, ...] = ()
