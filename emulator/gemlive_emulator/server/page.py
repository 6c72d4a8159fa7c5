"""The record of one session while it is written: the driver notes what happens, anybody reads it."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import chain, islice, takewhile
from typing import TYPE_CHECKING, Any, TypeAlias

from gemlive_emulator.audio.speech import OUTPUT_RATE
from gemlive_emulator.server.entries import Entry, Kind, Record, Sound, Watcher
from gemlive_emulator.server.reasons import Reasons
from gemlive_emulator.server.redact import quote, redacting_logger
from gemlive_emulator.server.taping import Kept, Roll
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.commands import (
    ActivityEnded,
    ActivityStarted,
    GenerationComplete,
    GoingAway,
    HandleIssued,
    InputHeard,
    Interrupted,
    SetupAccepted,
    SpeechPart,
    TextPart,
    ToolCalls,
    ToolCallsCancelled,
    TurnComplete,
    TurnOpened,
    WordsOnly,
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
from gemlive_emulator.wire.client import ClientMessage
from gemlive_emulator.wire.common import to_camel
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.tape import Side, Tape, Taped

if TYPE_CHECKING:
    from gemlive_emulator.scenario.choice import Choice

MOST_ENTRIES = 1_000
"""Of one session; with all sessions full the journal takes about 80 MiB, and more if all that is said is long."""
LONGEST_TEXT = 2_000
"""Characters that are kept of what a client said."""
MOST_MISSES = 1_000
"""Rules of which is told why one of them did not answer; the log has all of them at level ``debug``."""

log = redacting_logger("session")


class Page:
    """The record of one session while it is written.

    Args:
        name: of the session.
        opened: when it began, on the emulator's clock.
        reasons: logs why rules do not answer; of all sessions of an emulator.
        endpoint: where its client knocked.
        kept: what is kept of its messages.
        numbers: of all that happens in the emulator.
        watchers: who is told of each entry; the list may change.

    Attributes:
        roll: its messages.
        audio_in: to be counted by the driver, for the session does not tell of it.
        held: tells what it has not counted yet: messages, bytes, and their rate in Hz.
        whole: whether the sound that the client streams is to be brought to :meth:`heard` as well.
    """

    __slots__ = (
        "_audio_out",
        "_endpoint",
        "_entries",
        "_lock",
        "_noted",
        "_numbers",
        "_reasons",
        "_said",
        "_speaks",
        "_state",
        "_watchers",
        "audio_in",
        "held",
        "roll",
        "whole",
    )

    def __init__(
        self,
        name: str,
        opened: float,
        reasons: Reasons,
        endpoint: Endpoint,
        *,
        kept: Kept,
        numbers: Iterator[int],
        watchers: Sequence[Watcher] = (),
    ) -> None:
        self._reasons = reasons
        self._endpoint = endpoint
        self._numbers = numbers
        self._watchers = watchers
        self._lock = threading.Lock()
        self._entries: list[Noted] = []
        self._noted = 0
        self.roll = Roll(kept, opened)
        self._said: list[str] = []
        self._speaks = False
        self.whole = self.roll.whole
        self.audio_in = Sound()
        self.held: Callable[[], tuple[int, int, int]] = lambda: (0, 0, 0)
        self._audio_out = Sound()
        nothing = Tape(name, endpoint.path, ())
        self._state = Record(name, "", opened, None, None, (), 0, Sound(), Sound(), endpoint.connection, nothing)

    def heard(self, payload: bytes, now: float) -> None:
        """Keep a message of the client."""
        number = next(self._numbers)
        self.roll.keep(number, now, "client", (payload,))
        if self._watchers:
            self._tell(in_full((number, now, "message", payload)))

    def understood(self, message: ClientMessage, now: float) -> None:
        """Note what of a client's message is of interest."""
        if message.tool_response is not None:
            given = message.tool_response.function_responses
            responses = [{"id": one.id, "name": one.name, "response": _plain(one.response)} for one in given]
            self.note(now, "tool_response", responses=responses)

    def sent(self, payloads: Sequence[bytes], now: float) -> None:
        """Keep messages to the client."""
        if payloads:
            self.roll.keep(next(self._numbers), now, "server", payloads)

    def take(self, command: object, now: float, admission: Admission) -> None:
        """Note what the session told its client, if it is of interest."""
        note = _NOTES.get(type(command))
        if note is not None:
            note(self, command, now, admission)

    def chosen(self, now: float, choice: "Choice") -> None:
        """Note which rule answers a turn; why the others do not is found out when somebody reads it, or debugs."""
        self._keep(now, "rule_chosen", choice)
        choice.lighten()
        if log.isEnabledFor(logging.DEBUG):
            self._reasons.tell(self._state.name, choice)

    def close(self, now: float, code: int, words: str, by: Side, refused: str | None = None) -> None:
        """Note how the session ended; ``refused`` says what the client did wrong, if it is to blame."""
        self._say(now)
        self._state = replace(self._state, closed=now, close_code=code)
        blame = {} if refused is None else {"refused": refused}
        self.note(now, "close", code=code, words=words, by=by, **blame)

    def note(self, now: float, kind: Kind, **details: Any) -> None:
        """Note anything; the oldest entry makes room for it."""
        self._keep(now, kind, details)

    def entries(self, *kinds: Kind) -> tuple[Entry, ...]:
        """What was noted and is kept, the oldest first; of these kinds, if any are named. Safe from any thread."""
        with self._lock:
            kept = tuple(self._entries)
        return tuple(in_full(one) for one in kept if not kinds or one[2] in kinds)

    def since(self, number: int, kind: str | None = None) -> "list[Noted]":
        """What was noted behind that number, and what the client sent, in no order; :func:`in_full` reads it.

        Costs nothing for what was noted before. Safe from any thread.

        Args:
            number: of the last entry that is known, 0 for none.
            kind: only of this one.
        """
        found: list[Noted] = []
        if kind != "message":
            with self._lock:
                behind = takewhile(lambda one: one[0] > number, reversed(self._entries))
                found += [one for one in behind if kind in (None, one[2])]
        if kind in (None, "message"):
            opened = self._state.opened
            sent = self.roll.since(number, "client")
            found.extend((place, opened + time, "message", payload) for place, time, payload in sent)
        return found

    def record(self) -> Record:
        """A copy of what was written so far. Safe from any thread."""
        with self._lock:
            kept = tuple(self._entries)
            dropped = self._noted - len(kept)
        entries = tuple(map(in_full, kept))
        tape, numbers = self._tape(entries)
        return replace(self.head(), entries=entries, dropped=dropped, tape=tape, numbers=numbers)

    def head(self) -> Record:
        """The same without entries and messages, for which nothing has to be read. Safe from any thread."""
        audio_in = replace(self.audio_in)
        audio_in.add(*self.held())
        return replace(self._state, audio_in=audio_in.rounded(), audio_out=self._audio_out.rounded())

    @property
    def name(self) -> str:
        """Of the session."""
        return self._state.name

    @property
    def accepted(self) -> bool:
        """Whether the session's setup was accepted."""
        return bool(self._state.model)

    @property
    def is_closed(self) -> bool:
        """Whether the session has ended."""
        return self._state.closed is not None

    def _tape(self, entries: Sequence[Entry]) -> tuple[Tape, tuple[int, ...]]:
        """The messages, and the places of them among all that happened."""
        state = self._state
        kept, dropped = self.roll.read()
        taped, numbers = [one.taped for one in kept], [one.number for one in kept]
        for entry in entries:
            if entry.kind == "close":
                told = entry.details
                taped.append(Taped(entry.time - state.opened, told["by"], code=told["code"], words=told["words"]))
                numbers.append(entry.number)
        about = {"by": "gemlive-emulator", "model": state.model, "connection": self._endpoint.connection}
        if not self.whole:
            about["sound"] = False
        return Tape(state.name, self._endpoint.path, tuple(taped), dropped, about), tuple(numbers)

    def _keep(self, now: float, kind: Kind, details: "_Details") -> None:
        noted: Noted = (next(self._numbers), now, kind, details)
        with self._lock:
            self._noted += 1
            self._entries.append(noted)
            if len(self._entries) > MOST_ENTRIES:
                del self._entries[0]
        if self._watchers:
            self._tell(in_full(noted))

    def _tell(self, entry: Entry) -> None:
        # Others may come and go meanwhile, in other threads, or because of this.
        for watcher in tuple(self._watchers):
            watcher(self._state.name, entry)

    def _say(self, now: float) -> None:
        """Note what was said since the last time, if anything was."""
        if self._said:
            text, spoken = "".join(self._said), self._speaks
            self._said.clear()
            self._keep(now, "said", {"text": text, "spoken": spoken})

    # What the session tells.

    def _setup(self, command: SetupAccepted, now: float, admission: Admission) -> None:
        self._state = replace(self._state, model=admission.model)
        self.note(now, "setup", model=admission.model, modality=admission.modality, voice=admission.voice)

    def _turn_opened(self, command: TurnOpened, now: float, admission: Admission) -> None:
        self._speaks = False
        self._keep(now, "turn_started", {})

    def _text(self, command: TextPart | WordsOnly, now: float, admission: Admission) -> None:
        self._said.append(command.text)

    def _speech(self, command: SpeechPart, now: float, admission: Admission) -> None:
        self._audio_out.add(1, 2 * command.chunk.samples, OUTPUT_RATE)
        self._said.append(command.words)
        if not self._speaks:
            self._speaks = True
            self._keep(now, "speech_started", {})

    def _generation_complete(self, command: GenerationComplete, now: float, admission: Admission) -> None:
        self._say(now)
        self._keep(now, "generation_complete", {})

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
        self._say(now)
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

    def _handle(self, command: HandleIssued, now: float, admission: Admission) -> None:
        self.note(now, "handle", handle=command.handle, consumed=command.consumed)

    def _go_away(self, command: GoingAway, now: float, admission: Admission) -> None:
        self.note(now, "go_away", time_left=command.time_left)

    def _turn_complete(self, command: TurnComplete, now: float, admission: Admission) -> None:
        self._say(now)
        # As it is: every turn has one, and making plain values of it costs half as much as all the rest of the turn.
        self._keep(now, "turn_complete", command)


