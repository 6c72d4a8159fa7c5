"""When faults strike on one connection: its messages and its time go in, what goes out and what happens come out."""

import random
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import field
from math import inf

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.faults.form import Act, ConnectionFault, FaultForm, HandshakeFault, MessageFault
from gemlive_emulator.scenario.faults.parcel import Parcel


@dataclass(eq=False)
class Fault:
    """One fault that somebody wrote.

    Attributes:
        form: what was written.
        place: where, for a person: ``fault 2 of "desk"``, ``test_app.py:12``.
        of: what it is a part of; ``""`` if it is one of its own.
        struck: how often it has struck, on all connections.
    """

    form: FaultForm
    place: str
    of: str = ""
    struck: int = field(default=0, repr=False)

    @property
    def name(self) -> str:
        """What it is called."""
        return self.of or self.form.title

    @property
    def unused(self) -> str | None:
        """That it has never struck, in words; ``None`` if it has."""
        if self.struck:
            return None
        at = f" at {self.form.at}" if self.form.at is not None else ""
        return f"{self.place}: the fault '{self.name}'{at} never struck"


_SETUP = re.compile(rb'\s*\{\s*"setup"')
_HANDLE = re.compile(rb'"session_?[rR]esumption"\s*:\s*\{[^{}]*"handle"\s*:\s*"[^"]')
"""A handle that is not empty, whatever stands before it."""

Told = Callable[[Fault, str], None]
"""Hears of each strike, and at what."""


class Watch:
    """One fault, or a part of one, on one connection.

    Args:
        fault: that may strike.
        connection: the number of the connection.
        told: hears of each strike.
        part: of the fault; ``None`` for all of it.
        counts: whether its strikes count, and are told.
    """

    def __init__(
        self, fault: Fault, connection: int, told: Told, part: FaultForm | None = None, *, counts: bool = True
    ) -> None:
        self.fault = fault
        self.form = part or fault.form
        self._counts = counts
        self._told = told
        # Each connection has lots of its own, and the same ones each time.
        self._chance = random.Random(f"{self.form.seed}/{connection}")
        self._left = self.form.most
        self._seen = 0
        self._due = 0
        self._began = self.form.at is None

    @property
    def elapsed(self) -> float | None:
        """Seconds after the opening at which it begins; ``None`` if time does not matter, or not any more."""
        return None if self._began or self.form.at is None else self.form.at.elapsed

    def begins(self) -> None:
        """Its time has come."""
        self._began = True

    def goes_by(self, events: Collection[str]) -> bool:
        """Take what one message is; gives whether the fault strikes there."""
        at = self.form.at
        if at is None or at.event not in events:
            return False
        self._seen += 1
        if self._seen < at.index:
            return False
        if self.form.lasting:
            self._began = True
            return False
        return self._draws()

    def strikes(self, events: Collection[str], form: MessageFault) -> bool:
        """Whether it strikes at a message that goes out; if its event is no such message, then at the next that is."""
        if self.goes_by(events):
            self._due += 1
        if form.about not in events:
            return False
        if self._due:
            self._due -= 1
        elif not (self._began and self._draws()):
            return False
        self._strikes(form.about if self.form.at is None else str(self.form.at))
        return True

    def changed(self, parcel: Parcel, form: MessageFault) -> list[Parcel]:
        """What becomes of a message at which it strikes."""
        return form.change(parcel, self._chance)

    def waits_at(self, events: Collection[str]) -> None:
        """Take what a message is at which it cannot strike, to do so at the next that goes out."""
        if self.goes_by(events):
            self._due += 1

    def strikes_once(self, at: str) -> bool:
        """Whether it strikes where there is only one time to do so."""
        if self._draws():
            self._strikes(at)
            return True
        return False

    def takes_turn(self) -> bool:
        """Take a turn of the user's; gives whether the fault strikes at its answer."""
        if not self.goes_by(("turn",)):
            return False
        self._strikes(str(self.form.at))
        return True

    def acts_at_once(self, form: ConnectionFault) -> Act | None:
        """What happens now that it has begun; ``None`` if the lot, or an earlier strike, is against it."""
        return self.acts(form) if self._draws() else None

    def acts(self, form: ConnectionFault) -> Act:
        """What happens."""
        self._strikes("once" if self.form.at is None else str(self.form.at))
        return form.act()

    def _draws(self) -> bool:
        if self._left <= 0:
            return False
        probability = self.form.probability
        if probability is not None and self._chance.random() >= probability:
            return False
        self._left -= 1
        return True

    def _strikes(self, at: str) -> None:
        if self._counts:
            self.fault.struck += 1
            self._told(self.fault, at)


