"""The kinds of values a scenario file has: texts, templates, durations, close codes, regular expressions.

Each complains with a :class:`~pydantic_core.PydanticCustomError` whose type is an anchor of ``docs/errors.md`` and
whose context has ``right``: what would be right.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from math import inf
from typing import Annotated, Any, Literal, LiteralString

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, model_validator
from pydantic_core import PydanticCustomError

from gemlive_emulator.scenario.automaton import Pattern, is_slashed, read_pattern
from gemlive_emulator.scenario.errors import nearest, shown
from gemlive_emulator.scenario.likeness import Likeness, LikenessError
from gemlive_emulator.scenario.pattern_syntax import PatternError
from gemlive_emulator.scenario.template import STATE_NAME, Template, TemplateError
from gemlive_emulator.wire.closes import SENDABLE

MAX_PAUSE = 86_400.0
"""Seconds; a longer pause is a slip of the pen."""

_MOST_KEYS = 5
_PER_UNIT = {"ms": 1_000, "s": 1, "m": 1 / 60, "h": 1 / 3_600}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|m|h)?")
_DURATIONS = "write 700ms, 1.5s, 2m or a number of seconds"


class ScenarioPart(BaseModel):
    """A mapping of the file: only the keys it knows, never changed once read."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _knows_its_keys(cls, value: Any) -> Any:
        """Complain about the first key that is not known, with the nearest that is."""
        if not isinstance(value, dict):
            raise fault("wrong-value", f"a mapping is needed here, not {called(value)}", cls._advice_for(value))
        known = _keys_of(cls)
        for key in value:
            if key not in known:
                raise fault("unknown-key", f"unknown key '{key}'", cls.advice_for_key(key), key)
        return value

    @classmethod
    def _advice_for(cls, value: object) -> str:
        """A key without a blank behind its colon is a text to YAML."""
        key, colon, rest = value.partition(":") if isinstance(value, str) else ("", "", "")
        return (
            f"put a blank behind the colon: {key}: {shown(rest)}" if colon and key in cls.known_keys() else cls.advice()
        )

    @classmethod
    def known_keys(cls) -> list[str]:
        """The keys as they are written in the file."""
        return list(_keys_of(cls))

    @classmethod
    def advice(cls) -> str:
        """What to write where something else than this mapping stands."""
        keys = [f"{key}: …" for key in cls.known_keys()]
        return f"write {{{', '.join(keys[:_MOST_KEYS])}{', …' if len(keys) > _MOST_KEYS else ''}}}"

    @classmethod
    def advice_for_key(cls, key: str) -> str:
        """What to write instead of an unknown key."""
        return nearest(key, cls.known_keys())


@cache
def _keys_of(form: type[ScenarioPart]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in form.model_fields.items())


def fault(anchor: LiteralString, wrong: str, right: str = "", key: str | None = None) -> PydanticCustomError:
    """A complaint about a value, or about one of its keys when ``key`` is given."""
    return PydanticCustomError(anchor, "{wrong}", {"wrong": wrong, "right": right, "key": key})


def called(value: object) -> str:
    """What a person calls a value of the file."""
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else "nothing"


def is_text(value: object) -> str:
    """The value, if it is a text; else a complaint."""
    if isinstance(value, str):
        return value
    hint = "a text that begins with a brace or a bracket must stand in quotes" if isinstance(value, dict | list) else ""
    raise fault("wrong-value", f"a text is needed here, not {called(value)}", hint)


def _template(value: object) -> Template:
    try:
        return Template.parse(is_text(value))
    except TemplateError as error:
        raise fault("unknown-placeholder", str(error), error.right) from None


def _duration(value: object) -> float:
    return _seconds(value, _DURATIONS)


def _seconds(value: object, right: str) -> float:
    written = is_text(value)
    match = _DURATION.fullmatch(written.strip())
    seconds = float(match[1]) / _PER_UNIT[match[2] or "s"] if match else -1.0
    if not 0 <= seconds <= MAX_PAUSE:
        raise fault("bad-duration", f"{shown(written)} is no duration", right)
    return seconds


def _moment(value: object) -> float | Literal["end"]:
    return "end" if value == "end" else _seconds(value, f"{_DURATIONS}, or end for after the end of the turn")


def _span(value: object) -> float:
    return inf if value == "forever" else _seconds(value, f"{_DURATIONS}, or forever")


def _count(value: object) -> int:
    written = is_text(value)
    if re.fullmatch("[0-9]{1,9}", written) is None:
        raise fault("wrong-value", f"{shown(written)} is no number", "write a whole number, such as 2")
    return int(written)