_Details: TypeAlias = "Mapping[str, Any] | TurnComplete | Choice | bytes"
Noted: TypeAlias = tuple[int, float, Kind, _Details]
"""An entry before somebody reads it. What nearly every turn notes is kept as it is, and made plain only then."""


def in_full(noted: Noted) -> Entry:
    """The entry that stands for this; of octets, for a message of the client."""
    number, time, kind, details = noted
    if isinstance(details, Mapping):
        return Entry(time, kind, details, number)
    if isinstance(details, TurnComplete):
        return Entry(time, kind, {"usage": asdict(details.usage), "reason": details.reason}, number)
    if isinstance(details, bytes):
        message = Taped(0.0, "client", details).message
        has = tuple(to_camel(name) for name in message or ())
        return Entry(time, kind, {"message": message, "has": has}, number)
    return Entry(time, kind, _chosen(details), number)


def _chosen(details: "Choice") -> dict[str, Any]:
    nearest = details.nearest()
    first = {miss.rule for miss in nearest}
    others = islice((miss for miss in details.misses() if miss.rule not in first), MOST_MISSES - len(nearest))
    misses = [{"rule": miss.rule, "why": miss.why} for miss in chain(nearest, others)]
    return {"scenario": details.scenario, "rule": details.number, "misses": misses}


def _plain(response: Any) -> Any:
    return dict(response) if isinstance(response, Mapping) else response


_NOTES: dict[type, Callable[[Page, Any, float, Admission], None]] = {
    SetupAccepted: Page._setup,
    TurnOpened: Page._turn_opened,
    TextPart: Page._text,
    WordsOnly: Page._text,
    SpeechPart: Page._speech,
    GenerationComplete: Page._generation_complete,
    ActivityStarted: Page._activity_started,
    ActivityEnded: Page._activity_ended,
    InputHeard: Page._words,
    Interrupted: Page._interrupted,
    ToolCalls: Page._tool_calls,
    ToolCallsCancelled: Page._tool_calls_cancelled,
    HandleIssued: Page._handle,
    TurnComplete: Page._turn_complete,
    GoingAway: Page._go_away,
    **dict.fromkeys((CodeWritten, CodeRan, Searched, Browsed, Grounded, UrlsRead), Page._google_tool),
}
