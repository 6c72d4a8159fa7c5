"""The journal: what happened in this process, session by session. Bounded, and without any audio.

The driver writes, on the event loop; anybody reads, from any thread. Of sound only counts are kept: a copy of what a
thousand clients stream would fill the memory in minutes.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Literal

from gemlive_emulator.audio.speech import OUTPUT_RATE
from gemlive_emulator.records import dataclass
from gemlive_emulator.server.clock import Clock
from gemlive_emulator.server.reasons import Reasons
from gemlive_emulator.server.redact import quote, redacting_logger
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.commands import (
    ActivityEnded,
    ActivityStarted,
    GoingAway,
    InputHeard,
    Interrupted,
    SetupAccepted,
    SpeechPart,
    ToolCalls,
    ToolCallsCancelled,
    TurnComplete,
)
from gemlive_emulator.session.google_tools import (
    Browsed,
    CodeRan,
    CodeWritten,
    GoogleHappening,
    Grounded,
    Searched,
    UrlsRead,
)

if TYPE_CHECKING:
    from gemlive_emulator.scenario.choice import Choice

MOST_SESSIONS = 200
MOST_ENTRIES = 1_000
"""Of one session; with all sessions full the journal takes about 80 MiB, and more if all that is said is long."""
LONGEST_TEXT = 2_000
"""Characters that are kept of what a client said."""
MOST_MISSES = 1_000
"""Rules of which is told why one of them did not answer; the log has all of them at level ``debug``."""

log = redacting_logger("session")

Kind = Literal[
    "setup",
    "activity_started",
    "activity_ended",
    "heard",
    "rule_chosen",
    "interrupted",
    "tool_calls",
    "tool_calls_cancelled",
    "google_tool",
    "fault",
    "turn_complete",
    "go_away",
    "close",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    Attributes:
        time: seconds on the emulator's clock.
        kind: what it was.
        details: the rest, in plain values: ``setup`` has ``model``, ``modality`` and ``voice``; ``activity_started``
            and ``activity_ended`` the ``offset`` in the audio stream (seconds) at which that was decided; ``heard``
            the ``text``, ``by`` which link of the chain its words are known (``""`` for typed ones), its ``detail`` and
            the ``seconds`` of the speech; ``rule_chosen`` the ``scenario``, the number of the ``rule`` that answers the
            turn (``None`` if none fits) and the ``misses``: ``rule`` and ``why`` of every other, the nearest twenty
            first, :data:`MOST_MISSES` at most; ``interrupted`` the ``heard_ms`` that the client can have played of the
            answer; ``tool_calls`` the ``calls`` with ``id``, ``name`` and ``args``; ``tool_calls_cancelled`` the
            ``ids``; ``google_tool`` what of Google's own tools ``happened``, with the fields of
            :mod:`~gemlive_emulator.session.google_tools`; ``fault`` the ``name`` of one that struck on the line and the
            event ``at`` which it did; ``turn_complete`` the ``usage`` (tokens by modality) and the
            ``reason``; ``go_away`` the ``time_left`` that the client was told; ``close`` the ``code``,
            the ``words`` and who closed (``by``).
    """

    time: float
    kind: Kind
    details: Mapping[str, Any]


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


