"""A family with some of its fields changed: by hand, by a scenario, or because it is on Vertex."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_type_hints

from gemlive_emulator.profiles.families import VERTEX_CALL_TURN
from gemlive_emulator.profiles.family import Family
from gemlive_emulator.session.behaviour import Calling
from gemlive_emulator.wire.errors import EmulatorError

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def calling_on_vertex(calling: Calling) -> Calling:
    """How a family calls functions on Vertex.

    Recorded: the call's turn ends whether or not there is a response, but a response that came at once was there before
    it; what follows is another turn. livekit: ``scheduling`` is dropped.
    """
    calling = replace(calling, scheduling="ignored") if calling.scheduling == "honoured" else calling
    if calling.own_turn == "unanswered":
        return replace(calling, own_turn="always", own_turn_after=min(calling.own_turn_after, VERTEX_CALL_TURN))
    return calling


def override(family: Family, fields: Mapping[str, Any]) -> Family:
    """The family with some fields changed.

    Args:
        family: to start from.
        fields: dotted names and values, for example ``{"behaviour.pace.first_audio": 0.2, "manner.role": True}``.

    Raises:
        EmulatorError: a name that is no field, or a value that the field cannot take.
    """
    for path, value in fields.items():
        family = _with_field(family, path.split("."), value, path)
    return family


def _with_field(record: Any, path: list[str], value: Any, whole: str) -> Any:
    head, *rest = path
    known = getattr(record, "__dataclass_fields__", {})
    if head not in known:
        raise EmulatorError(f"profile field {whole!r}: {head!r} is none of {', '.join(sorted(known)) or 'nothing'}")
    current = getattr(record, head)
    changed = _with_field(current, rest, value, whole) if rest else _fitting(record, head, value, whole)
    try:
        return replace(record, **{head: changed})
    except ValueError as error:
        raise EmulatorError(f"profile field {whole!r}: {error}") from None


def _fitting(record: object, name: str, value: Any, whole: str) -> Any:
    """The value as the field's type wants it (``tuple`` of a list, ``bytes`` of text)."""
    from pydantic import ValidationError

    try:
        # mypy takes the hash of a class for that of its instances.
        return _judge_of(type(record), name).validate_python(value)  # type: ignore[arg-type]
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]["msg"]
        default = getattr(record, name)
        raise EmulatorError(f"profile field {whole!r} is {value!r}: {problem}; by default it is {default!r}") from None


@lru_cache(maxsize=512)
def _judge_of(record: type[object], name: str) -> "TypeAdapter[Any]":
    """What knows the values of a field; kept, since a scenario with ``timing`` asks for it with each session."""
    from pydantic import TypeAdapter

    return TypeAdapter(get_type_hints(record)[name])
