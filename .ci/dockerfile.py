"""What the Dockerfile says, taken apart so that its steps can be run or checked where there is no engine."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from dockerfile_parse import DockerfileParser

KNOWN = frozenset(
    {"FROM", "LABEL", "ENV", "WORKDIR", "COPY", "RUN", "USER"}
    | {"VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
)
BASE_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"}
"""That of the image of Python."""


@dataclass
class Stage:
    """From one FROM to the next, and what the image that comes of it is told to do when it starts."""

    base: str
    name: str | None
    steps: list[tuple[str, str]] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=lambda: dict(BASE_ENVIRONMENT))
    labels: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0:0"
    volumes: list[str] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    health_options: dict[str, str] = field(default_factory=dict)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def take(self, instruction: str, value: str) -> None:
        """Note what an instruction says; RUN and COPY are for whoever builds.

        Raises:
            ValueError: the instruction is not known here, or is not written in the form that needs no shell.
        """
        match instruction:
            case "ENV":
                for name, text in _pairs(value).items():
                    self.environment[name] = Template(text).safe_substitute(self.environment)
            case "LABEL":
                self.labels |= _pairs(value)
            case "WORKDIR" | "USER":
                setattr(self, instruction.lower(), value)
            case "VOLUME":
                self.volumes.append(value)
            case "EXPOSE":
                self.ports.append(int(value))
            case "HEALTHCHECK" | "ENTRYPOINT" | "CMD":
                self._take_command(instruction, value)

    def _take_command(self, instruction: str, value: str) -> None:
        if instruction == "ENTRYPOINT":
            self.entrypoint = _exec_form(value)
        elif instruction == "CMD":
            self.command = _exec_form(value)
        else:
            options, said = value.split("CMD", 1)
            self.health_options = dict(re.findall(r"--([\w-]+)=(\S+)", options))
            self.health = _exec_form(said)


def stages(path: Path) -> list[Stage]:
    """The stages of a Dockerfile, in their order.

    Raises:
        ValueError: it has an instruction that is not known here.
    """
    read: list[Stage] = []
    with path.open("rb") as file:
        for line in DockerfileParser(fileobj=file).structure:
            instruction, value = line["instruction"], line["value"]
            if instruction == "COMMENT":
                continue
            if instruction not in KNOWN:
                raise ValueError(f"{path.name}:{line['startline'] + 1}: {instruction} is not known here")
            if instruction == "FROM":
                base, _, name = value.partition(" AS ")
                read.append(Stage(base, name or None))
            else:
                read[-1].take(instruction, value)
                read[-1].steps.append((instruction, value))
    return read


def copied(value: str) -> tuple[str | None, list[str], str]:
    """What COPY says: the stage to copy from, if any; what; where to."""
    words = shlex.split(value)
    origin = next((word.removeprefix("--from=") for word in words if word.startswith("--from=")), None)
    *sources, target = [word for word in words if not word.startswith("--")]
    return origin, sources, target


def left_out(ignored: str, name: str) -> bool:
    """Whether ``.dockerignore`` keeps a file from an engine: the last line that fits it, or a folder of it, decides."""
    out = False
    parts = name.split("/")
    above = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    for line in ignored.splitlines():
        pattern = line.strip().removeprefix("!").strip("/")
        if pattern and not line.startswith("#") and any(_expression(pattern).fullmatch(path) for path in above):
            out = not line.startswith("!")
    return out


def _expression(pattern: str) -> re.Pattern[str]:
    pieces = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(pieces.get(one, re.escape(one)) for one in re.findall(r"\*\*/|\*\*|.", pattern)))


def _pairs(value: str) -> dict[str, str]:
    return dict(word.split("=", 1) for word in shlex.split(value))


def _exec_form(said: str) -> list[str]:
    if not said.strip().startswith("["):
        raise ValueError(f"{said.strip()} would need a shell; write it as a JSON list")
    return [str(word) for word in json.loads(said)]
