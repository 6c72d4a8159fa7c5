"""All faults, by name. A new one is a class and its place in :data:`AnyFault`; nothing else knows the list."""

from functools import cache
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, Discriminator, Tag, TypeAdapter

from gemlive_emulator.scenario.errors import nearest
from gemlive_emulator.scenario.faults.broken import (
    Malformed,
    NotUtf8,
    Nulls,
    UnknownField,
    UnknownMessage,
    WrongFrame,
)
from gemlive_emulator.scenario.faults.ending import (
    CloseFault,
    HalfOpenFault,
    Refuse,
    SlowCloseFault,
    SlowHandshake,
    SlowPongFault,
)
from gemlive_emulator.scenario.faults.form import FAULTS, FaultForm
from gemlive_emulator.scenario.faults.late import Bandwidth, Burst, Delay, Fragments, Latency, Slices, StallFault
from gemlive_emulator.scenario.faults.lost import Drop, Duplicate, Swap
from gemlive_emulator.scenario.faults.named import NamedFault
from gemlive_emulator.scenario.faults.sent import Send
from gemlive_emulator.scenario.faults.sound import CutAudio, EmptyAudio, MimeType, OddAudio
from gemlive_emulator.scenario.fields import called, fault, is_list

__all__ = ["FAULTS", "AnyFault", "FaultForm", "Faults", "one_fault"]

AnyForm = (
    Annotated[Latency, Tag("<latency>")]
    | Annotated[Delay, Tag("<delay>")]
    | Annotated[Bandwidth, Tag("<bandwidth>")]
    | Annotated[Slices, Tag("<slices>")]
    | Annotated[Fragments, Tag("<fragments>")]
    | Annotated[Burst, Tag("<burst>")]
    | Annotated[StallFault, Tag("<stall>")]
    | Annotated[Drop, Tag("<drop>")]
    | Annotated[Duplicate, Tag("<duplicate>")]
    | Annotated[Swap, Tag("<swap>")]
    | Annotated[Send, Tag("<send>")]
    | Annotated[Malformed, Tag("<malformed>")]
    | Annotated[NotUtf8, Tag("<not_utf8>")]
    | Annotated[WrongFrame, Tag("<wrong_frame>")]
    | Annotated[UnknownField, Tag("<unknown_field>")]
    | Annotated[UnknownMessage, Tag("<unknown_message>")]
    | Annotated[Nulls, Tag("<nulls>")]
    | Annotated[OddAudio, Tag("<odd_audio>")]
    | Annotated[EmptyAudio, Tag("<empty_audio>")]
    | Annotated[CutAudio, Tag("<cut_audio>")]
    | Annotated[MimeType, Tag("<mime_type>")]
    | Annotated[CloseFault, Tag("<close>")]
    | Annotated[HalfOpenFault, Tag("<half_open>")]
    | Annotated[SlowCloseFault, Tag("<slow_close>")]
    | Annotated[SlowPongFault, Tag("<slow_pong>")]
    | Annotated[Refuse, Tag("<refuse>")]
    | Annotated[SlowHandshake, Tag("<slow_handshake>")]
    | Annotated[NamedFault, Tag("<named>")]
)
"""Any fault. A tag stands in angle brackets, so that the path of an error tells it from a key."""

FAULTS.update((get_args(form)[0].kind(), get_args(form)[0]) for form in get_args(AnyForm))

_EXAMPLE = "write, for example, - {stall: 2s, at: audio 3}"


def _is_fault(value: Any) -> Any:
    if isinstance(value, str) and value in FAULTS:
        return {value: None}
    if not isinstance(value, dict):
        near = f"; {nearest(value, FAULTS)}" if isinstance(value, str) else ""
        raise fault("unknown-fault", f"a fault is needed here, not {called(value)}", f"{_EXAMPLE}{near}")
    if not any(key in FAULTS for key in value):
        name = next((key for key in value if key not in FaultForm.model_fields), "")
        raise fault("unknown-fault", f"unknown fault '{name}'", nearest(name, FAULTS), name or None)
    return value


def _tag_of(value: Any) -> str:
    return next(f"<{key}>" for key in value if key in FAULTS)


AnyFault = Annotated[AnyForm, Discriminator(_tag_of), BeforeValidator(_is_fault)]
"""One fault: ``{stall: 2s, at: audio 3}``."""


@cache
def one_fault() -> TypeAdapter[Any]:
    """What judges a single fault that no file has: one for all who ask, for making it costs far more than using it."""
    return TypeAdapter(AnyFault)


Faults = Annotated[tuple[AnyFault, ...], BeforeValidator(is_list)]
"""Some faults, at least one."""
