"""Values of JSON in a scenario file: arguments of calls, and messages that are sent as they are.

Elsewhere in a file every scalar is the text that was written. Here ``12``, ``-3.5``, ``true`` and ``null`` are what
YAML 1.2 takes them for (its core schema), and what stands in quotes is text. Texts may have placeholders.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from gemlive_emulator.scenario.fields import fault
from gemlive_emulator.scenario.scalars import Unquoted, json_scalar
from gemlive_emulator.scenario.template import Scene, Template, TemplateError
from gemlive_emulator.wire.tools import Schema


def compiled(value: Any) -> Any:
    """A value of a file, its texts taken apart: what :func:`filled` takes.

    Raises:
        PydanticCustomError: a text with an unknown placeholder.
    """
    if isinstance(value, Mapping):
        return {key: compiled(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [compiled(entry) for entry in value]
    if not isinstance(value, str) or isinstance(value, Unquoted):
        return value
    try:
        template = Template.parse(value)
    except TemplateError as error:
        raise fault("unknown-placeholder", str(error), error.right) from None
    return template if template.plain is None else template.plain


def filled(value: Any, scene: Scene, schema: Schema | None = None) -> Any:
    """The value, its placeholders replaced.

    Args:
        value: what :func:`compiled` made.
        scene: what placeholders are filled from.
        schema: what is declared there, if anything: a number without quotes is a text where a text is declared, and a
            text with placeholders is a number or truth value where such a one is declared.

    Raises:
        SceneError: a placeholder for something that is not there.
    """
    if isinstance(value, Template):
        return _fitted(value.value(scene), schema)
    if isinstance(value, Unquoted):
        return str(value) if schema is not None and schema.type == "STRING" else json_scalar(value)
    if isinstance(value, dict):
        properties = (schema.properties if schema is not None else None) or {}
        return {key: filled(entry, scene, properties.get(key)) for key, entry in value.items()}
    if isinstance(value, list):
        items = schema.items if schema is not None else None
        return [filled(entry, scene, items) for entry in value]
    return value


def _fitted(value: Any, schema: Schema | None) -> Any:
    """A text as the number or truth value that is declared, if it can be one; everything else as it is."""
    read = json_scalar(value) if isinstance(value, str) and schema is not None and schema.type in _SCALARS else None
    return value if read is None else read


_SCALARS = ("INTEGER", "NUMBER", "BOOLEAN")

Json = Annotated[Any, PlainValidator(compiled), WithJsonSchema({})]
"""Any value of JSON, its texts with placeholders."""
