"""Which of Google's own tools a family refuses in a setup."""

from collections.abc import Iterable, Sequence

from gemlive_emulator.wire.closes import INVALID_ARGUMENT, fault
from gemlive_emulator.wire.common import to_camel
from gemlive_emulator.wire.tools import Tool

NO_LIVE_MODEL = (
    "google_search_retrieval",
    "google_maps",
    "computer_use",
    "file_search",
    "retrieval",
    "enterprise_web_search",
    "parallel_ai_search",
    "exa_ai_search",
)
"""Tools that no page about a Live model lists."""

SEARCH_AND_URLS = ("code_execution", *NO_LIVE_MODEL)
"""What a family refuses that searches and reads pages."""

SEARCH_ONLY = ("url_context", *SEARCH_AND_URLS)
"""What a family refuses that only searches."""


def check_google_tools(tools: Iterable[Tool], refused: Sequence[str], model: str) -> None:
    """Refuse what the family has not.

    The code is measured (theoremai, 2026-09: a model without a tool closes 1007 at setup), the words are inferred.

    Args:
        tools: of the setup.
        refused: fields of ``Tool``, see ``Refusals.google_tools``.
        model: for the hint.

    Raises:
        ClientFault: 1007.
    """
    for tool in tools:
        for name in refused:
            if getattr(tool, name, None) is not None:
                right = "googleSearch and functionDeclarations are for every model"
                raise fault(INVALID_ARGUMENT, f"{to_camel(name)} is not for {model}; leave it out: {right}")
