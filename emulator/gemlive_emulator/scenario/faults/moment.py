"""``at``: the moment from which a fault counts."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator, model_validator

from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.faults.parcel import KINDS
from gemlive_emulator.scenario.fields import Count, Duration, ScenarioPart, fault, is_text, one_of

FROM_CLIENT = ("input", "tool_response", "new_session", "resumption")
"""Events that are messages of the client: any, one that answers calls, and setups without a handle and with one."""

EVENTS = (*KINDS, "turn", "resumed", *FROM_CLIENT)
"""All events that ``at`` can name: ``turn`` is the first message of a turn of the model, ``resumed`` the setup of a
session that goes on."""

EXAMPLES = "write audio 3 for the third audio message, turn 2, input 5, or 2s after the connection was opened"
_BRIEF = re.compile(r"([a-z_]+)(?:\s+([0-9]{1,9}))?")


class MomentForm(ScenarioPart):
    """The n-th event of a kind, or so long after the connection was opened."""

    event: Annotated[str, BeforeValidator(one_of(EVENTS))] | None = None
    index: Count = 1
    elapsed: Duration | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "MomentForm":
        if (self.event is None) == (self.elapsed is None):
            raise fault("wrong-value", "either 'event' or 'elapsed' is needed here", EXAMPLES)
        if self.elapsed is not None and "index" in self.model_fields_set:
            raise fault("wrong-value", "'index' counts events, and time is none", "leave it out", "index")
        if self.index == 0:
            raise fault("wrong-value", "events are counted from 1", EXAMPLES)
        return self

    def __str__(self) -> str:
        return f"{self.elapsed:g}s" if self.event is None else f"{self.event} {self.index}"


def _spell_moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value[:1].isdigit():
        return {"elapsed": value}
    match = _BRIEF.fullmatch(value.strip())
    if match is None:
        raise fault("wrong-value", f"{shown(value)} is no moment", EXAMPLES)
    return {"event": match[1]} if match[2] is None else {"event": match[1], "index": match[2]}


Moment = Annotated[MomentForm, BeforeValidator(_spell_moment)]
"""``audio 3``, ``turn 2``, ``2s``, or a :class:`MomentForm`."""


def _probability(value: object) -> float:
    written = is_text(value)
    number = float(written) if re.fullmatch(r"[01]?(?:\.[0-9]{1,9})?", written) and written else 0.0
    if not 0 < number <= 1:
        right = "write 0.5 for every other time on average; at most 1"
        raise fault("wrong-value", f"{shown(written)} is no probability", right)
    return number


Probability = Annotated[float, PlainValidator(_probability)]
"""More than 0, at most 1."""
