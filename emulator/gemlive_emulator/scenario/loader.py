"""Reads scenario files, and those that they include: YAML 1.2 (and so JSON), every fault with file, line and column."""

import gc
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TypeVar

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.call_names import SIGNS, Stranger, strangers
from gemlive_emulator.scenario.engine import Scenario, named
from gemlive_emulator.scenario.errors import Problem, ScenarioError
from gemlive_emulator.scenario.fields import ScenarioPart
from gemlive_emulator.scenario.hole_names import SIGN, strange_holes
from gemlive_emulator.scenario.includes import Folder, IncludeForm
from gemlive_emulator.scenario.mending import Looked, look
from gemlive_emulator.scenario.model import IncludedForm, RuleForm, Rules, ScenarioForm
from gemlive_emulator.scenario.nodes import Document, NodeError, documents

MAX_BYTES = 4 * 1024 * 1024
"""More is not read, neither of one file nor of all together that belong to it."""

MAX_FILES = 100
"""Files that one scenario file includes, directly or not."""

MAX_RULES = 100_000
"""Rules of one scenario, those counted that it includes."""

Form = TypeVar("Form", bound=ScenarioPart)


def load(path: Path, on_file: Callable[[Path], object] = lambda path: None) -> tuple[Scenario, ...]:
    """All scenarios of a file, in its order; at least one.

    A scenario without a name is called as its file is.

    Args:
        path: of the file.
        on_file: told the path of every file that belongs to it, there or not, before that is read.

    Raises:
        ScenarioError: a file cannot be read, or is not right; ``problems`` has everything that was found.
    """
    on_file = cache(on_file)  # a document with faults is looked at more than once
    on_file(path)
    reading = _Reading(path.parent)
    text = reading.text_of(path, str(path))
    root = path.parent.resolve()
    with _uncollected():
        reading.take(_Source(text, str(path), path.stem, Folder(root, root, (path.resolve(),), on_file)))
        scenarios = reading.result()
        for scenario in scenarios:
            scenario.prepare()
    return scenarios


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector, which would look through the many things that are made here again and again.

    Nothing of it is garbage. In a large file that would be nearly half of the time; and to look through it at the end
    would stop all threads for a tenth of a second, so it counts as old at once.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():  # whoever has frozen something wants it to stay so
                gc.freeze()
                gc.unfreeze()
            gc.enable()


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
    return scenarios[0] if name is None else named(scenarios, name)


def parse(text: str, file: str = "<text>", name: str = "scenario", folder: Path | None = None) -> tuple[Scenario, ...]:
    """All scenarios of a text, at least one.

    Args:
        text: YAML or JSON.
        file: what messages call it.
        name: of a scenario that has none of its own; the second such gets ``-2`` behind it, and so on.
        folder: where the files are that it names; ``None`` if it may name none.

    Raises:
        ScenarioError: see :func:`load`.
    """
    reading = _Reading(folder or Path())
    root = folder.resolve() if folder else None
    reading.take(_Source(text, file, name, Folder(root, root) if root else None))
    return reading.result()


@dataclass(frozen=True, slots=True)
class _Source:
    """A text that is read: what messages call it, the name of its scenarios, and where it may look for files."""

    text: str
    file: str
    name: str
    folder: Folder | None


