"""What texts take from calls: ``{result.weather.days[0]}``, ``{calls.get_weather.args.city}``.

A reference is taken apart when the scenario is loaded. What is looked up are keys and numbers of entries, nothing else.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.errors import nearest, shown
from gemlive_emulator.scenario.memory import Called, Memory
from gemlive_emulator.wire.errors import EmulatorError

Path = tuple[str | int, ...]
"""Keys of mappings and numbers of entries of lists, from 0."""

FORMS = (
    "result",
    "result.PATH",
    "results.NAME",
    "results.NAME.PATH",
    "call.name",
    "call.args",
    "call.args.PATH",
    "calls.NAME.args",
    "calls.NAME.args.PATH",
)
"""How references are written, for messages and the documentation."""

_WRITTEN = re.compile(r"(result|call)(s\.[^.\[\]\s]+)?((?:\.[^.\[\]\s]+|\[[0-9]{1,6}\])*)")
_STEP = re.compile(r"\.([^.\[\]\s]+)|\[([0-9]+)\]")
_ABSENT = object()
_INSIDE = ("output", "result")
"""Where what a function returned may stand: the API documents ``output``; the SDKs write ``result`` themselves."""


class SceneError(EmulatorError):
    """A step asks for something that is not there. Whoever plays the steps adds the place."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One place in what a call was made with or what it returned.

    Attributes:
        written: as it stands in the file, without braces.
        call: the name of the call; ``""`` for the latest.
        part: which side of it.
        path: the way from there.
    """

    written: str
    call: str
    part: Literal["result", "args", "name"]
    path: Path

    @classmethod
    def parse(cls, written: str) -> "Reference | None":
        """The reference that is written so; ``None`` if it is none."""
        match = _WRITTEN.fullmatch(written)
        if match is None:
            return None
        call = (match[2] or "").removeprefix("s.")
        path = tuple(key or int(number) for key, number in _STEP.findall(match[3]))
        if match[1] == "result":
            return cls(written, call, "result", path)
        if path[:1] == ("args",):
            return cls(written, call, "args", path[1:])
        return cls(written, call, "name", ()) if path == ("name",) else None

    def value(self, memory: Memory) -> Any:
        """What stands there.

        Raises:
            SceneError: there was no such call, no result yet, or nothing at the end of the path.
        """
        called = self.called(memory)
        if self.part == "name":
            return called.name
        if self.part == "args":
            return self._found(called.args, f"the arguments of {called.name}")
        if called.result is None and not called.left:
            raise SceneError(f"{{{self.written}}}: {called.name} has not returned yet")
        # Of a call whose reply was cut no result may ever come; it is like one that was given up.
        return self._found(called.result.response if called.result else {}, f"what {called.name} returned")

    def why_not(self, called: Called) -> str | None:
        """Why the call's result has nothing at the end of the path, in words; ``None`` if it has."""
        assert called.result is not None
        found = _look_up(called.result.response, self.path)
        return self._not_in(called.result.response, f"what {called.name} returned") if found is _ABSENT else None

    def meant(self, memory: Memory) -> Called | None:
        """The call that is meant; ``None`` if there was none."""
        return memory.calls.get(self.call) if self.call else memory.last

    def called(self, memory: Memory) -> Called:
        """The call that is meant.

        Raises:
            SceneError: there was none.
        """
        found = self.meant(memory)
        if found is None and self.call:
            advice = f"; {nearest(self.call, memory.calls)}" if memory.calls else ""
            raise SceneError(f"{{{self.written}}}: nothing called {shown(self.call)} was called before{advice}")
        if found is None:
            raise SceneError(f"{{{self.written}}}: no function was called before")
        return found

    def _found(self, content: Mapping[str, Any], where: str) -> Any:
        found = _look_up(content, self.path) if self.part == "result" else _follow(content, self.path)
        if found is _ABSENT:
            raise SceneError(self._not_in(content, where))
        return found

    def _not_in(self, content: Mapping[str, Any], where: str) -> str:
        return f"{{{self.written}}} is not in {where}: {spoken(content, most=200)}"


def spoken(value: Any, most: int = 100_000) -> str:
    """A value of JSON as it is said: a text as it is, a whole number without a point, the rest as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _look_up(response: Mapping[str, Any], path: Path) -> Any:
    """What stands at the end of a path in a response, or in the output that it wraps."""
    if not path:
        wrapped = [key for key in _INSIDE if set(response) == {key}]
        return response[wrapped[0]] if wrapped else response
    for content in _layers(response):
        found = _follow(content, path)
        if found is not _ABSENT:
            return found
    return _ABSENT


def _layers(response: Mapping[str, Any]) -> Iterator[Any]:
    yield response
    for key in _INSIDE:
        if key in response:
            yield response[key]


def _follow(content: Any, path: Path) -> Any:
    for step in path:
        if isinstance(step, int):
            if not isinstance(content, list) or step >= len(content):
                return _ABSENT
            content = content[step]
        elif isinstance(content, Mapping) and step in content:
            content = content[step]
        else:
            return _ABSENT
    return content
