"""Faults of time: messages come late, in pieces, or all at once."""

import random
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import model_validator

from gemlive_emulator.scenario.faults.form import Act, ConnectionFault, MessageFault, Stall, Wait
from gemlive_emulator.scenario.faults.parcel import Parcel
from gemlive_emulator.scenario.fields import Count, Duration, ScenarioPart, fault
from gemlive_emulator.scenario.step_form import short_for


class Lateness(ScenarioPart):
    """How late a message is: so much, and up to ``jitter`` more."""

    seconds: Duration
    jitter: Duration = 0.0

    def of(self, parcel: Parcel, chance: random.Random) -> Parcel:
        """The message, that late."""
        late = self.seconds + (chance.random() * self.jitter if self.jitter else 0.0)
        return replace(parcel, delay=parcel.delay + late)


class Latency(MessageFault):
    """``latency: 200ms`` lets every message arrive so much later; ``{seconds: 200ms, jitter: 50ms}`` unevenly."""

    lasting: ClassVar[bool] = True
    both_ways: ClassVar[bool] = True
    latency: Annotated[Lateness, short_for("seconds")]

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """The message, later."""
        return [self.latency.of(parcel, chance)]


class Delay(MessageFault):
    """``delay: 5s`` lets one message, and what is behind it, arrive so much later (``at: setup``: a slow start)."""

    both_ways: ClassVar[bool] = True
    delay: Annotated[Lateness, short_for("seconds")]

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """The message, later."""
        return [self.delay.of(parcel, chance)]


class Speed(ScenarioPart):
    """How much gets through: kilobytes (1000 bytes) a second."""

    rate: Count

    @model_validator(mode="after")
    def _lets_something_through(self) -> "Speed":
        if not self.rate:
            raise fault("wrong-value", "no bandwidth at all", "write 1 or more; stall: forever lets nothing through")
        return self


class Bandwidth(MessageFault):
    """``bandwidth: 16`` lets 16 kB a second through, from there on."""

    lasting: ClassVar[bool] = True
    both_ways: ClassVar[bool] = True
    bandwidth: Annotated[Speed, short_for("rate")]

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """The message, that slowly."""
        return [replace(parcel, rate=min(parcel.rate, self.bandwidth.rate * 1000.0))]


class Cut(ScenarioPart):
    """Into how large pieces something is cut: bytes."""

    size: Count

    @model_validator(mode="after")
    def _has_a_size(self) -> "Cut":
        if not self.size:
            raise fault("wrong-value", "pieces of no bytes", "write 1 or more", "size")
        return self


class Slicing(Cut):
    """Into how large pieces something is cut (bytes), and how long it is from one to the next."""

    pause: Duration = 0.0


class Slices(MessageFault):
    """``slices: {size: 100, pause: 10ms}`` writes so few bytes at a time to the socket, from there on."""

    lasting: ClassVar[bool] = True
    slices: Annotated[Slicing, short_for("size")]

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """The message, in slices."""
        return [replace(parcel, slice=self.slices.size, pause=self.slices.pause)]


class Fragments(MessageFault):
    """``fragments: 100`` sends each message in WebSocket frames of so few bytes, from there on."""

    lasting: ClassVar[bool] = True
    fragments: Annotated[Cut, short_for("size")]

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """The message, in fragments."""
        return [replace(parcel, fragment=self.fragments.size)]


class Length(ScenarioPart):
    """How long a span is."""

    seconds: Duration

    @model_validator(mode="after")
    def _has_a_length(self) -> "Length":
        if not self.seconds:
            raise fault("wrong-value", "a span of no time", "write 1s or more", "seconds")
        return self


class Burst(MessageFault):
    """``burst: 1s`` lets the messages of each second arrive together at its end, from there on."""

    lasting: ClassVar[bool] = True
    both_ways: ClassVar[bool] = True
    burst: Annotated[Length, short_for("seconds")]

    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """The message, in its burst."""
        return [replace(parcel, batch=self.burst.seconds)]


class StallFault(ConnectionFault):
    """``stall: 2s`` sends nothing for so long behind the message of its event; ``stall: forever`` never again."""

    both_ways: ClassVar[bool] = True
    stall: Annotated[Wait, short_for("seconds")]

    def act(self) -> Act:
        """Stand still."""
        return Stall(self.stall.seconds, self.upstream)
