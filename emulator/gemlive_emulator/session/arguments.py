"""Whether arguments are what a function was declared to take."""

from collections.abc import Mapping
from typing import Any

from gemlive_emulator.wire.tools import FunctionDeclaration


def why_not_args(function: FunctionDeclaration, args: Mapping[str, Any]) -> str | None:
    """Why these are no arguments of the function, in words with the path of the value; ``None`` if they are."""
    required = function.parameters.required if function.parameters is not None else None
    missing = [name for name in required or () if name not in args]
    return f"{function.name}: args.{missing[0]} is missing" if missing else None
