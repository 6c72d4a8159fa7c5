"""An environment written for a shell or a program to read.

Values may hold anything but NUL; each format quotes them so that its reader gets exactly the same characters back.
"""

import json
import shlex
from collections.abc import Iterable, Mapping


def sh(told: Mapping[str, str]) -> str:
    """For ``eval`` in sh, bash, zsh and their like."""
    return _lines(f"export {name}={shlex.quote(value)}" for name, value in told.items())


def fish(told: Mapping[str, str]) -> str:
    """For ``| source`` in fish, where a backslash quotes itself and the quotation mark inside single quotes."""
    return _lines(f"set -gx {name} '{_fish(value)}'" for name, value in told.items())


def powershell(told: Mapping[str, str]) -> str:
    """For ``| Out-String | Invoke-Expression`` in PowerShell, where a doubled quotation mark is one."""
    return _lines("$Env:{} = '{}'".format(name, value.replace("'", "''")) for name, value in told.items())


def dotenv(told: Mapping[str, str]) -> str:
    """For a ``.env`` file, read by python-dotenv, node and docker compose: double quotes only where they are needed."""
    return _lines(f"{name}={_dotenv(value)}" for name, value in told.items())


def github(told: Mapping[str, str]) -> str:
    """For ``>> "$GITHUB_ENV"`` in a GitHub workflow: each value between two lines that it does not have itself."""
    return _lines(f"{name}<<{(end := _missing_in(value))}\n{value}\n{end}" for name, value in told.items())


def as_json(told: Mapping[str, str]) -> str:
    """One JSON object."""
    return json.dumps(told, indent=2) + "\n"


FORMATS = {"sh": sh, "fish": fish, "powershell": powershell, "json": as_json, "dotenv": dotenv, "github": github}


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _missing_in(value: str) -> str:
    end = "END"
    while end in value:
        end += "_"
    return end


def _fish(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _dotenv(value: str) -> str:
    if value and all(character.isalnum() or character in "_-./:,@%+" for character in value):
        return value
    return json.dumps(value, ensure_ascii=False)
