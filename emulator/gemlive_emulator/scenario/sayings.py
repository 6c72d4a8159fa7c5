"""What is said for a parameter that takes a text, by what the parameter is called and by its format."""

from collections.abc import Callable, Iterator

from gemlive_emulator.scenario import finding
from gemlive_emulator.scenario.stems import name_words, stem, stems

_Look = Callable[[str], str]


def _after(*before: str) -> _Look:
    return lambda text: finding.after(text, *before)


def _rest_after(*before: str) -> _Look:
    return lambda text: finding.rest_after(text, *before)


_BY_NAME: tuple[tuple[str, tuple[_Look, ...]], ...] = (
    ("email mail", (finding.email_in,)),
    ("to recipient", (finding.email_in, finding.phone_in, _after("to", "email", "message", "text", "call"))),
    ("url uri link website", (finding.url_in,)),
    ("path file filename directory folder", (finding.quoted_in, finding.path_in)),
    ("id identifier code", (finding.code_in,)),
    ("phone number", (finding.phone_in,)),
    ("origin departure from source", (_after("from"),)),
    ("destination arrival target", (_after("to"),)),
    ("location city place town country region area state address", (_after("in", "at", "for", "near", "of"),)),
    ("location city place town country region area state address", (_after("to", "from", "around"),)),
    ("when datetime start end deadline due", (finding.moment_in,)),
    ("date day", (finding.date_in,)),
    ("time hour", (finding.time_in, finding.date_in)),
    ("duration length", (finding.length_in,)),
    ("contact person attendee participant guest invitee friend", (_after("with", "invite", "call", "to", "for"),)),
    ("name", (_after("named", "called", "name is", "for"),)),
    ("subject topic", (_rest_after("about"),)),
    ("color colour value mode theme state status level", (_after("to"),)),
    ("text phrase sentence word", (finding.quoted_in, _after("translate"))),
    ("message text body content note", (finding.quoted_in, _rest_after("saying", "says", "that", "note"))),
    ("prompt title subject description reminder task caption", (finding.quoted_in, _rest_after("titled", "called"))),
    ("message body text", (_rest_after("about"),)),
    ("reminder task title", (_rest_after("remind me to", "to"),)),
    (
        "query search question topic keyword term q",
        (finding.quoted_in, _rest_after("search the web for", "search for", "look up", "google", "about", "for", "on")),
    ),
)
_LOOKS = tuple((frozenset(map(stem, names.split())), looks) for names, looks in _BY_NAME)
_BY_FORMAT: dict[str, _Look] = {
    "date": finding.date_in,
    "time": finding.time_in,
    "date-time": finding.moment_in,
    "email": finding.email_in,
    "uri": finding.url_in,
    "url": finding.url_in,
}


def texts_for(name: str, form: str, text: str) -> Iterator[str]:
    """What may be meant for a parameter, the likeliest first; some are empty.

    Args:
        name: of the parameter.
        form: its ``format``, ``""`` if it has none. Days and times stay as they were said, whatever it is.
        text: what was said.
    """
    called = name_words(name)
    yield finding.told_for(text, called)
    stemmed = stems(called)
    for names, looks in _LOOKS:
        if not names.isdisjoint(stemmed):
            yield from (look(text) for look in looks)
    if form in _BY_FORMAT:
        yield _BY_FORMAT[form](text)
