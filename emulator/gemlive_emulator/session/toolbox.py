"""What a session's model may call: the functions that the client declared, and Google's own tools."""

from collections.abc import Iterable, Mapping
from dataclasses import field

from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.common import holding
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.reader import Reading, read_message
from gemlive_emulator.wire.tools import FunctionDeclaration, Schema, Tool

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
    def of(cls, tools: Iterable[Tool], reads_json_schema: bool = False) -> "Toolbox":
        """What a setup, or a later ``contextUpdate``, declares; of two functions of one name the later counts.

        Args:
            tools: as they were declared.
            reads_json_schema: whether ``parametersJsonSchema`` stands for ``parameters`` that are missing.
        """
        functions: dict[str, FunctionDeclaration] = {}
        google: set[str] = set()
        for tool in tools:
            for function in tool.function_declarations or ():
                if function.name:
                    functions[function.name] = _with_parameters(function) if reads_json_schema else function
            google.update(name for name in GOOGLE_TOOLS if getattr(tool, name) is not None)
        return cls(functions, frozenset(google))


EMPTY_TOOLBOX = Toolbox()


def _with_parameters(function: FunctionDeclaration) -> FunctionDeclaration:
    """The declaration with its JSON Schema as parameters, as far as the API's own schema has words for it."""
    if function.parameters is not None or not isinstance(function.parameters_json_schema, Mapping):
        return function
    try:
        schema = read_message(Schema, dict(function.parameters_json_schema), "parametersJsonSchema", Reading(False))
    except ClientFault:
        return function
    return holding(FunctionDeclaration, {**vars(function), "parameters": schema})
