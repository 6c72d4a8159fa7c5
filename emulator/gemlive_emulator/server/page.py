"""The record of one session while it is written: the driver notes what happens, anybody reads it."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import chain, islice
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
        audio_in: to be counted by the driver, for the session does not tell of it.
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
        "_roll",
        "_said",
        "_speaks",
        "_state",
        "_watchers",
        "audio_in",
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
        self._entries: deque[_Noted] = deque(maxlen=MOST_ENTRIES)
        self._noted = 0
        self._roll = Roll(kept, opened)
        self._said: list[str] = []
        self._speaks = False
        self.whole = self._roll.whole
        self.audio_in = Sound()
        self._audio_out = Sound()
        nothing = Tape(name, endpoint.path, ())
        self._state = Record(name, "", opened, None, None, (), 0, Sound(), Sound(), endpoint.connection, nothing)

    def heard(self, payload: bytes, now: float) -> None:
        """Keep a message of the client."""
        number = next(self._numbers)
        self._roll.keep(number, now, "client", (payload,))
        if self._watchers:
            self._tell(message_entry(number, now, Taped(0.0, "client", payload)))

    def understood(self, message: ClientMessage, now: float) -> None:
        """Note what of a client's message is of interest."""
        if message.tool_response is not None:
            given = message.tool_response.function_responses
            responses = [{"id": one.id, "name": one.name, "response": _plain(one.response)} for one in given]
            self.note(now, "tool_response", responses=responses)

    def sent(self, payloads: Sequence[bytes], now: float) -> None:
        """Keep messages to the client."""
        if payloads:
            self._roll.keep(next(self._numbers), now, "server", payloads)

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

    def entries(self) -> tuple[Entry, ...]:
        """What was noted and is kept, the oldest first. Safe from any thread."""
        return self._read_entries()[0]

    def messages(self) -> tuple[Entry, ...]:
        """What the client sent, as entries. Safe from any thread."""
        opened = self._state.opened
        kept, _ = self._roll.read()
        client = (one for one in kept if one.taped.side == "client")
        return tuple(message_entry(one.number, opened + one.taped.time, one.taped) for one in client)

    def record(self) -> Record:
        """A copy of what was written so far. Safe from any thread."""
        entries, dropped = self._read_entries()
        return replace(
            self._state,
            entries=entries,
            dropped=dropped,
            audio_in=self.audio_in.rounded(),
            audio_out=self._audio_out.rounded(),
            tape=self._tape(entries),
        )

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

    def _read_entries(self) -> tuple[tuple[Entry, ...], int]:
        with self._lock:
            kept = tuple(self._entries)
            dropped = self._noted - len(kept)
        return tuple(_in_full(*one) for one in kept), dropped

    def _tape(self, entries: Sequence[Entry]) -> Tape:
        state = self._state
        kept, dropped = self._roll.read()
        taped = [one.taped for one in kept]
        for entry in entries:
            if entry.kind == "close":
                told = entry.details
                taped.append(Taped(entry.time - state.opened, told["by"], code=told["code"], words=told["words"]))
        about = {"by": "gemlive-emulator", "model": state.model, "connection": self._endpoint.connection}
        if not self.whole:
            about["sound"] = False
        return Tape(state.name, self._endpoint.path, tuple(taped), dropped, about)

    def _keep(self, now: float, kind: Kind, details: "_Details") -> None:
        noted = (next(self._numbers), now, kind, details)
        with self._lock:
            self._noted += 1
            self._entries.append(noted)
        if self._watchers:
            self._tell(_in_full(*noted))

    def _tell(self, entry: Entry) -> None:
        for watcher in self._watchers:
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


def message_entry(number: int, now: float, taped: Taped) -> Entry:
    """The entry that stands for a message of the client."""
    message = taped.message
    has = tuple(to_camel(name) for name in message or ())
    return Entry(now, "message", {"message": message, "has": has}, number)


_Details: TypeAlias = "Mapping[str, Any] | TurnComplete | Choice"
_Noted: TypeAlias = tuple[int, float, Kind, _Details]
"""An entry before somebody reads it. What nearly every turn notes is kept as it is, and made plain only then."""


def _in_full(number: int, time: float, kind: Kind, details: _Details) -> Entry:
    if isinstance(details, Mapping):
        return Entry(time, kind, details, number)
    if isinstance(details, TurnComplete):
        return Entry(time, kind, {"usage": asdict(details.usage), "reason": details.reason}, number)
    nearest = details.nearest()
    first = {miss.rule for miss in nearest}
    others = islice((miss for miss in details.misses() if miss.rule not in first), MOST_MISSES - len(nearest))
    misses = [{"rule": miss.rule, "why": miss.why} for miss in chain(nearest, others)]
    return Entry(time, kind, {"scenario": details.scenario, "rule": details.number, "misses": misses}, number)


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
