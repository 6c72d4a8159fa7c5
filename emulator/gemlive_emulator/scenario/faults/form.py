"""What all faults have in common, and the three kinds of them: of messages, of the connection, of the handshake.

A new fault is a small class beside its like, and a place in ``AnyFault`` of the catalogue.
"""

import random
from abc import abstractmethod
from functools import cached_property
from math import inf
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, model_validator

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.faults.moment import Moment, Probability
from gemlive_emulator.scenario.faults.parcel import KINDS, Parcel
from gemlive_emulator.scenario.fields import Count, ScenarioPart, Span, fault, one_of
from gemlive_emulator.scenario.when import AmountForm, AnyNumber

FAULTS: "dict[str, type[FaultForm]]" = {}
"""Every fault by its name; :mod:`gemlive_emulator.scenario.faults.catalogue` fills it."""

DIRECTIONS = ("downstream", "upstream")


@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing goes out for so long, or comes in; what comes meanwhile does so then."""

    seconds: float
    upstream: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """The connection ends: with a close frame, by the end of the stream, or by a reset."""

    how: Literal["frame", "eof", "reset"]
    code: int
    words: str


@dataclass(frozen=True, slots=True)
class HalfOpen:
    """From now on the server neither reads nor writes; the socket stays."""


@dataclass(frozen=True, slots=True)
class SlowPong:
    """From now on pings are answered so much later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SlowClose:
    """From now on a client's close frame is answered so much later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Insert:
    """A message of its own goes out."""

    payload: bytes


Act = Stall | Insert | End | HalfOpen | SlowPong | SlowClose


class FaultForm(ScenarioPart):
    """What can be said of every fault: when it strikes, on which connections, how often.

    Attributes:
        at: the event at which it strikes; else as soon as it can.
        connection: the numbers of the connections on which it does; else all.
        times: at how many such events in a row, on each connection.
        probability: at each of them only perhaps.
        seed: decides on that, with the number of the connection.
        direction: whether it is about what the server sends, or ``upstream`` about what the client does.
    """

    at: Moment | None = None
    connection: AnyNumber | None = None
    times: Count | None = None
    probability: Probability | None = None
    seed: Count = 0
    direction: Annotated[Literal["downstream", "upstream"], BeforeValidator(one_of(DIRECTIONS))] = "downstream"

    both_ways: ClassVar[bool] = False
    """Whether it can be about what the client sends."""

    lasting: ClassVar[bool] = False
    """Whether it goes on once it has begun, unless ``times`` ends it."""

    @classmethod
    def kind(cls) -> str:
        """The key that names the fault."""
        return next(name for name in cls.model_fields if name not in FaultForm.model_fields)

    @property
    def title(self) -> str:
        """What it is called where it strikes."""
        return self.kind()

    @cached_property
    def parts(self) -> "tuple[FaultForm, ...]":
        """The faults that it is made of, the most telling first."""
        return (self,)

    @property
    def in_reply(self) -> "tuple[FaultForm, ...]":
        """The same where a reply lets it strike: at once, unless a moment was given."""
        return (self,)

    @property
    def replies(self) -> bool:
        """Whether it is about what the model says."""
        return False

    @property
    def sets(self) -> bool:
        """Whether it makes the session another one from its setup on."""
        return False

    @classmethod
    def advice_for_key(cls, key: str) -> str:
        """A second fault in the same mapping is a likely slip."""
        if key in FAULTS:
            return f"each fault is an entry of its own: put '{key}' on a new line that begins with '- '"
        return super().advice_for_key(key)

    @property
    def most(self) -> float:
        """How often it strikes on one connection, at most."""
        if self.times is not None:
            return self.times
        return inf if self.lasting or self.probability is not None else 1

    def is_for(self, connection: int) -> bool:
        """Whether it can strike on the connection of this number."""
        numbers = self.connection
        if isinstance(numbers, AmountForm):
            return numbers.at_least <= connection and (numbers.at_most is None or connection <= numbers.at_most)
        return numbers is None or connection in numbers

    @property
    def upstream(self) -> bool:
        """Whether it is about what the client sends."""
        return self.direction == "upstream"

    @model_validator(mode="after")
    def _goes_there(self) -> "FaultForm":
        if self.upstream and not self.both_ways:
            able = ", ".join(name for name, form in FAULTS.items() if form.both_ways)
            raise fault("wrong-value", f"'{self.title}' is about what the server sends", f"only {able} go both ways")
        return self

    @model_validator(mode="after")
    def _strikes(self) -> "FaultForm":
        if self.times == 0:
            raise fault("wrong-value", "a fault that strikes 0 times", "write 1 or more, or leave it out", "times")
        return self


class MessageFault(FaultForm):
    """Something happens to messages."""

    @property
    def about(self) -> str:
        """What a message must hold so that it can strike there."""
        return "input" if self.upstream else "message"

    @abstractmethod
    def change(self, parcel: Parcel, chance: random.Random) -> list[Parcel]:
        """What goes out instead; nothing at all if the list is empty."""


class ConnectionFault(FaultForm):
    """Something happens to the connection, once the message of its event is out."""

    @abstractmethod
    def act(self) -> Act:
        """What happens."""


class HandshakeFault(FaultForm):
    """The upgrade to a WebSocket goes wrong."""

    @model_validator(mode="after")
    def _comes_first(self) -> "HandshakeFault":
        if self.at is not None:
            raise fault("wrong-value", "the handshake comes before all that 'at' could name", "leave 'at' out", "at")
        return self


class Nothing(ScenarioPart):
    """Nothing more needs to be said."""

    @classmethod
    def advice(cls) -> str:
        """What to write where something else stands."""
        return "write {}, or the name of the fault alone"


class Wait(ScenarioPart):
    """How long something takes: a span, or ``forever``."""

    seconds: Span


def _nothing(value: Any) -> Any:
    return {} if value is None else value


Plain = Annotated[Nothing, BeforeValidator(_nothing)]
"""``- malformed``, ``malformed: {}``."""

Kind = Annotated[str, BeforeValidator(one_of(KINDS))]
"""What a message can hold."""
