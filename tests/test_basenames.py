"""The modules of the tests have names of their own: pytest imports them by these, whatever folder they are in."""

from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parent


def test_no_two_modules_have_one_name() -> None:
    # The sample project in tests/downstream is run by itself.
    modules = [path for path in TESTS.rglob("*.py") if path.relative_to(TESTS).parts[0] != "downstream"]
    often = Counter(path.name for path in modules if path.name not in ("conftest.py", "__init__.py"))
    assert [name for name, times in often.items() if times > 1] == []
