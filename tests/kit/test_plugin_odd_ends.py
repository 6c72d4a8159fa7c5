"""The fixture where a test does not go as usual: it is cut, goes elsewhere, changes the environment, has a long name."""

from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., pytest.RunResult]


def test_the_emulator_of_a_test_is_let_go_when_it_is_over(run: Run) -> None:
    result = run(
        """
        import app
        import gc
        import weakref

        emulators = []

        def test_first(gemlive):
            app.ask("Hello")
            emulators.append(weakref.ref(gemlive.emulator))

        def test_second():
            gc.collect()
            assert emulators[0]() is None
        """
    )
    result.assert_outcomes(passed=2)


def test_what_a_test_changes_in_the_environment_does_not_bring_the_emulator_back(run: Run) -> None:
    result = run(
        """
        import os

        def test_first(monkeypatch, gemlive):
            monkeypatch.delenv("GOOGLE_API_KEY")
            monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9")

        def test_second():
            assert not {"GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL"} & set(os.environ)
        """
    )
    result.assert_outcomes(passed=2)


def test_a_test_that_was_cut_need_not_have_finished_its_script(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.fixture(autouse=True)
        def script(gemlive):
            gemlive.script().expect(text="Hello").say("Hello there!")

        def test_skipped():
            pytest.skip("not today")

        @pytest.mark.xfail(strict=True)
        def test_expected_to_fail():
            assert False

        @pytest.fixture
        def broken(gemlive):
            raise LookupError("broken")

        def test_setup(broken):
            pass

        def test_whole():
            pass
        """
    )
    result.assert_outcomes(skipped=1, xfailed=1, passed=1, errors=2)
    result.stdout.fnmatch_lines(["*ERROR at setup of test_setup*", "*ERROR at teardown of test_whole*"])


def test_recordings_lie_where_the_run_began_by_names_that_any_system_takes(run: Run, pytester: pytest.Pytester) -> None:
    result = run(
        """
        import app
        import pytest

        def test_elsewhere(gemlive, monkeypatch, tmp_path):
            monkeypatch.chdir(tmp_path)
            app.ask("Hello")
            app.ask("Hello")
            assert False

        @pytest.mark.parametrize("word", "ab", ids=["a" + "\\u4e16" * 200, "b" + "\\u4e16" * 200])
        def test_long(gemlive, word):
            app.ask("Hello")
            assert False
        """,
        "--gemlive-recordings",
        "kept",
    )
    result.assert_outcomes(failed=3)
    names = sorted(path.name for path in (pytester.path / "kept").iterdir())
    assert len(names) == 4
    assert {"test_app.py-test_elsewhere-1.jsonl", "test_app.py-test_elsewhere-2.jsonl"} < set(names)
    assert all(len(name) < 130 and name.isascii() for name in names)


def test_recordings_that_cannot_be_written_are_told_of(run: Run, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("no folder")
    result = run(
        """
        import app

        def test_weather(gemlive):
            app.ask("Hello")
            assert False
        """,
        "--gemlive-recordings",
        str(tmp_path / "kept"),
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*gemlive: recordings*", "they cannot be written: *kept*"])


def test_a_unittest_case_a_doctest_and_a_run_without_the_plugin(run: Run) -> None:
    source = """
        import app
        import pytest
        import unittest

        @pytest.mark.gemlive(seed=1)
        @pytest.mark.usefixtures("gemlive")
        class TestWeather(unittest.TestCase):
            def test_weather(self):
                self.assertTrue(app.ask("Hello"))

        def asked():
            '''
            >>> emulator = getfixture("gemlive")
            >>> _ = emulator.otherwise().say("Yes.")
            >>> app.ask("Hello")
            'Yes.'
            '''
        """
    run(source, "--doctest-modules").assert_outcomes(passed=2)
    result = run(source, "-p", "no:gemlive")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*'gemlive' not found in `markers`*"])


def test_a_test_may_stop_its_emulator_and_start_it_again(run: Run) -> None:
    result = run(
        """
        import app
        import pytest

        def test_outage(gemlive):
            gemlive.otherwise().say("Yes.")
            gemlive.stop()
            with pytest.raises(OSError):
                app.ask("Hello")
            gemlive.start()
            assert app.ask("Hello") == "Yes."
            gemlive.stop()
        """
    )
    result.assert_outcomes(passed=1)