class Page:
    """The record of one session while it is written.

    Args:
        name: of the session.
        opened: when it began, on the emulator's clock.
        reasons: logs why rules do not answer; of all sessions of an emulator.
        watchers: who is told of each entry; the list may change.

    Attributes:
        audio_in: to be counted by the driver, for the session does not tell of it.
    """

    __slots__ = ("_audio_out", "_entries", "_lock", "_noted", "_reasons", "_state", "_watchers", "audio_in")

    def __init__(self, name: str, opened: float, reasons: Reasons, watchers: Sequence[Watcher] = ()) -> None:
        self._reasons = reasons
        self._watchers = watchers
        self._lock = threading.Lock()
        self._entries: deque[Entry | _Brief] = deque(maxlen=MOST_ENTRIES)
        self._noted = 0
        self.audio_in = Sound()
        self._audio_out = Sound()
        self._state = Record(name, "", opened, None, None, (), 0, Sound(), Sound())

    def take(self, command: object, now: float, admission: Admission) -> None:
        """Note what the session told its client, if it is of interest."""
        note = _NOTES.get(type(command))
        if note is not None:
            note(self, command, now, admission)

    def chosen(self, now: float, choice: "Choice") -> None:
        """Note which rule answers a turn; why the others do not is found out when somebody reads it, or debugs."""
        self._keep((now, choice))
        choice.lighten()
        if log.isEnabledFor(logging.DEBUG):
            self._reasons.tell(self._state.name, choice)

    def close(self, now: float, code: int, words: str, by: Literal["client", "server"]) -> None:
        """Note how the session ended."""
        self._state = replace(self._state, closed=now, close_code=code)
        self.note(now, "close", code=code, words=words, by=by)

    def note(self, now: float, kind: Kind, **details: Any) -> None:
        """Note anything; the oldest entry makes room for it."""
        self._keep(Entry(now, kind, details))

    def record(self) -> Record:
        """A copy of what was written so far. Safe from any thread."""
        with self._lock:
            kept = tuple(self._entries)
            dropped = self._noted - len(kept)
        return replace(
            self._state,
            entries=tuple(one if isinstance(one, Entry) else _in_full(*one) for one in kept),
            dropped=dropped,
            audio_in=self.audio_in.rounded(),
            audio_out=self._audio_out.rounded(),
        )

    @property
    def name(self) -> str:
        """Of the session."""
        return self._state.name

    @property
    def accepted(self) -> bool:
        """Whether the session's setup was accepted."""
        return bool(self._state.model)

    def _keep(self, entry: "Entry | _Brief") -> None:
        with self._lock:
            self._noted += 1
            self._entries.append(entry)
        if self._watchers:
            told = entry if isinstance(entry, Entry) else _in_full(*entry)
            for watcher in self._watchers:
                watcher(self._state.name, told)

    def _setup(self, command: SetupAccepted, now: float, admission: Admission) -> None:
        self._state = replace(self._state, model=admission.model)
        self.note(now, "setup", model=admission.model, modality=admission.modality, voice=admission.voice)

    def _speech(self, command: SpeechPart, now: float, admission: Admission) -> None:
        self._audio_out.add(1, 2 * command.chunk.samples, OUTPUT_RATE)

    def _activity_started(self, command: ActivityStarted, now: float, admission: Admission) -> None:
        self.note(now, "activity_started", offset=command.offset)

    def _activity_ended(self, command: ActivityEnded, now: float, admission: Admission) -> None:
        self.note(now, "activity_ended", offset=command.offset)

    def _words(self, command: InputHeard, now: float, admission: Admission) -> None:
        text, by, detail = command.text[:LONGEST_TEXT], command.by, command.detail
        self.note(now, "heard", text=text, by=by, detail=detail, seconds=command.seconds)
        if by:
            how = f"{by} ({detail})" if detail else by
            log.info("session %s: heard %s, known by %s", self._state.name, quote(text), how)

    def _interrupted(self, command: Interrupted, now: float, admission: Admission) -> None:
        milliseconds = round(command.heard * 1000)
        self.note(now, "interrupted", heard_ms=milliseconds)
        log.info("session %s: interrupted; the client can have heard %d ms", self._state.name, milliseconds)

    def _tool_calls(self, command: ToolCalls, now: float, admission: Admission) -> None:
        calls = [{"id": call.id, "name": call.name, "args": dict(call.args)} for call in command.calls]
        self.note(now, "tool_calls", calls=calls)

    def _tool_calls_cancelled(self, command: ToolCallsCancelled, now: float, admission: Admission) -> None:
        self.note(now, "tool_calls_cancelled", ids=list(command.ids))

    def _google_tool(self, command: GoogleHappening, now: float, admission: Admission) -> None:
        self.note(now, "google_tool", happened=type(command).__name__, **asdict(command))

    def _go_away(self, command: GoingAway, now: float, admission: Admission) -> None:
        self.note(now, "go_away", time_left=command.time_left)

    def _turn_complete(self, command: TurnComplete, now: float, admission: Admission) -> None:
        # As it is: every turn has one, and making plain values of it costs half as much as all the rest of the turn.
        self._keep((now, command))


_Brief = tuple[float, "TurnComplete | Choice"]
"""What nearly every turn notes, as it is: plain values are made of it when somebody reads them."""


def _in_full(time: float, noted: "TurnComplete | Choice") -> Entry:
    if isinstance(noted, TurnComplete):
        return Entry(time, "turn_complete", {"usage": asdict(noted.usage), "reason": noted.reason})
    nearest = noted.nearest()
    first = {miss.rule for miss in nearest}
    others = islice((miss for miss in noted.misses() if miss.rule not in first), MOST_MISSES - len(nearest))
    misses = [{"rule": miss.rule, "why": miss.why} for miss in chain(nearest, others)]
    return Entry(time, "rule_chosen", {"scenario": noted.scenario, "rule": noted.number, "misses": misses})


_NOTES: dict[type, Callable[[Page, Any, float, Admission], None]] = {
    SetupAccepted: Page._setup,
    SpeechPart: Page._speech,
    ActivityStarted: Page._activity_started,
    ActivityEnded: Page._activity_ended,
    InputHeard: Page._words,
    Interrupted: Page._interrupted,
    ToolCalls: Page._tool_calls,
    ToolCallsCancelled: Page._tool_calls_cancelled,
    TurnComplete: Page._turn_complete,
    GoingAway: Page._go_away,
    **dict.fromkeys((CodeWritten, CodeRan, Searched, Browsed, Grounded, UrlsRead), Page._google_tool),
}


class Journal:
    """The sessions of one emulator, the newest last; beyond :data:`MOST_SESSIONS` the oldest are dropped.

    Attributes:
        reasons: logs why rules do not answer.
    """

    def __init__(self) -> None:
        self.reasons = Reasons()
        self._lock = threading.Lock()
        self._pages: deque[Page] = deque(maxlen=MOST_SESSIONS)
        self._watchers: list[Watcher] = []
        self._opened = 0

    def open(self, name: str, now: float) -> Page:
        """Begin the record of a session."""
        page = Page(name, now, self.reasons, self._watchers)
        with self._lock:
            self._opened += 1
            self._pages.append(page)
        return page

    def page(self, name: str) -> Page | None:
        """The page of a session, while it is written; ``None`` if it is no longer kept."""
        with self._lock:
            return next((page for page in reversed(self._pages) if page.name == name), None)

    def noting(self, session: str, clock: Clock) -> Callable[["Choice"], None]:
        """What writes down which rule answers in a session; the clock says when."""
        page = self.page(session)

        def note(choice: "Choice") -> None:
            if page is not None:
                page.chosen(clock.now(), choice)

        return note

    @contextmanager
    def watched(self, watcher: Watcher) -> Iterator[None]:
        """Tell ``watcher`` everything that is noted meanwhile, of sessions that are no longer kept too."""
        self._watchers.append(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)

    @property
    def records(self) -> tuple[Record, ...]:
        """Copies of all that is kept. Safe from any thread."""
        with self._lock:
            pages = tuple(self._pages)
        return tuple(page.record() for page in pages)

    @property
    def dropped(self) -> int:
        """How many sessions at the beginning are no longer kept."""
        with self._lock:
            return self._opened - len(self._pages)
