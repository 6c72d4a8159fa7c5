"""Names of other files in a scenario file: nothing outside the folder of the file that was asked for is ever opened."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from gemlive_emulator.scenario.errors import nearest, shown
from gemlive_emulator.scenario.fields import fault

_RIGHT = "name a file in the folder of the scenario, or in a folder below it"
_NOWHERE = "save the scenario as a file, so that there is a folder to look in"


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a file looks for others.

    The loader hands one to every validator as ``info.context``; a text that is no file has none.

    Attributes:
        root: the folder of the file that was asked for; what lies outside is refused.
        here: the folder of the file that names another one: the same, or one below.
    """

    root: Path
    here: Path


def resolve_named(context: object, name: str) -> Path:
    """The file that a value names, for a validator: ``context`` is its ``info.context``.

    Raises:
        PydanticCustomError: see :func:`resolve_inside`; or the scenario is a text without a folder.
    """
    if not isinstance(context, Folder):
        raise fault("outside-folder", f"{shown(name)} is a file, and this scenario is none", _NOWHERE)
    return resolve_inside(context.root, name, context.here)


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
