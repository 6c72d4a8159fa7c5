"""Field masks over the setup: the paths of fields that an ephemeral token takes out of the client's hands.

Written as google-genai for Python (``input_audio_transcription``, ``generationConfig.top_p``) and @google/genai
(``generationConfig.topP``) write them; both leave fields of the generation config without its name where the token has
no setup (measured).
"""

from collections.abc import Iterable, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from gemlive_emulator.wire.closes import INVALID
from gemlive_emulator.wire.common import Model, WireModel, field_hints, holding, to_camel
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.setup import GenerationConfig, Setup

Path = tuple[str, ...]
"""The names of the proto's fields from the setup inwards, such as ``("generation_config", "top_p")``."""


def read_mask(text: str) -> tuple[Path, ...]:
    """The paths of a mask: separated by commas, each in camelCase or snake_case, or with both in one.

    Raises:
        ClientFault: 1007, a path leads to no field; the words are ours, for those of the real server are not known.
    """
    return tuple(_resolve(written.strip()) for written in text.split(",") if written.strip())


def overlay(target: Model, source: Model, mask: Iterable[Path]) -> Model:
    """A copy of ``target`` with exactly the masked fields as ``source`` has them; what is not set there is not set."""
    for path in mask:
        target = _with_field(target, path, source)
    return target


def _resolve(written: str) -> Path:
    names = written.split(".")
    if _field(Setup, names[0]) is None and _field(GenerationConfig, names[0]) is not None:
        names.insert(0, "generation_config")
    path: list[str] = []
    inside: Any = Setup
    for name in names:
        if not _is_message(inside):
            break
        field = _field(inside, name)
        if field is None:
            raise _no_field(written, name, inside)
        path.append(field)
        inside = _kind(field_hints(inside)[field])
    # An entry of a map cannot be masked by itself; google-genai writes such paths, and the whole map is meant.
    if len(path) < len(names) and inside is not dict:
        raise _no_field(written, names[len(path)], None)
    return tuple(path)


def _field(model: type[WireModel], name: str) -> str | None:
    """The proto's name of a field that is spelled in either way."""
    return {_folded(field): field for field in field_hints(model)}.get(_folded(name))


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


def _kind(hint: Any) -> Any:
    """What a field holds: the class of a message, ``dict`` for a map, ``list`` for anything repeated, or a scalar."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType, Annotated):
        return _kind(arguments[0])
    return list if origin is Sequence else origin or hint


def _is_message(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, WireModel)


def _no_field(written: str, name: str, model: type[WireModel] | None) -> ClientFault:
    inside = f"it has {', '.join(map(to_camel, field_hints(model)))}" if model is not None else "a mask ends there"
    words = f"Invalid value at 'auth_token.field_mask': \"{written}\" is not a field of BidiGenerateContentSetup."
    return ClientFault(INVALID, words, f"there is no {name!r}; {inside}")


def _with_field(target: Model, path: Sequence[str], source: WireModel | None) -> Model:
    """A copy of ``target`` with one field as ``source`` has it."""
    name, *inner = path
    fields = dict(vars(target))
    value: Any = vars(source).get(name) if source is not None else None
    if inner:
        own = fields.get(name)
        if own is None and value is None:
            return target
        value = _with_field(holding(type(value), {}) if own is None else own, inner, value)
    if value is None:
        fields.pop(name, None)
    else:
        fields[name] = value
    return holding(type(target), fields)
