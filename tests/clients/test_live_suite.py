"""Google's own tests of Live, which ship inside google-genai: as they are, against the emulator in place of Google."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from emulators import APPS, Serving, finished, serving
from environments import Environments

pytestmark = pytest.mark.clients

CASES = 7
FOLDER = "import google.genai, pathlib; print(pathlib.Path(google.genai.__file__).parent / 'tests')"


@pytest.fixture(scope="module")
def serving_google(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """An emulator as a user starts it."""
    with serving(tmp_path_factory.mktemp("google")) as running:
        yield running


def test_all_cases_pass_in_both_modes(serving_google: Serving, environments: Environments) -> None:
    python = str(environments.libraries("live suite"))
    # Its client takes no base URL from outside (its fixture makes the inner client itself), so Google's names lead here.
    environment = serving_google.environment(vertex=True) | {
        "PYTHONPATH": str(APPS),
        "PYTHONDONTWRITEBYTECODE": "1",
        "GOOGLEAPIS_AT": urlsplit(serving_google.url).netloc,
    }
    tests = finished([python, "-c", FOLDER], environment).stdout.strip()
    options = ["-p", "googleapis_here", "-p", "no:cacheprovider", "--rootdir", tests, "--mode=api", "-rA"]
    told = finished([python, "-m", "pytest", *options, f"{tests}/live_api"], environment).stdout
    summary = told.splitlines()[-1]
    assert re.fullmatch(rf"=+ {CASES} passed in [\d.]+s( \(.*\))? =+", summary), told
    outcomes = re.findall(r"^(\w+) \S+::(\w+\[\w+\])$", told, re.MULTILINE)
    assert {outcome for outcome, _ in outcomes} == {"PASSED"}
    assert sorted(case for _, case in outcomes) == [
        "test_function_calling[False]",
        "test_function_calling[True]",
        "test_multi_turn[False]",
        "test_multi_turn[True]",
        "test_send_tool_response_without_id_raises[False]",
        "test_text_input[False]",
        "test_text_input[True]",
    ]
