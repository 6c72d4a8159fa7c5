"""Google's own tools in the messages of a family: code and its result, searches, sources, pages.

Shapes: recorded on half-cascade (tools notebook of Google's cookbook, cells 52 and 55) and on 3.1 (theoremai, probe of
2026-09); the rest is inferred and marked so in ``docs/fidelity.md``.
"""

import json
from collections.abc import Sequence
from typing import Any

from gemlive_emulator.profiles.json_ascii import message
from gemlive_emulator.profiles.manner import Manner
from gemlive_emulator.session.google_tools import (
    Browsed,
    CodeRan,
    CodeWritten,
    GoogleHappening,
    Grounded,
    Searched,
    Source,
    Support,
)

LOOKING_UP = "Looking up information on Google Search.\n"
"""Recorded as the result of every search, whatever it found."""
BROWSING = "Browsing the web.\n"
"""Recorded on 2.5 native audio as the result of every page that is read."""


class GoogleDialect:
    """Renders what Google's tools do, for one session.

    Args:
        manner: of the family on this back-end.
    """

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._held: dict[str, Any] = {}

    def render(self, happening: GoogleHappening) -> list[bytes]:
        """The messages for this happening, in order; none if the family shows nothing of it, or only at the end."""
        match happening:
            case CodeWritten():
                return [self._code(happening.code)]
            case CodeRan():
                return [self._result(happening.output, happening.outcome)]
            case Searched():
                return self._looked_up(self._search_code(happening.queries), LOOKING_UP)
            case Browsed():
                return self._looked_up(f"print(browse(urls={_listed(happening.urls)}))", BROWSING)
            case Grounded():
                return self._grounding(happening)
        pages = [
            {"retrievedUrl": url, "urlRetrievalStatus": f"URL_RETRIEVAL_STATUS_{how}"} for url, how in happening.pages
        ]
        return [message({"serverContent": {"urlContextMetadata": {"urlMetadata": pages}}})]

    def at_end(self) -> str:
        """``groundingMetadata`` for the end of the turn, as JSON: what was held back for it, or an empty one."""
        held, self._held = self._held, {}
        return message(held).decode() if held else "{}"

    def _looked_up(self, code: str, result: str) -> list[bytes]:
        """A search or a page that is read, as the family shows it."""
        shown = self._manner.lookups
        if shown == "hidden":
            return []
        announced = self._result(result, "OK")
        return [announced] if shown == "result" else [self._code(code), announced]

    def _search_code(self, queries: Sequence[str]) -> str:
        if self._manner.lookups == "concise_search":
            return "".join(f"concise_search({_literal(query)}, max_num_results=5)\n" for query in queries)
        return f"print(google_search.search(queries={_listed(queries)}))"

    def _code(self, code: str) -> bytes:
        return self._part({"executableCode": {"language": "PYTHON", "code": code}})

    def _result(self, output: str, outcome: str) -> bytes:
        told = {"outcome": f"OUTCOME_{outcome}", **({"output": output} if output else {})}
        return self._part({"codeExecutionResult": told})

    def _part(self, part: dict[str, Any]) -> bytes:
        role = {"role": "model"} if self._manner.role else {}
        return message({"serverContent": {"modelTurn": {**role, "parts": [part]}}})

    def _grounding(self, grounded: Grounded) -> list[bytes]:
        metadata = self._metadata(grounded)
        if self._manner.grounding_at_end:
            self._held = metadata
            return []
        return [message({"serverContent": {"groundingMetadata": metadata}})]

    def _metadata(self, grounded: Grounded) -> dict[str, Any]:
        fields = {
            "groundingChunks": [{"web": self._web(source)} for source in grounded.sources],
            "groundingSupports": [_support(support) for support in grounded.supports],
            "searchEntryPoint": {"renderedContent": grounded.suggestions} if grounded.suggestions else None,
            "webSearchQueries": list(grounded.queries),
        }
        return {name: value for name, value in fields.items() if value}

    def _web(self, source: Source) -> dict[str, str]:
        domain = {"domain": source.domain} if self._manner.vertex_names and source.domain else {}
        return {"uri": source.uri, "title": source.title, **domain}


def _support(support: Support) -> dict[str, Any]:
    begins = {"startIndex": support.start} if support.start else {}
    segment = {**begins, "endIndex": support.end, "text": support.text}
    return {"segment": segment, "groundingChunkIndices": list(support.sources)}


def _literal(text: str) -> str:
    """A Python string in double quotes, as in every recorded search."""
    return json.dumps(text, ensure_ascii=False)


def _listed(texts: Sequence[str]) -> str:
    return f"[{', '.join(_literal(text) for text in texts)}]"