class Watches:
    """All faults on one connection. Time is an argument.

    Args:
        connection: its number.
        opened: when it was opened, in seconds.
        told: hears of each strike.
    """

    def __init__(self, connection: int, opened: float, told: Told) -> None:
        self._connection = connection
        self._opened = opened
        self._told = told
        self._watches: list[Watch] = []
        self._in_turn = False
        self._resumes = False

    def add(self, faults: Iterable[Fault]) -> list[Act]:
        """Watch for these as well; gives what happens at once."""
        acts: list[Act] = []
        for fault in faults:
            if fault.form.is_for(self._connection):
                for number, part in enumerate(fault.form.parts):
                    # What strikes together is one strike.
                    acts += self._watch(Watch(fault, self._connection, self._told, part, counts=number == 0))
        return acts

    def _watch(self, watch: Watch) -> list[Act]:
        form = watch.form
        if isinstance(form, HandshakeFault):
            return []
        self._watches.append(watch)
        if isinstance(form, ConnectionFault) and form.at is None:
            return _only(watch.acts_at_once(form))
        return []

    def remove(self, faults: Collection[Fault]) -> None:
        """Watch for these no longer."""
        self._watches = [watch for watch in self._watches if watch.fault not in faults]

    @property
    def deadline(self) -> float | None:
        """When :meth:`pass_time` has something to do."""
        moments = [watch.elapsed for watch in self._watches]
        first = min((moment for moment in moments if moment is not None), default=inf)
        return None if first == inf else self._opened + first

    def pass_time(self, now: float) -> list[Act]:
        """Let time pass; gives what happens."""
        acts: list[Act] = []
        for watch in self._watches:
            if watch.elapsed is not None and self._opened + watch.elapsed <= now:
                watch.begins()
                if isinstance(watch.form, ConnectionFault):
                    acts += _only(watch.acts_at_once(watch.form))
        return acts

    def comes_in(self, payload: bytes) -> tuple[Parcel, list[Act]]:
        """Take a message of the client; gives how it comes, and what happens before it is heard."""
        events = _events_in(payload)
        if "resumption" in events:
            self._resumes = True
        parcel, acts = Parcel(payload), list[Act]()
        for watch in self._watches:
            form = watch.form
            if isinstance(form, ConnectionFault):
                if watch.goes_by(events):
                    acts.append(watch.acts(form))
            elif not isinstance(form, MessageFault) or not form.upstream:
                watch.waits_at(events)
            elif watch.strikes(events, form):
                # What goes both ways only takes its time.
                [parcel] = watch.changed(parcel, form)
        return parcel, acts

    def goes_out(self, payload: bytes) -> tuple[list[Parcel], list[Act]]:
        """Take a message of the server; gives what goes out in its place, and what happens behind it."""
        events = self._events_of(Parcel(payload))
        parcels, acts = [Parcel(payload)], list[Act]()
        for watch in self._watches:
            form = watch.form
            if isinstance(form, MessageFault):
                # The event is the message as the server meant it, whatever other faults have made of it.
                if not parcels or form.upstream:
                    watch.waits_at(events)
                elif watch.strikes(events, form):
                    parcels = [changed for parcel in parcels for changed in watch.changed(parcel, form)]
            elif isinstance(form, ConnectionFault) and watch.goes_by(events):
                acts.append(watch.acts(form))
        return parcels, acts

    def _events_of(self, parcel: Parcel) -> frozenset[str]:
        events = parcel.kinds
        if self._resumes and "setup" in events:
            events |= {"resumed"}
        if not self._in_turn and parcel.opens_turn:
            self._in_turn = True
            events |= {"turn"}
        if "turn_complete" in events:
            self._in_turn = False
        return events


def at_handshake(faults: Iterable[Fault], connection: int, told: Told) -> list[HandshakeFault]:
    """The faults that strike at the handshake of a connection."""
    possible = ((fault, part) for fault in faults if fault.form.is_for(connection) for part in fault.form.parts)
    return [
        part
        for fault, part in possible
        if isinstance(part, HandshakeFault) and Watch(fault, connection, told, part).strikes_once("the handshake")
    ]


def _only(act: Act | None) -> list[Act]:
    return [] if act is None else [act]


def _events_in(payload: bytes) -> set[str]:
    """What a message of the client is, in either spelling of its fields."""
    events = {"input"}
    if b'"toolResponse"' in payload or b'"tool_response"' in payload:
        events.add("tool_response")
    if _SETUP.match(payload):
        events.add("resumption" if _HANDLE.search(payload) else "new_session")
    return events
