"""What is known of one failure of the real server, and how it is made to happen here."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.closes import Close
from gemlive_emulator.wire.errors import cut

Entry = Mapping[str, Any]
"""A fault or a step, as it stands in a scenario file."""


@dataclass(frozen=True, slots=True)
class Mode:
    """A failure of the real server.

    Attributes:
        name: by which it is asked for.
        what: happens, in a line.
        advice: what a client should do.
        source: how it is known: recorded, measured, reported or inferred, and by whom.
        number: of the failure mode that it belongs to, 1 to 25 (:data:`~gemlive_emulator.scenario.faults.modes.MODES`);
            0 for a close that belongs to none.
        close: code and whole words, if it ends with a close frame.
        at: the moment at which it strikes if none is asked for: ``audio 3``; ``""`` if it has none.
        faults: on the line.
        steps: that go before the answer to a turn, or make it.
        answers: whether the usual answer follows the steps.
        after: steps in place of every later answer.
        fields: of the model family that are different, by dotted name.
        model: as whose family every model is answered.
        token: what an ephemeral token says of the setup, in the words of ``POST auth_tokens``, whatever the client came
            with.
        lasts: whether it strikes at all turns from its moment on.
        resumed: whether it strikes only in sessions that were resumed.
        from_connection: the first connection on which it strikes, if none is asked for.
    """

    name: str
    what: str
    advice: str
    source: str
    number: int = 0
    close: Close | None = None
    at: str = ""
    faults: tuple[Entry, ...] = ()
    steps: tuple[Entry, ...] = ()
    answers: bool = True
    after: tuple[Entry, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None
    token: Mapping[str, Any] = field(default_factory=dict)
    lasts: bool = False
    resumed: bool = False
    from_connection: int = 1

    @property
    def replies(self) -> bool:
        """Whether it is about what the model says."""
        return bool(self.steps or self.after)

    @property
    def sets(self) -> bool:
        """Whether it makes the session another one from its setup on."""
        return bool(self.fields or self.model or self.token)

    @property
    def record(self) -> dict[str, Any]:
        """What is known of it, in plain values."""
        close = None if self.close is None else {"code": self.close[0], "reason": cut(self.close[1])}
        return {
            "name": self.name,
            "what": self.what,
            "advice": self.advice,
            "source": self.source,
            "number": self.number or None,
            "close": close,
            "at": self.at or None,
        }

    @property
    def has_moment(self) -> bool:
        """Whether it can strike at one moment or another."""
        return self.replies or bool(self.at)


def closing(name: str, close: Close, what: str, advice: str, source: str, at: str, **more: Any) -> Mode:
    """A close with the real words, at this moment unless another is asked for."""
    code, words = close
    fault = {"close": {"code": str(code), "reason": words}}
    return Mode(name, what, advice, source, close=close, at=at, faults=(fault,), **more)
