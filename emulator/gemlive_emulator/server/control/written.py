"""What is wrong with a scenario, a rule or a fault that was sent, as a refusal."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from gemlive_emulator.scenario.errors import Problem, ScenarioError
from gemlive_emulator.server.control.refused import Refused

Found = TypeVar("Found")

_SEE = "docs/scenarios.md says what can be written"


async def off_loop(judge: Callable[[], Found]) -> Found:
    """What this gives, made in a thread: what judges scenarios is loaded with the first, and many rules take a while.

    Raises:
        Refused: as :func:`judging` does.
    """

    def judged() -> Found:
        with judging():
            return judge()

    return await asyncio.to_thread(judged)


@contextmanager
def judging() -> Iterator[None]:
    """Refuse what a scenario file could not have.

    Raises:
        Refused: 400, with the first that is wrong as the message, and all of it one by one.
    """
    try:
        yield
    except ScenarioError as error:
        first = error.problems[0]
        raise Refused(
            400, _message(first), first.right or _SEE, problems=tuple(map(_problem, error.problems))
        ) from None


def _message(problem: Problem) -> str:
    place = f"{problem.file}:{problem.line}:{problem.column}" if problem.line else problem.file
    return f"{place}: {problem.wrong}"


def _problem(problem: Problem) -> dict[str, Any]:
    place = {"line": problem.line, "column": problem.column} if problem.line else {}
    right = {"right": problem.right} if problem.right else {}
    return {**place, "message": problem.wrong, **right, "page": f"docs/errors.md#{problem.code}"}
