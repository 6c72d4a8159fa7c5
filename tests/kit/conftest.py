"""A project of somebody else, in which tests run within these tests."""

from collections.abc import Callable

import pytest
from inner import APP

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a test module beside the application; warnings are errors there, too."""
    # With either of the last two, pytest shows each failure a second time, whole, in its summary.
    for name in ("PYTEST_ADDOPTS", "CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COVERAGE_PROCESS_START", "")
    pytester.makepyfile(app=APP)
    pytester.makeini(
        "[pytest]\nfilterwarnings = error\naddopts = --strict-markers\nasyncio_mode = strict\nasyncio_default_fixture_loop_scope = function\n"
    )

    def run(source: str, *arguments: str, **modules: str) -> pytest.RunResult:
        pytester.makepyfile(test_app=source, **modules)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)

    return run
