"""A session told so that a person can follow it: who sent what, when."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from gemlive_emulator.server.entries import Entry, Record
from gemlive_emulator.server.redact import clean, quote
from gemlive_emulator.wire.tape import Taped

LONGEST = 160
"""Characters of a line."""

MOST_LINES = 200
"""Of one account; those in the middle are left out."""

_NOTED = ("heard", "rule_chosen", "interrupted", "fault", "said")
"""Entries that say more than the messages do."""


def account(record: Record) -> str:
    """The session in lines: the time in seconds, who sent it, and what; like messages in a row are one line."""
    model = f", {record.model}" if record.model else ""
    told = [f"session {record.name} (connection {record.connection}{model})", *_lines(record)]
    if len(told) > MOST_LINES:
        half = MOST_LINES // 2
        told[half:-half] = [f"  ... {len(told) - 2 * half} lines ..."]
    # What a client wrote must neither move the cursor of a terminal nor show a key.
    return "\n".join(map(clean, told))


def entry_line(entry: Entry) -> str:
    """An entry in words, on one line; what a client wrote in it is harmless."""
    return clean(_in_words(entry))


def _in_words(entry: Entry) -> str:
    told = entry.details
    if entry.kind == "message":
        return f"client sent {_short(told['message'])}"
    if entry.kind == "rule_chosen":
        number = told["rule"]
        chosen = "no rule" if number is None else f"rule {number}"
        return f"{entry.kind}: {chosen} of {quote(told['scenario'] or '')}{_nearest(told['misses'])}"
    return f"{entry.kind}{': ' if told else ''}" + ", ".join(f"{name} {_short(value)}" for name, value in told.items())


def _nearest(misses: Sequence[Any]) -> str:
    return f"; nearest: rule {misses[0]['rule']}: {misses[0]['why']}" if misses else ""


def _lines(record: Record) -> Iterator[str]:
    notes = (
        (one.number, (one.time - record.opened, "-", _in_words(one))) for one in record.entries if one.kind in _NOTED
    )
    messages = ((one.time, _ARROWS[one.side], _message(one)) for one in record.tape.taped)
    # By their places and not by their times: on a clock that stands still these are all the same.
    placed = sorted([*zip(record.numbers, messages, strict=True), *notes], key=lambda one: one[0])
    rows = [row for _, row in placed]
    if record.tape.dropped:
        yield f"  ... {record.tape.dropped} messages before are no longer kept ..."
    before, often = None, 0
    for row in [*rows, None]:
        if before is not None and row is not None and row[1:] == before[1:]:
            often += 1
            continue
        if before is not None:
            time, arrow, told = before
            yield _cut(f"  {time:8.3f} s {arrow} {told}") + (f"  ({often + 1} of these)" if often else "")
        before, often = row, 0


_ARROWS = {"client": "client >", "server": "< server"}


def _message(taped: Taped) -> str:
    if taped.code is not None:
        return f"close {taped.code} {quote(taped.words)}"
    message = taped.message
    return f"{len(taped.payload)} octets that are no JSON object" if message is None else _short(message)


def _short(value: Any) -> str:
    return _cut(json.dumps(_without_data(value), ensure_ascii=False, default=str))


def _without_data(value: Any) -> Any:
    """The value, with long data of sound and pictures cut."""
    if isinstance(value, dict):
        return {name: _data(item) if name == "data" else _without_data(item) for name, item in value.items()}
    return [_without_data(item) for item in value] if isinstance(value, list | tuple) else value


def _data(item: Any) -> Any:
    if not isinstance(item, str) or len(item) < 64:
        return item
    return f"<{len(item.rstrip('=')) * 3 // 4} octets>"


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 4]} ..."
