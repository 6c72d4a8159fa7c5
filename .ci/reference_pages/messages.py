"""docs/reference/messages.md: the messages of both directions, as the codec knows them."""

import re
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from gemlive_emulator.wire import enums
from gemlive_emulator.wire.client import ClientMessage
from gemlive_emulator.wire.common import Bits, WireModel, field_hints, to_camel
from gemlive_emulator.wire.enums import EnumNames
from gemlive_emulator.wire.server import ServerMessage
from reference_pages.markdown import code, page, summary, table

ABOUT = """\
Every message that is read or sent, with every field. One frame is one message: a JSON object in UTF-8. What the
emulator does with them, and which other spellings it forgives, is in [fidelity.md](../fidelity.md#frames-and-messages).
A field that is not here is ignored and warned of, or, with `--strict`, refused as the real server does."""

ENUM_ABOUT = """\
Clients may write a name in any case, without its prefix, or as its number in the proto (the first is 0). The server
sends the names as they stand here."""

SNAKE = re.compile(r"`([a-z]+(?:_[a-z0-9]+)+)`")
NAMES = {id(known): name for name, known in vars(enums).items() if isinstance(known, EnumNames)}
PLAIN = {str: "text", bool: "true or false", int: "number", float: "number", bytes: "bytes (base64)", Any: "any JSON"}


def messages_page() -> str:
    """The page."""
    client, server = list(_reached(ClientMessage)), list(_reached(ServerMessage))
    shared = [model for model in client if model in server]
    sides = (("What a client sends", client), ("What the server sends", server))
    parts = []
    for title, models in sides:
        parts += [f"## {title}", *(_section(model) for model in models if model not in shared)]
    parts += ["## What both have", *(_section(model) for model in shared)]
    parts += ["## Enumerations", ENUM_ABOUT, *map(_enumeration, _used([*client, *server]))]
    return page("Messages", ABOUT, *parts)


def _reached(model: type[WireModel], seen: set[type[WireModel]] | None = None) -> Iterator[type[WireModel]]:
    """A model and all that stand within it, each once, the outer first."""
    seen = set() if seen is None else seen
    if model in seen:
        return
    seen.add(model)
    yield model
    for hint in field_hints(model).values():
        for part in _parts(hint):
            if isinstance(part, type) and issubclass(part, WireModel):
                yield from _reached(part, seen)


def _parts(hint: Any) -> Iterator[Any]:
    """All that a type is made of."""
    yield hint
    for part in get_args(hint):
        yield from _parts(part)


def _section(model: type[WireModel]) -> str:
    fields = field_hints(model)
    told = SNAKE.sub(lambda found: code(to_camel(found[1])), summary(model.__doc__ or ""))
    rows = [(code(to_camel(name)), _type(hint)) for name, hint in fields.items()]
    heading = f"### {model.__name__}"
    return "\n\n".join([heading, told, table(("field", "type"), rows) if rows else "It has no fields."])


def _type(hint: Any) -> str:
    """A type in words, with a link where there is more to say."""
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(_type(part) for part in get_args(hint) if part is not type(None))
    if get_origin(hint) is Annotated:
        return _annotated(*get_args(hint))
    if isinstance(hint, type) and issubclass(hint, WireModel):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    if get_origin(hint) is dict:
        return "any JSON object"
    if get_args(hint):
        return f"list of {_type(get_args(hint)[0])}"
    return PLAIN[hint]


def _annotated(hint: Any, more: Any) -> str:
    if isinstance(more, Bits):
        return "whole number" if more.count == 32 else "whole number (as text)"
    return f"[{_title(more)}](#{_title(more).replace(' ', '-')})"


def _title(known: EnumNames) -> str:
    return NAMES[id(known)].replace("_", " ").lower()


def _used(models: list[type[WireModel]]) -> list[EnumNames]:
    """The enumerations of these models, each once, in their order."""
    parts = [part for model in models for hint in field_hints(model).values() for part in _parts(hint)]
    return list({id(part): part for part in parts if isinstance(part, EnumNames)}.values())


def _enumeration(known: EnumNames) -> str:
    names = ", ".join(map(code, known.names))
    more = "".join(f" {code(other)} is taken for {code(name)}." for other, name in known.synonyms.items())
    prefix = f" Prefix: {code(known.prefix)}." if known.prefix else ""
    return f"### {_title(known)}\n\n{names}.{prefix}{more}"
