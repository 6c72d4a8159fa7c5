"""A project of somebody else, in which tests run within these tests."""

from collections.abc import Callable

import pytest
from inner import APP

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a test module beside the application; warnings are errors there, too."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setenv("COVERAGE_PROCESS_START", "")
    pytester.makepyfile(app=APP)
    pytester.makeini(
        "[pytest]\nfilterwarnings = error\naddopts = --strict-markers\nasyncio_mode = strict\nasyncio_default_fixture_loop_scope = function\n"
    )

    def run(source: str, *arguments: str, **modules: str) -> pytest.RunResult:
        pytester.makepyfile(test_app=source, **modules)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)

    return run
