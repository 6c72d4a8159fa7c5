"""``timing`` of a scenario: how its sessions differ from what the model family does in time."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema, model_validator

from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.fields import Duration, ScenarioPart, YesNo, fault, one_of
from gemlive_emulator.session.behaviour import AT_ONCE, REAL_TIME, SHORTEST_CHUNK

_PACES = {"family": None, "real-time": REAL_TIME, "at-once": AT_ONCE}
_FIELD = "behaviour.pace."


def _factor(value: object) -> float:
    written = value if isinstance(value, str) else ""
    if re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,6})?", written) is None or float(written) == 0:
        right = "write 1 for real time, 4.5 for faster; pace: at-once for all at once"
        raise fault("wrong-value", f"{shown(written)} is no speed", right)
    return float(written)


Factor = Annotated[float, PlainValidator(_factor), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})]
"""How many times faster than real time."""


class TimingForm(ScenarioPart):
    """When the answers of a scenario go out. What is left out stays as it is in the model's family.

    Attributes:
        pace: where to start from: the family's own, ``real-time`` or ``at-once``.
        first_text: from the user's turn to the first piece of text.
        next_text: between pieces of text.
        first_audio: from the user's turn to the first part of audio.
        speed: how many times faster than real time audio goes out.
        hold_end: whether the end of a turn waits until the client has heard everything.
        empty_first: whether a part without a sample comes first.
        trailing_silence: zeros after the speech of a turn.
        jitter: by how much each part of audio is late at most; drawn from the emulator's ``seed``.
        gap: nothing goes out for so long after each ``gap_every`` of audio.
        gap_every: see ``gap``.
        chunk: how much audio is in a part.
    """

    pace: Annotated[Literal["family", "real-time", "at-once"], BeforeValidator(one_of(_PACES))] = "family"
    first_text: Duration | None = None
    next_text: Duration | None = None
    first_audio: Duration | None = None
    speed: Factor | None = None
    hold_end: YesNo | None = None
    empty_first: YesNo | None = None
    trailing_silence: Duration | None = None
    jitter: Duration | None = None
    gap: Duration | None = None
    gap_every: Duration | None = None
    chunk: Duration | None = None

    @model_validator(mode="after")
    def _can_work(self) -> "TimingForm":
        if self.gap_every == 0:
            raise fault("wrong-value", "a gap after each 0 seconds never ends", "write 1s or more", "gap_every")
        if self.chunk is not None and self.chunk < SHORTEST_CHUNK:
            raise fault("wrong-value", "parts of less than 20 milliseconds", "write 20ms or more", "chunk")
        return self

    @property
    def overrides(self) -> Mapping[str, Any]:
        """Dotted fields of the model family and their values (``behaviour.pace.first_audio``: 2.0)."""
        start = _PACES[self.pace]
        fields = {} if start is None else asdict(start)
        fields |= {name: value for name, value in self if name != "pace" and value is not None}
        return {_FIELD + name: value for name, value in fields.items()}
