"""What a model may call: tools and the schema language of their parameters.

Source: public proto ``google/ai/generativelanguage/v1beta/content.proto``; tools of Vertex from google-genai 3.4.
"""

from typing import Annotated, Any

from gemlive_emulator.wire import enums
from gemlive_emulator.wire.common import FreeForm, Int64, WireModel


class Schema(WireModel):
    """The subset of OpenAPI 3.0 that describes parameters.

    Names under ``properties`` and ``defs`` are the user's own; so are ``default``, ``example`` and ``enum``.
    """

    type: Annotated[str, enums.SCHEMA_TYPE] | None = None
    format: str | None = None
    title: str | None = None
    description: str | None = None
    nullable: bool | None = None
    enum: list[Any] | None = None
    items: "Schema | None" = None
    properties: "dict[str, Schema] | None" = None
    required: list[str] | None = None
    property_ordering: list[str] | None = None
    any_of: "list[Schema] | None" = None
    min_items: Int64 | None = None
    max_items: Int64 | None = None
    min_length: Int64 | None = None
    max_length: Int64 | None = None
    min_properties: Int64 | None = None
    max_properties: Int64 | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    default: Any = None
    example: Any = None
    additional_properties: Any = None
    defs: "dict[str, Schema] | None" = None
    ref: str | None = None


class FunctionDeclaration(WireModel):
    """A function of the client.

    ``behavior`` is BLOCKING or NON_BLOCKING; which one is meant without it depends on the model family. Live honours
    ``parameters`` only; ``parameters_json_schema`` is accepted and without effect (pydantic-ai, tried live).
    """

    name: str | None = None
    description: str | None = None
    parameters: Schema | None = None
    parameters_json_schema: Any = None
    response: Schema | None = None
    response_json_schema: Any = None
    behavior: Annotated[str, enums.BEHAVIOR] | None = None


class Tool(WireModel):
    """A group of functions, or one of Google's own tools. Only ``function_declarations`` and ``google_search`` are
    supported by today's Live models; code execution and URL context were by 2.0 and the half-cascade 2.5 models.
    """

    function_declarations: list[FunctionDeclaration] | None = None
    google_search: FreeForm | None = None
    code_execution: FreeForm | None = None
    url_context: FreeForm | None = None
    google_search_retrieval: FreeForm | None = None
    google_maps: FreeForm | None = None
    computer_use: FreeForm | None = None
    file_search: FreeForm | None = None
    mcp_servers: list[FreeForm] | None = None
    retrieval: FreeForm | None = None
    enterprise_web_search: FreeForm | None = None
    parallel_ai_search: FreeForm | None = None
    exa_ai_search: FreeForm | None = None