class _Reading:
    """What was found so far in a file and those that it includes.

    ``given`` is the folder of the first file as the user wrote it, for messages.
    """

    def __init__(self, given: Path) -> None:
        self._given = given
        self._left = MAX_BYTES
        self._problems: list[Problem] = []
        self._scenarios: dict[str, Scenario] = {}
        self._included: set[tuple[Path, bool]] = set()
        self._rules: dict[Path, list[RuleForm]] = {}

    def take(self, source: _Source) -> None:
        """Take the scenarios of a text."""
        for number, document in enumerate(self._documents(source), 1):
            if isinstance(document.value, dict) and "include" in document.value:
                self._look(IncludeForm, document, source)
                continue
            looked = self._look(ScenarioForm, document, source)
            form = looked.form
            if form is None:
                continue
            rules = self._spliced(form.rules or (), document, source)
            for code, (trail, wrong, right) in _slips_in(form, rules, looked.names, source.text):
                if trail[:2] not in looked.touched:
                    self._problem(source, document.place_of(trail), code, wrong, right)
            if looked.is_right:
                name = source.name if number == 1 else f"{source.name}-{number}"
                scenario = Scenario.of(form.model_copy(update={"rules": rules}), name)
                if scenario.name in self._scenarios:
                    wrong = f"a second scenario called '{scenario.name}'"
                    place = document.place_of(("scenario",))
                    self._problem(source, place, "wrong-value", wrong, "give it another name")
                self._scenarios[scenario.name] = scenario

    def result(self) -> tuple[Scenario, ...]:
        """The scenarios, if there was no fault."""
        if self._problems:
            raise ScenarioError(self._problems)
        return tuple(self._scenarios.values())

    def text_of(self, path: Path, file: str) -> str:
        """A file's text.

        Raises:
            ScenarioError: it is no file, too large, or not UTF-8.
        """
        content = _content_of(path, file, self._left)
        self._left -= len(content)
        return _text_of(content, file)

    def _documents(self, source: _Source) -> Iterator[Document]:
        """Those of a text that are not empty."""
        is_empty = True
        try:
            for document in documents(source.text):
                is_empty = False
                yield document
        except NodeError as error:
            self._problem(source, (error.line, error.column), error.code, error.wrong, error.right)
            return
        if is_empty:
            self._problem(source, (0, 0), "missing-key", "the file is empty", "it needs rules, otherwise or a script")

    def _look(self, kind: type[Form], document: Document, source: _Source) -> Looked[Form]:
        """What a document says. What it includes is read even if it is not right, to tell all faults at once."""
        folder = source.folder and replace(source.folder, included=[])
        looked = look(kind, document.value, folder)
        placed = [(document.place_of(fault.trail, fault.key), fault) for fault in looked.faults]
        for place, (_, _, code, wrong, right) in sorted(placed, key=lambda one: one[0]):
            self._problem(source, place, code, wrong, right)
        if folder is not None:
            for path in folder.included:
                self._include(path, folder, only_rules=kind is not IncludeForm)
        return looked

    def _include(self, path: Path, folder: Folder, only_rules: bool) -> None:
        """Read a file, unless that was done before."""
        if (path, only_rules) in self._included:
            return
        self._included.add((path, only_rules))
        file = str(self._given / path.relative_to(folder.root))
        try:
            if len(self._included) > MAX_FILES:
                raise _whole_file(file, "file-limits", f"more than {MAX_FILES} files are included", "join some of them")
            source = _Source(self.text_of(path, file), file, path.stem, folder.of(path))
        except ScenarioError as error:
            self._problems += error.problems
            return
        if only_rules:
            self._rules[path] = self._rules_of(source)
        else:
            self.take(source)

    def _rules_of(self, source: _Source) -> list[RuleForm]:
        """The rules of a file that is included for them: of all its documents."""
        found: list[RuleForm] = []
        for document in self._documents(source):
            looked = self._look(IncludedForm, document, source)
            if looked.form and looked.is_right:
                found += self._spliced(looked.form.rules, document, source)
        return found

    def _spliced(self, rules: Rules, document: Document, source: _Source) -> list[RuleForm]:
        """The rules of a document, those of included files in their places."""
        found: list[RuleForm] = []
        for entry in rules:
            if isinstance(entry, RuleForm):
                found.append(entry)
            else:
                found += [rule for path in entry.include for rule in self._rules.get(path, ())]
            if len(found) > MAX_RULES:
                wrong = f"more than {MAX_RULES} rules, included ones counted each time"
                self._problem(source, document.place_of(("rules",)), "file-limits", wrong, "include less")
                return []
        return found

    def _problem(self, source: _Source, place: tuple[int, int], code: str, wrong: str, right: str) -> None:
        self._problems.append(Problem(source.file, *place, code, wrong, right))


def _slips_in(
    form: ScenarioForm, rules: list[RuleForm], names: Collection[str], text: str
) -> Iterator[tuple[str, Stranger]]:
    """Names in a document that nothing has, each with its anchor; ``names`` may be of calls as well."""
    if any(sign in text for sign in SIGNS):
        yield from (("unknown-call", stranger) for stranger in strangers(form, rules, names))
    if SIGN in text:
        yield from (("unknown-placeholder", stranger) for stranger in strange_holes(form))


def _content_of(path: Path, file: str, most: int) -> bytes:
    try:
        if not path.is_file():
            raise _whole_file(file, "unreadable-file", "this is no file" if path.exists() else "there is no such file")
        with path.open("rb") as opened:
            content = opened.read(most + 1)
    except (OSError, ValueError) as error:
        raise _whole_file(file, "unreadable-file", f"the file cannot be read: {error}") from None
    if len(content) > most:
        what = "the file is larger" if most == MAX_BYTES else "the files together are larger"
        raise _whole_file(file, "file-limits", f"{what} than {MAX_BYTES} bytes", "divide it into several scenarios")
    return content


def _text_of(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise ScenarioError([Problem(file, line, column, "bad-yaml", "not UTF-8", "save it as UTF-8")]) from None


def _whole_file(file: str, code: str, wrong: str, right: str = "") -> ScenarioError:
    return ScenarioError([Problem(file, 0, 0, code, wrong, right)])
