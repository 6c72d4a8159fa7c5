"""docs/reference/family-fields.md: every field of a model family that can be set, and what it is in each."""

import json
from dataclasses import fields, is_dataclass
from typing import Any

from gemlive_emulator.profiles.families import FAMILIES
from reference_pages.markdown import attributes, code, page, sentence, table

ABOUT = """\
`--set NAME=VALUE`, or `Settings(overrides={NAME: VALUE})`, changes one for all sessions. [fidelity.md](../fidelity.md)
says how each is known. Where the families differ, the first value is that of `2.0` and the others stand with their
families. `null` is none."""


def families_page() -> str:
    """The page."""
    first = next(iter(FAMILIES.values()))
    parts = [_section(name, getattr(first, name)) for name in ("behaviour", "manner", "vertex_manner", "refusals")]
    return page("Fields of model families", ABOUT, *[part for part in parts if part])


def _section(name: str, record: Any) -> str:
    if name == "vertex_manner":
        return "## vertex_manner\n\nThe fields of `manner`, for Vertex AI."
    return "\n\n".join([f"## {name}", table(("field", "value", "what it is"), _rows(name, record))])


def _rows(before: str, record: Any) -> list[tuple[str, str, str]]:
    told = attributes(type(record))
    rows = []
    for field in fields(record):
        name = f"{before}.{field.name}"
        value = getattr(record, field.name)
        if is_dataclass(value):
            rows += _rows(name, value)
        else:
            rows.append((code(name), _values(name), sentence(told[field.name])))
    return rows


def _values(name: str) -> str:
    values = {family: _shown(_value(record, name)) for family, record in FAMILIES.items()}
    usual = next(iter(values.values()))
    groups: dict[str, list[str]] = {}
    for family, value in values.items():
        groups.setdefault(value, []).append(family)
    others = [f"{code(value)} ({', '.join(found)})" for value, found in groups.items() if value != usual]
    return ", ".join([code(usual), *others])


def _value(record: Any, name: str) -> Any:
    for part in name.split("."):
        record = getattr(record, part)
    return record


def _shown(value: Any) -> str:
    if isinstance(value, frozenset | set):
        value = sorted(value)
    return json.dumps(value, default=bytes.decode)
