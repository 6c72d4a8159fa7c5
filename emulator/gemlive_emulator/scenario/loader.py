"""Reads scenario files: YAML 1.2 (and so JSON), every fault with file, line and column."""

from pathlib import Path

from pydantic import ValidationError

from gemlive_emulator.scenario.engine import Scenario
from gemlive_emulator.scenario.errors import Problem, ScenarioError, nearest
from gemlive_emulator.scenario.explain import key_of, told, trail_of
from gemlive_emulator.scenario.model import ScenarioForm
from gemlive_emulator.scenario.nodes import Document, NodeError, documents

MAX_BYTES = 4 * 1024 * 1024
"""A larger file is refused unread."""


def load(path: Path) -> tuple[Scenario, ...]:
    """All scenarios of a file, in its order; at least one.

    A scenario without a name is called as the file is.

    Raises:
        ScenarioError: the file cannot be read, or is not right; ``problems`` has everything that was found.
    """
    return parse(_text_of(path), str(path), path.stem)


def check(path: Path) -> list[str]:
    """What is wrong with a file, one line for each fault; empty if nothing is."""
    try:
        load(path)
    except ScenarioError as error:
        return [str(problem) for problem in error.problems]
    return []


def choose(scenarios: tuple[Scenario, ...], name: str | None = None) -> Scenario:
    """The scenario of that name, or the first.

    Raises:
        ScenarioError: there is none of that name.
    """
    if name is None:
        return scenarios[0]
    for scenario in scenarios:
        if scenario.name == name:
            return scenario
    advice = nearest(name, [scenario.name for scenario in scenarios])
    raise ScenarioError([Problem(name, 0, 0, "unknown-scenario", "there is no scenario of this name", advice)])


def parse(text: str, file: str = "<text>", name: str = "scenario") -> tuple[Scenario, ...]:
    """All scenarios of a text, at least one.

    Args:
        text: YAML or JSON.
        file: what messages call it.
        name: of a scenario that has none of its own; the second such gets ``-2`` behind it, and so on.

    Raises:
        ScenarioError: see :func:`load`.
    """
    collected = _Collected(file, name)
    try:
        for document in documents(text):
            collected.add(document)
    except NodeError as error:
        collected.problem(error.line, error.column, error.code, error.wrong, error.right)
    return collected.result()


class _Collected:
    """What was found in a file so far."""

    def __init__(self, file: str, name: str) -> None:
        self._file = file
        self._name = name
        self._problems: list[Problem] = []
        self._scenarios: dict[str, Scenario] = {}
        self._documents = 0

    def add(self, document: Document) -> None:
        """Take one document."""
        self._documents += 1
        try:
            form = ScenarioForm.model_validate(document.value)
        except ValidationError as errors:
            for error in errors.errors(include_url=False, include_input=False):
                self.problem(*document.place_of(trail_of(error), key_of(error)), *told(error))
            return
        scenario = Scenario.of(form, self._name if self._documents == 1 else f"{self._name}-{self._documents}")
        if scenario.name in self._scenarios:
            place = document.place_of(("scenario",))
            self.problem(*place, "wrong-value", f"a second scenario called '{scenario.name}'", "give it another name")
        self._scenarios[scenario.name] = scenario

    def problem(self, line: int, column: int, code: str, wrong: str, right: str) -> None:
        """Note a fault."""
        self._problems.append(Problem(self._file, line, column, code, wrong, right))

    def result(self) -> tuple[Scenario, ...]:
        """The scenarios, if there was no fault."""
        if not self._documents and not self._problems:
            self.problem(0, 0, "missing-key", "the file is empty", "it needs rules, otherwise or a script")
        if self._problems:
            raise ScenarioError(self._problems)
        return tuple(self._scenarios.values())


def _text_of(path: Path) -> str:
    """A file's text.

    Raises:
        ScenarioError: it is no file, too large, or not UTF-8.
    """
    try:
        if not path.is_file():
            raise _unreadable(path, "there is no such file" if not path.exists() else "this is no file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(path, f"the file cannot be read: {error}") from None
    if len(content) > MAX_BYTES:
        wrong = f"the file is larger than {MAX_BYTES} bytes"
        raise ScenarioError([Problem(str(path), 0, 0, "file-limits", wrong, "divide it into several files")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise ScenarioError([Problem(str(path), line, column, "bad-yaml", "not UTF-8", "save it as UTF-8")]) from None


def _unreadable(path: Path, wrong: str) -> ScenarioError:
    return ScenarioError([Problem(str(path), 0, 0, "unreadable-file", wrong)])
