"""Where a piece of a scenario was written that stands in no file of its own, and the complaints about it."""

import inspect
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from gemlive_emulator.scenario.errors import Problem, ScenarioError
from gemlive_emulator.scenario.explain import Trail, key_of, told, trail_of
from gemlive_emulator.scenario.includes import Folder

_PACKAGE = __name__.partition(".")[0]


class Place:
    """Where in the user's code a call stands."""

    def __init__(self) -> None:
        frame = inspect.currentframe()
        while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE:
            frame = frame.f_back
        assert frame is not None, "somebody outside the package calls"
        where = inspect.getframeinfo(frame, context=0)
        self.file = where.filename
        self.line = where.lineno
        span = where.positions
        # The columns are those of the line on which the call begins; the line is that of its name.
        here = span is not None and span.lineno == self.line
        self.column = (span.col_offset or 0) + 1 if span is not None and here else 1

    @property
    def folder(self) -> Folder | None:
        """Where the files are that may be named there; ``None`` if none may."""
        folder = Path(self.file).parent
        return Folder(folder, folder)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    def error(self, code: str, wrong: str, right: str = "") -> ScenarioError:
        """A complaint about the call."""
        return ScenarioError([Problem(self.file, self.line, self.column, code, wrong, right)])

    def judge(self, form: "type[BaseModel] | TypeAdapter[Any]", value: Any) -> Any:
        """What a model makes of what was written.

        Raises:
            ScenarioError: it does not take it.
        """
        try:
            validate = form.validate_python if isinstance(form, TypeAdapter) else form.model_validate
            return validate(value, context=self.folder)
        except ValidationError as errors:
            found = errors.errors(include_url=False, include_input=False)
            raise ScenarioError(
                [self._problem(*told(error), trail_of(error), key_of(error)) for error in found]
            ) from None

    def way(self, trail: Trail) -> str:
        """How a value within what was written is told, in front of what is wrong with it."""
        names = [step for step in trail if isinstance(step, str)]
        return f"{'.'.join(names)}: " if len(names) > 1 else ""

    def _problem(self, code: str, wrong: str, right: str, trail: Trail, key: str | None) -> Problem:
        where = self.way(trail if key is None else (*trail, key))
        return Problem(self.file, self.line, self.column, code, where + wrong, right)
