"""What an answer rests on, put together: sources, the pieces that they support, and the HTML that has to be shown."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote_plus, urlsplit

from gemlive_emulator.session.google_tools import Source, Support, utf8_length

_STYLE = (
    "<style>.container{display:flex;font-family:sans-serif;font-size:14px;padding:8px 12px}"
    ".chip{border:solid 1px;border-radius:16px;margin:0 8px;padding:5px 16px;text-decoration:none}</style>"
)


def suggestions(queries: Sequence[str]) -> str:
    """The search suggestions, HTML with one link for each query, in the form of the recorded ones; ``""`` for none."""
    chips = "".join(f'<a class="chip" href="{_search(query)}">{escape(query)}</a>' for query in queries)
    return f'{_STYLE}<div class="container"><div class="carousel">{chips}</div></div>' if chips else ""


def source(uri: str, title: str = "") -> Source:
    """A page; without a title it has the name of its site, as recorded on 3.1."""
    site = site_of(uri)
    return Source(uri, title or site or uri, site)


def site_of(url: str) -> str:
    """The name of the site that an address leads to; ``""`` if it names none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # brackets without an address in them
        return ""


def support(answer: str, piece: str, sources: Sequence[int]) -> Support | None:
    """A piece of an answer with its place in it, in bytes; ``None`` if the piece does not occur in it."""
    start = answer.find(piece)
    return None if start < 0 else Support(piece, utf8_length(answer[:start]), tuple(sources))


def _search(query: str) -> str:
    return escape(f"https://search.example/search?q={quote_plus(query, errors='replace')}")
