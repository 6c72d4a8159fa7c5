"""docs/reference/events.md: what the journal holds."""

import re
from typing import get_args

from gemlive_emulator.server import entries
from gemlive_emulator.server.entries import Kind
from gemlive_emulator.server.page import MOST_MISSES
from reference_pages.markdown import code, page, plain, said_below, sentence, table

ABOUT = """\
Every session notes what happens in it. A test reads the entries as `session.events` and waits for the next with
[`wait_for`](../testing.md#waiting); a program in any language asks [`/events` and `/wait`](http.md). Each has the time
in seconds on the emulator's clock, its kind, and the fields below. `message` is not kept but made of the messages when
it is asked for."""


def events_page() -> str:
    """The page."""
    told = dict(re.findall(r"^\* ``(\w+)``: (.*(?:\n  .*)*)", said_below(entries)["Kind"], re.MULTILINE))
    if list(told) != list(get_args(Kind)):
        raise ValueError("server/entries.py: the docstring of Kind has to say each kind, in the same order")
    rows = [
        (code(kind), sentence(plain(words)).replace("`MOST_MISSES`", str(MOST_MISSES))) for kind, words in told.items()
    ]
    return page("Events", ABOUT, table(("kind", "its fields"), rows))
