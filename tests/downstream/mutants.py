"""Twelve mistakes that applications make with the Live API, each put into the voice desk: its tests have to find it.

``python mutants.py`` shows which test does, and what it says.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parent
PATIENCE = 120


@dataclass(frozen=True)
class Mutant:
    """A mistake.

    Attributes:
        name: what is wrong.
        old: what stands in ``voice_desk/desk.py``, once.
        new: what stands there instead.
        caught_by: the test that finds it.
        told: what the test says then, as an expression.
    """

    name: str
    old: str
    new: str
    caught_by: str
    told: str

    @property
    def slug(self) -> str:
        """The name as that of a folder."""
        return self.name.replace(" ", "-")


MUTANTS = (
    Mutant(
        "gives up when the connection is lost",
        "await self._recover(error)",
        'raise DeskClosed("The connection is lost") from error',
        "test_connections.py::test_a_question_survives_a_lost_connection",
        "DeskClosed: The connection is lost",
    ),
    Mutant(
        "begins anew instead of resuming",
        "SessionResumptionConfig(handle=self._handle)",
        "SessionResumptionConfig()",
        "test_connections.py::test_the_next_connection_knows_what_was_said",
        "assert '42' in",
    ),
    Mutant(
        "ignores goAway",
        "leaving = leaving or message.go_away is not None",
        "leaving = False",
        "test_connections.py::test_the_desk_moves_when_the_server_says_so",
        "close has not happened within 5 s; this has:(.|\\n)*go_away: time_left 5",
    ),
    Mutant(
        "keeps a dead handle",
        "            self._handle = None\n            return\n",
        "            return\n",
        "test_connections.py::test_a_dead_handle_is_forgotten",
        "wanted that the client sent setup",
    ),
    Mutant(
        "tries again with a refused key",
        '    1007: "The service did not understand us",\n',
        "",
        "test_connections.py::test_a_key_that_is_refused_is_told",
        "assert 3 == 1\\n.* \\+  where 3 = len\\(",
    ),
    Mutant(
        "forgets turnComplete",
        "if content.turn_complete:",
        "if False:",
        "test_talking.py::test_an_answer_is_over_when_the_server_says_so",
        "DeskClosed: The service has hung up",
    ),
    Mutant(
        "ignores interrupted",
        "if content.interrupted:",
        "if False:",
        "test_microphone.py::test_the_speaker_is_silent_as_soon_as_the_user_speaks",
        "assert bytearray\\(.*\\) == b''",
    ),
    Mutant(
        "tells a wrong audio rate",
        "audio/pcm;rate=16000",
        "audio/pcm;rate=24000",
        "test_microphone.py::test_the_microphone_comes_through_as_it_is",
        "assert Sound\\(rate=24000\\) == Sound\\(rate=16000\\)",
    ),
    Mutant(
        "does not end the audio stream",
        "        await self._send(audio_stream_end=True)\n",
        "",
        "test_microphone.py::test_the_end_of_the_stream_is_told",
        "wanted that the client sent realtimeInput with audioStreamEnd=True",
    ),
    Mutant(
        "answers a cancelled call",
        "self._calls[name].cancel()",
        "pass",
        "test_functions.py::test_a_call_that_the_model_took_back_is_not_answered",
        "wanted that the client sent no toolResponse",
    ),
    Mutant(
        "answers a call twice",
        "await session.send_tool_response(function_responses=answer)",
        "await session.send_tool_response(function_responses=[answer, answer])",
        "test_functions.py::test_a_function_is_called_and_its_result_said",
        "wanted one answer to a call of price",
    ),
    Mutant(
        "hides what a function raised",
        'response = {"error": str(error)}',
        'response = {"result": "ok"}',
        "test_functions.py::test_what_a_function_raises_is_told_to_the_model",
        "'Gladly.' == 'We have none.'",
    ),
)


def copy_project(place: Path) -> Path:
    """A copy of the project at this place."""
    return Path(shutil.copytree(PROJECT, place, ignore=shutil.ignore_patterns("__pycache__")))


def run_tests(python: Path, project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run tests of a copy of the project, as in a shell in which nothing is set."""
    astray = ("GOOGLE_", "GEMINI_", "GEMLIVE_", "COVERAGE_", "PYTEST_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(astray)}
    return subprocess.run(
        [str(python), "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=project,
        env=kept | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def judge(mutant: Mutant, python: Path, room: Path) -> str:
    """What is wrong with how the tests take a mistake; ``""`` if they catch it and name it.

    Args:
        mutant: the mistake.
        python: an interpreter of an environment with all that the project needs.
        room: a folder for a copy of the project.
    """
    copy = copy_project(room / mutant.slug)
    source = copy / "voice_desk" / "desk.py"
    text = source.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        return f"{mutant.old!r} stands {text.count(mutant.old)} times in {source.name}"
    source.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    file, _, test = mutant.caught_by.partition("::")
    done = run_tests(python, copy, "-x", f"tests/{file}")
    if done.returncode != 1 or f"FAILED tests/{file}::{test} - " not in done.stdout:
        return f"{test} does not find it:\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
    if not re.search(mutant.told, done.stdout):
        return f"{test} does not say {mutant.told!r}:\n{done.stdout[-6000:]}"
    return ""


def judge_all(python: Path, at_once: int = 2) -> dict[str, str]:
    """The verdict on each mistake, by its name."""
    with tempfile.TemporaryDirectory() as room, ThreadPoolExecutor(at_once) as pool:
        verdicts = pool.map(lambda mutant: judge(mutant, python, Path(room)), MUTANTS)
        return dict(zip((mutant.name for mutant in MUTANTS), verdicts, strict=True))


if __name__ == "__main__":
    told = judge_all(Path(sys.executable))
    for name, wrong in told.items():
        print(f"{name}: {wrong or 'caught'}")
    sys.exit(any(told.values()))
