"""What a google-genai program gets to see of faults on the line: which exception, with which code, after what."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from emulators import APPS, finished, serving
from environments import Environments

pytestmark = pytest.mark.clients

SCENARIO = """
scenario: under faults
faults:
  - {close: eof, at: text 2, connection: 1}
  - {close: reset, at: text 2, connection: 2}
  - {stall: forever, at: text 2, connection: 3}
  - {malformed: {}, at: text 2, connection: 4}
  - {duplicate: text, at: text 2, connection: 5}
  - {close: {code: 1011, reason: "The service is currently unavailable."}, at: text 2, connection: 6}
  - {not_utf8: {}, at: text 2, connection: 7}
  - {unknown_message: {}, at: text 2, connection: 8}
  - {unknown_field: {}, at: text 2, connection: 9}
  - {nulls: {}, at: text 2, connection: 10}
  - {wrong_frame: {}, at: text 2, connection: 11}
  - {drop: turn_complete, connection: 12}
  - {fragments: 10, connection: 13}
  - {refuse: {status: 429, message: "Resource has been exhausted."}, connection: 14}
otherwise:
  - say: "One "
  - say: "two "
  - say: "three"
"""

CUT = ["One ", "two "]
WHOLE = [*CUT, "three", "<end>"]
SEEN: list[tuple[list[str], str | None, int | None, str]] = [
    # A connection that ends without a close frame is an APIError with 1006.
    (CUT, "APIError", 1006, "1006 None. abnormal closure [internal]"),
    (CUT, "APIError", 1006, "1006 None. abnormal closure [internal]"),
    # It has no time limit of its own: this is the application's.
    (CUT, "TimeoutError", None, ""),
    (["One "], "ValueError", None, "Failed to parse response: b'{"),
    (["One ", "two ", "two ", "three", "<end>"], None, None, ""),
    (CUT, "APIError", 1011, "1011 None. The service is currently unavailable."),
    (["One "], "UnicodeDecodeError", None, "'utf-8' codec can't decode byte 0xff"),
    # It takes every message that it does not know for an error, and finds no code in it.
    (["One "], "TypeError", None, "'<=' not supported between instances of 'int' and 'NoneType'"),
    (WHOLE, None, None, ""),
    (WHOLE, None, None, ""),
    (WHOLE, None, None, ""),
    ([*CUT, "three"], "TimeoutError", None, ""),
    (WHOLE, None, None, ""),
    ([], "InvalidStatus", None, "server rejected WebSocket connection: HTTP 429"),
    (WHOLE, None, None, ""),
]
"""What is heard before what is raised, connection by connection, with google-genai 3.4.0."""


@pytest.fixture(scope="module")
def outcomes(environments: Environments, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, object]]]:
    folder = tmp_path_factory.mktemp("faults")
    file = folder / "faults.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    with serving(folder, "--pace", "at-once", "--scenario", str(file)) as running:
        environment = running.environment() | {"CHAT_BASE_URL": running.url}
        python = str(environments.python("3.4.0").python)
        done = finished([python, str(APPS / "under_faults.py"), str(len(SEEN))], environment)
        yield done.lines
        log = Path(running.log).read_text(encoding="utf-8")
        assert log.count("fault: ") >= len(SEEN) - 1


@pytest.mark.parametrize("number", range(len(SEEN)))
def test_a_fault_reaches_a_program(outcomes: list[dict[str, object]], number: int) -> None:
    heard, raised, code, words = SEEN[number]
    outcome = outcomes[number]
    assert (outcome["heard"], outcome["raised"], outcome.get("code")) == (heard, raised, code)
    assert str(outcome.get("words", "")).startswith(words)
