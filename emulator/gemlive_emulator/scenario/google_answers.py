"""What the built-in responder does with Google's own tools, if the setup has them: it computes, searches and reads.

All of it is canned. No page is fetched and nothing is looked up; the sources are on sites that exist nowhere
(RFC 2606), and the answers say so.
"""

import re
from zlib import crc32

from gemlive_emulator.scenario.asked import Asked, formed
from gemlive_emulator.scenario.grounding import site_of, source, suggestions, support
from gemlive_emulator.scenario.sums import Ran, computed
from gemlive_emulator.session.google_tools import (
    Browsed,
    CodeRan,
    CodeWritten,
    Grounded,
    Retrieval,
    Searched,
    Support,
    UrlsRead,
)
from gemlive_emulator.session.steps import Reply, Say, Tell

MOST_PAGES = 20
"""So many pages are read in a turn, as documented."""

LONGEST_QUERY = 120
"""Characters."""

_URL = re.compile(r"\bhttps?://[^\s<>\"'`{}|\\^]{1,500}", re.IGNORECASE)
_CODE = ("write code", "write some code", "run code", "run some code", "execute code", "python", "compute", "calculate")
_SEARCH = ("search", "google", "look up", "latest", "news", "currently", "current", "today", "tonight", "this week")
_ORDERS = ("search", "google", "look up", "please search", "please look up", "can you search", "use google search")
_FRESH = ("weather", "temperature", "forecast")
_ASKING = ("what", "what's", "who", "who's", "when", "where", "which", "how", "why", "is", "are", "did", "does", "has")
_BEFORE_QUERY = re.compile(
    r"\s{0,9}(?:(?:please|can you|could you|use google search to|search the web for|search for|search|google|look up"
    r"|tell me|find out|what's the|what is the|what's|what is|about|me)\s{1,9}){1,6}",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\bin ([^\W\d_][^?.!\n]{1,60})")
_SKIES = ("sunny", "partly cloudy", "cloudy", "rainy")
_CANNED = "This emulator has no web to search, so the answer is made up."
_HELLO = Ran(
    'print("Hello from Python")\n', "Hello from Python\n", 'I ran a short program. It printed "Hello from Python".'
)


def google_reply(asked: Asked, by_heart: bool) -> Reply | None:
    """The reply that one of Google's tools is used for; ``None`` if the words want none that the session has.

    Args:
        asked: the turn.
        by_heart: whether the responder has an answer of its own that a search cannot better.
    """
    tools = asked.conversation.tools.google
    if asked.words == " ":
        return None
    if "url_context" in tools and (urls := urls_in(asked.text)):
        return _read(urls, asked)
    if "code_execution" in tools and (ran := _program(asked)) is not None:
        return _compute(ran, asked)
    if "google_search" in tools and _wants_search(asked, by_heart):
        return _search(query_of(asked.text), asked)
    return None


def urls_in(text: str) -> tuple[str, ...]:
    """The addresses of pages in a text, each once, without the signs of the sentence around them."""
    found = (url.rstrip(".,;:!?)]*_") for url in _URL.findall(text))
    return tuple(dict.fromkeys(url for url in found if site_of(url)))[:MOST_PAGES]


def retrieval(url: str) -> Retrieval:
    """How the reading of a page goes: its name says so, that a client's handling of each can be tried."""
    if site_of(url).endswith(".invalid"):
        return "ERROR"
    lower = url.casefold()
    return "PAYWALL" if "paywall" in lower else "UNSAFE" if "unsafe" in lower else "SUCCESS"


def query_of(text: str) -> str:
    """What a question is searched for with: its words without those that only ask."""
    bare = " ".join(_BEFORE_QUERY.sub("", text, count=1).split())[:LONGEST_QUERY].strip(" .,;:!?\"'")
    return bare or " ".join(text.split())[:LONGEST_QUERY]


def _program(asked: Asked) -> Ran | None:
    ran = computed(asked.text)
    return _HELLO if ran is None and asked.has(*_CODE) else ran


def _compute(ran: Ran, asked: Asked) -> Reply:
    yield Tell((CodeWritten(ran.code), CodeRan(ran.output, ran.outcome)))
    yield Say(formed(ran.said, asked.conversation.modality))


def _read(urls: tuple[str, ...], asked: Asked) -> Reply:
    pages: tuple[tuple[str, Retrieval], ...] = tuple((url, retrieval(url)) for url in urls)
    yield Tell((Browsed(urls),))
    told = [_TOLD[how].replace("{}", site_of(url)) for url, how in pages]
    told.append("This emulator opens no pages, so that is all I can say.")
    yield Say(formed(" ".join(told), asked.conversation.modality))
    yield Tell((UrlsRead(pages),))


_TOLD: dict[Retrieval, str] = {
    "SUCCESS": "I have read the page at {}.",
    "ERROR": "I could not open the page at {}.",
    "PAYWALL": "The page at {} is behind a paywall.",
    "UNSAFE": "The page at {} is not safe to open.",
}


def _wants_search(asked: Asked, by_heart: bool) -> bool:
    if asked.begins(*_ORDERS):
        return True
    asks = asked.has(*_SEARCH, *_FRESH) or asked.begins(*_ASKING) or asked.text.rstrip().endswith("?")
    return asks and not by_heart


def _search(query: str, asked: Asked) -> Reply:
    modality = asked.conversation.modality
    number = crc32(query.encode("utf-8", "replace"))
    found = _weather(asked, number) if asked.has(*_FRESH) else _results(query)
    # Recorded: an answer in writing has the numbers of its sources in it; a spoken one has not.
    marked = f"{found} [1, 2]." if modality == "TEXT" else f"{found}."
    answer = formed(f"{marked} {_CANNED}", modality)
    piece = support(answer, marked, (0, 1)) if modality == "TEXT" else None
    sites = ("weather.example", "forecast.example") if asked.has(*_FRESH) else ("news.example", "answers.example")
    yield Tell((Searched((query,)),))
    yield Say(answer)
    yield Tell((_grounded(query, sites, number, (piece,) if piece is not None else ()),))


def _grounded(query: str, sites: tuple[str, ...], number: int, supports: tuple[Support, ...]) -> Grounded:
    """Recorded: the addresses lead to the sites by way of a redirection, and say nothing themselves."""
    sources = tuple(
        source(f"https://grounding.example/redirect/{number:08x}{place}", site) for place, site in enumerate(sites)
    )
    return Grounded((query,), sources, supports, suggestions((query,)))


def _weather(asked: Asked, number: int) -> str:
    place = _PLACE.search(asked.text)
    where = f" in {place[1].strip(' ,')}" if place is not None else ""
    return f"According to a search, it is {number % 30} degrees Celsius and {_SKIES[number % 4]}{where}"


def _results(query: str) -> str:
    return f'I searched for "{query}". News.example reports on it, and answers.example explains it in more detail'
