"""For which connections a scenario is."""

from collections.abc import Mapping
from dataclasses import field

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.conditions import Condition, Exact, all_of
from gemlive_emulator.scenario.rules import numbered, text_condition
from gemlive_emulator.scenario.seen import Subject, Wording
from gemlive_emulator.scenario.when import CallersForm


@dataclass(frozen=True, slots=True)
class Caller:
    """Who connects.

    Attributes:
        key: the credential; not in ``repr``.
        model: the bare id of the model in the setup.
        connection: the number of the connection at the emulator, from 1.
        query: the parameters of the URL.
    """

    key: str = field(repr=False)
    model: str
    connection: int
    query: Mapping[str, str]


_KEY: Subject[Caller] = Subject("the key", lambda caller: Wording(caller.key))
_MODEL: Subject[Caller] = Subject("the model", lambda caller: Wording(caller.model), shown=True)


def caller_condition(form: CallersForm) -> Condition[Caller]:
    """The condition that ``for`` is in a file; a bare text is the whole of it."""
    conditions: list[Condition[Caller]] = []
    if form.connection is not None:
        conditions.append(numbered(form.connection, "the number of the connection", lambda caller: caller.connection))
    if form.key is not None:
        conditions.append(text_condition(form.key, Exact, _KEY))
    if form.model is not None:
        conditions.append(text_condition(form.model, Exact, _MODEL))
    for name, value in (form.query or {}).items():
        conditions.append(text_condition(value, Exact, _parameter(name)))
    return all_of(conditions)


def _parameter(name: str) -> Subject[Caller]:
    return Subject(f"?{name}", lambda caller: Wording(caller.query.get(name, "")), shown=True)
