"""Google's own tools, which run at the server: what happens in a session when the model uses one.

None of it is a call that the client answers: the model goes on by itself, and the client is only told. The family's
dialect says how much of it is told, and where.
"""

from typing import Literal

from gemlive_emulator.records import dataclass

Outcome = Literal["OK", "FAILED", "DEADLINE_EXCEEDED"]
"""What became of the model's code, without the ``OUTCOME_`` of the wire."""

Retrieval = Literal["SUCCESS", "ERROR", "PAYWALL", "UNSAFE"]
"""What became of the reading of a page, without the ``URL_RETRIEVAL_STATUS_`` of the wire."""


@dataclass(slots=True)
class CodeWritten:
    """The model wrote Python that the server runs."""

    code: str


@dataclass(slots=True)
class CodeRan:
    """The model's code has run.

    Attributes:
        output: what it printed, with its line breaks; or the error.
        outcome: how it ended.
    """

    output: str
    outcome: Outcome = "OK"


@dataclass(slots=True)
class Searched:
    """The model looks these words up on Google Search. What it finds comes as :class:`Grounded`."""

    queries: tuple[str, ...]


@dataclass(slots=True)
class Browsed:
    """The model opens these pages. What became of it comes as :class:`UrlsRead`."""

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A page that an answer rests on.

    Attributes:
        uri: its address.
        title: recorded on 3.1: the name of its site, such as ``example.com``.
        domain: the name of its site, which Vertex tells.
    """

    uri: str
    title: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Support:
    """A piece of an answer and the sources that it rests on.

    Attributes:
        text: the piece.
        start: where it begins in the answer, in bytes of UTF-8.
        sources: indices into :attr:`Grounded.sources`, from 0.
    """

    text: str
    start: int
    sources: tuple[int, ...]

    @property
    def end(self) -> int:
        """Where it ends in the answer, in bytes of UTF-8."""
        return self.start + utf8_length(self.text)


@dataclass(slots=True)
class Grounded:
    """The answer so far rests on a search.

    Attributes:
        queries: what was searched for.
        sources: what was found.
        supports: which piece of the answer rests on which source; families that speak were recorded without.
        suggestions: HTML that the application has to show; ``""`` for none.
    """

    queries: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    supports: tuple[Support, ...] = ()
    suggestions: str = ""


@dataclass(slots=True)
class UrlsRead:
    """What became of the pages that the model opened: address and how it went."""

    pages: tuple[tuple[str, Retrieval], ...]


GoogleHappening = CodeWritten | CodeRan | Searched | Browsed | Grounded | UrlsRead


def utf8_length(text: str) -> int:
    """Bytes of UTF-8; a lone surrogate counts as the U+FFFD that goes out for it."""
    return len(text.encode("utf-8", "surrogatepass"))
