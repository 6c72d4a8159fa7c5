"""What a session's model may call: the functions that the client declared, and Google's own tools."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gemlive_emulator.wire.tools import FunctionDeclaration, Tool

GOOGLE_TOOLS = (
    "google_search",
    "code_execution",
    "url_context",
    "google_search_retrieval",
    "google_maps",
    "enterprise_web_search",
    "computer_use",
    "file_search",
)
"""Names of tools that run at the server, as the fields of ``Tool`` are called."""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of a session.

    Attributes:
        functions: declarations by name, in the order in which they were declared.
        google: those of :data:`GOOGLE_TOOLS` that were asked for.
    """

    functions: Mapping[str, FunctionDeclaration] = field(default_factory=dict)
    google: frozenset[str] = frozenset()

    @classmethod
    def of(cls, tools: Iterable[Tool]) -> "Toolbox":
        """What a setup, or a later ``contextUpdate``, declares; of two functions of one name the later counts."""
        functions: dict[str, FunctionDeclaration] = {}
        google: set[str] = set()
        for tool in tools:
            for function in tool.function_declarations or ():
                if function.name:
                    functions[function.name] = function
            google.update(name for name in GOOGLE_TOOLS if getattr(tool, name) is not None)
        return cls(functions, frozenset(google))


EMPTY_TOOLBOX = Toolbox()
