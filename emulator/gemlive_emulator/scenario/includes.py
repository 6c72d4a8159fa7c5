"""Names of other files in a scenario file: nothing outside the folder of the file that was asked for is ever opened."""

from collections.abc import Callable
from dataclasses import field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated

from pydantic import BeforeValidator, PlainValidator, ValidationInfo, WithJsonSchema

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.errors import nearest, shown
from gemlive_emulator.scenario.fields import ScenarioPart, as_list, fault, is_text

MAX_DEPTH = 8
"""Files that include each other in a row."""

_RIGHT = "name a file in the folder of the scenario, or in a folder below it"
_NOWHERE = "save the scenario as a file, so that there is a folder to look in"


def _ignore(path: Path) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a document looks for other files.

    The loader hands one to every validator as ``info.context``; a text that is no file has none.

    Attributes:
        root: the folder of the file that was asked for; what lies outside is refused.
        here: the folder of the file that names another one: the same, or one below.
        chain: the files that are being read, each included by the one before; the last is the one that names.
        on_file: told the path of every file that is named, whether it is there or not, before it is read.
        included: what this document includes; the validators write it down here.
    """

    root: Path
    here: Path
    chain: tuple[Path, ...] = ()
    on_file: Callable[[Path], object] = _ignore
    included: list[Path] = field(default_factory=list)

    def of(self, file: Path) -> "Folder":
        """That of another file, which the last one of the chain includes."""
        return Folder(self.root, file.parent, (*self.chain, file), self.on_file)


def resolve_named(context: object, name: str) -> Path:
    """The file that a value names, for a validator: ``context`` is its ``info.context``.

    Raises:
        PydanticCustomError: see :func:`resolve_inside`; or the scenario is a text without a folder.
    """
    folder = _folder(context, name)
    _is_plain(name)
    folder.on_file(folder.here / name)
    return resolve_inside(folder.root, name, folder.here)


def _folder(context: object, name: str) -> Folder:
    if isinstance(context, Folder):
        return context
    raise fault("outside-folder", f"{shown(name)} is a file, and this scenario is none", _NOWHERE)


def _included(value: object, info: ValidationInfo) -> Path:
    """A file to be included, which is not one of those that are being read."""
    name = is_text(value)
    folder = _folder(info.context, name)
    found = resolve_named(folder, name)
    if found in folder.chain:
        circle = " → ".join(path.name for path in (*folder.chain[folder.chain.index(found) :], found))
        raise fault("include-cycle", f"{shown(name)} would include itself: {circle}", "leave one of them out")
    if len(folder.chain) > MAX_DEPTH:
        wrong = f"more than {MAX_DEPTH} files that include each other in a row"
        raise fault("file-limits", wrong, "include the last ones in the first")
    folder.included.append(found)
    return found


Included = Annotated[Path, PlainValidator(_included), WithJsonSchema({"type": "string", "minLength": 1})]
"""The real path of a file that is to be included."""


class IncludeForm(ScenarioPart):
    """Other files, to be read in at this place: ``include: more.yaml``, or a list of them."""

    include: Annotated[tuple[Included, ...], BeforeValidator(as_list)]

    @classmethod
    def advice_for_key(cls, key: str) -> str:
        """Nothing stands beside it."""
        return (
            "include stands alone: among the rules as an entry of its own, or in a document of its own, with a line of "
            "--- between"
        )


def resolve_inside(root: Path, name: str, here: Path | None = None) -> Path:
    """The real path of a file by the name that a scenario has for it.

    Args:
        root: a folder; the file is in it or below.
        name: with ``/`` between folders, relative to ``here``.
        here: the folder of the file that has the name in it; ``root`` if none.

    Raises:
        PydanticCustomError: as other complaints about a value. The name is empty, absolute, has a drive, a backslash
            or a control character; it leads out of the folder, by ``..`` or by a symbolic link; or no file is there.
    """
    _is_plain(name)
    try:
        inside = root.resolve()
        found = ((here or root) / name).resolve()
        exists = found.is_file()
    except (OSError, RuntimeError):  # a link to itself, a name that is far too long
        raise fault("unreadable-file", f"{shown(name)} leads nowhere", _RIGHT) from None
    if not found.is_relative_to(inside):
        raise fault("outside-folder", f"{shown(name)} leads out of the folder of the scenario", _RIGHT)
    if not exists:
        raise fault("unreadable-file", f"there is no file {shown(name)}", _beside(found))
    return found


def _is_plain(name: str) -> None:
    """Complain about a name that could mean something else on another system."""
    if not name.strip() or not name.isprintable():
        raise fault("outside-folder", f"{shown(name)} is no name of a file", _RIGHT)
    if "\\" in name:
        raise fault("outside-folder", f"{shown(name)} has a backslash in it", "write / between folders")
    windows = PureWindowsPath(name)
    if PurePosixPath(name).is_absolute() or windows.drive or windows.root:
        raise fault("outside-folder", f"{shown(name)} is an absolute path", _RIGHT)


def _beside(missing: Path) -> str:
    """The names of the files that are there instead."""
    try:
        names = [entry.name for entry in missing.parent.iterdir() if entry.is_file()]
    except OSError:
        return "its folder is not there either"
    return nearest(missing.name, names) if names else "no file is in its folder"
