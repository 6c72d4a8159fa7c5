"""``dataclass`` as the standard library has it, made in a fifth of the time.

The standard decorator writes up to six functions for each class and compiles each of them: with the 130 classes of a
live session that was a quarter of the time from the start of the process to the first ``setupComplete``. Here only the
constructor is written; classes share one comparison, one hash and one representation, which ask the fields.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import fields
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")

if TYPE_CHECKING:
    # The same to type checkers: they hold the classes to what they say, also to being frozen.
    from dataclasses import dataclass
else:

    def dataclass(
        *, frozen: bool = False, slots: bool = False, eq: bool = True, kw_only: bool = False
    ) -> Callable[[type[T]], type[T]]:
        """See :func:`dataclasses.dataclass`; what a class defines itself is kept here too.

        Args:
            frozen: instances have a hash. That nobody assigns to them is for the type checker to see: what refuses it
                in a running program would cost as much as all the rest, and again with each instance.
            slots: as there.
            eq: as there.
            kw_only: as there.
        """

        def make(cls: type[T]) -> type[T]:
            shared = {"__repr__": _repr}
            if eq:
                shared |= {"__eq__": _eq, "__hash__": _hash if frozen else None}
            for name, method in shared.items():
                if name not in vars(cls):
                    setattr(cls, name, method)
            return dataclasses.dataclass(cls, repr=False, eq=False, slots=slots, kw_only=kw_only)

        return make


@recursive_repr()
def _repr(self: Any) -> str:
    told = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({told})"


def _eq(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return all(getattr(self, each.name) == getattr(other, each.name) for each in fields(self) if each.compare)


def _hash(self: Any) -> int:
    hashed = ((each.compare if each.hash is None else each.hash, each.name) for each in fields(self))
    return hash(tuple(getattr(self, name) for counts, name in hashed if counts))