class OneOf:
    """A validator for one of these words.

    Attributes:
        known: the words.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.known = tuple(words)

    def __call__(self, value: object) -> str:
        """The word, if it is one of them; else a complaint."""
        written = is_text(value)
        if written not in self.known:
            raise fault("wrong-value", f"{shown(written)} is not known here", nearest(written, self.known))
        return written


def one_of(words: Iterable[str]) -> Callable[[object], str]:
    """A validator for one of these words."""
    return OneOf(words)


def _close_code(value: object) -> int:
    written = is_text(value)
    code = int(written) if re.fullmatch("[0-9]{1,9}", written) else 0
    if code not in SENDABLE:
        right = "write 1000 to 1003, 1007 to 1014 or 3000 to 4999; the real server uses 1000, 1007, 1008 and 1011"
        raise fault("wrong-value", f"{shown(written)} is no close code that can be sent", right)
    return code


def _pattern(value: object) -> Pattern:
    try:
        return read_pattern(is_text(value))
    except PatternError as error:
        raise fault("bad-regex", str(error), "if the text itself is meant, write contains in place of regex") from None


def _likeness(value: object) -> Likeness:
    try:
        return Likeness.parse(is_text(value))
    except LikenessError as error:
        raise fault("bad-like", str(error), error.right) from None


def _bare(value: object) -> str | Pattern:
    written = is_text(value)
    if not is_slashed(written):
        return written
    try:
        return read_pattern(written)
    except PatternError as error:
        raise fault("bad-regex", str(error), "if the text itself is meant, write {contains: TEXT}") from None


def is_list(value: object) -> object:
    """The value, if it is a list with something in it; else a complaint."""
    if not isinstance(value, list):
        raise fault("wrong-value", f"a list is needed here, not {called(value)}", "begin each entry with '- '")
    if not value:
        raise fault("wrong-value", "nothing stands in this list", "write an entry, or leave the key out")
    return value


def is_mapping(value: object) -> object:
    """The value, if it is a mapping with something in it; else a complaint."""
    if not isinstance(value, dict):
        raise fault("wrong-value", f"a mapping is needed here, not {called(value)}", "write {NAME: …}")
    if not value:
        raise fault("wrong-value", "nothing stands in this mapping", "write an entry, or leave the key out")
    return value


def _yes_or_no(value: object) -> bool:
    return value if isinstance(value, bool) else one_of(("true", "false"))(value) == "true"


def _state_name(value: object) -> str:
    written = is_text(value)
    if STATE_NAME.fullmatch(written) is None:
        right = "write a word, such as menu, or shared.menu for what all sessions share"
        raise fault("wrong-value", f"{shown(written)} is no name of a state", right)
    return written


def _template_text(value: object) -> str:
    return _template(value).written


def _response_path(value: object) -> str:
    written = is_text(value)
    try:
        Template.parse(f"{{result.{written}}}")
    except TemplateError:
        right = "write the keys with dots between, and [0] for the first entry of a list"
        raise fault("wrong-value", f"{shown(written)} is no way into a response", right) from None
    return written


def as_list(value: object) -> object:
    """A list as it is, anything else as a list of one."""
    return is_list(value) if isinstance(value, list) else [value]


Text = Annotated[str, BeforeValidator(is_text)]
"""A text, as it is written in the file: ``1.10`` stays ``1.10``."""

BareText = Annotated[str | Pattern, PlainValidator(_bare)]
"""A text that is looked for, or ``/expression/flags``."""

Filled = Annotated[Template, PlainValidator(_template)]
"""A text with placeholders."""

Duration = Annotated[float, PlainValidator(_duration)]
"""Seconds, written ``700ms``, ``1.5s``, ``2m``, ``1h`` or as a number of seconds."""

Moment = Annotated[float | Literal["end"], PlainValidator(_moment)]
"""A :data:`Duration`, or ``end``."""

Span = Annotated[float, PlainValidator(_span)]
"""A :data:`Duration`, or ``forever`` (``inf``)."""

Count = Annotated[int, PlainValidator(_count)]
"""A whole number, not negative."""

CloseCode = Annotated[int, PlainValidator(_close_code)]
"""A code that a close frame may carry (RFC 6455, s. 7.4)."""

Expression = Annotated[Pattern, PlainValidator(_pattern)]
"""A regular expression, bare or as ``/expression/flags``."""

Texts = Annotated[tuple[Text, ...], BeforeValidator(as_list)]
"""A text or a list of them."""

Expressions = Annotated[tuple[Expression, ...], BeforeValidator(as_list)]
"""A regular expression or a list of them."""

Likenesses = Annotated[tuple[Annotated[Likeness, PlainValidator(_likeness)], ...], BeforeValidator(as_list)]
"""A text with holes, or a list of them."""

Counts = Annotated[tuple[Count, ...], BeforeValidator(as_list)]
"""A whole number or a list of them."""

YesNo = Annotated[bool, PlainValidator(_yes_or_no)]
"""``true`` or ``false``."""

StateName = Annotated[str, BeforeValidator(_state_name)]
"""What a state is called: a word, or words with dots between."""

TemplateText = Annotated[str, BeforeValidator(_template_text)]
"""A text with placeholders, as it is written."""

ResponsePath = Annotated[str, BeforeValidator(_response_path)]
"""The way to a value in what a function returned, as it stands in ``{result.PATH}``."""
