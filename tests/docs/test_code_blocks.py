"""Every page with code in it has a test that runs the code, or is named here with the reason why not."""

from pathlib import Path

from blocks import ROOT, all_blocks

CODE = {"python", "js", "ts", "sh", "yaml", "json", "dockerfile", "ini", "go", "java"}

RUN_BY = {
    "README.md": "docs/test_readme.py",
    "docs/ci.md": "docs/test_ci_page.py",
    "docs/cli.md": "docs/test_shell_lines.py",
    "docs/clients/README.md": "clients/test_frameworks.py",
    "docs/clients/adk.md": "clients/test_frameworks.py",
    "docs/clients/browser.md": "clients/test_client_pages.py",
    "docs/clients/google-genai-js.md": "clients/test_client_pages.py",
    "docs/clients/google-genai-python.md": "clients/test_client_pages.py",
    "docs/clients/livekit.md": "clients/test_frameworks.py",
    "docs/clients/pipecat.md": "clients/test_frameworks.py",
    "docs/clients/pydantic-ai.md": "clients/test_frameworks.py",
    "docs/clients/raw-websockets.md": "clients/test_client_pages.py",
    "docs/clients/strands.md": "clients/test_frameworks.py",
    "docs/control.md": "docs/test_control_page.py",
    "docs/design.md": "docs/test_design_page.py",
    "docs/faults.md": "docs/test_failures_page.py",
    "docs/howto-barge-in.md": "docs/test_howto_pages.py",
    "docs/howto-reconnect.md": "docs/test_howto_pages.py",
    "docs/howto-tools.md": "docs/test_howto_pages.py",
    "docs/javascript.md": "docs/test_javascript_page.py",
    "docs/limits.md": "docs/test_limits_page.py",
    "docs/listening.md": "docs/test_listening_page.py",
    "docs/python.md": "docs/test_python_page.py",
    "docs/quotas.md": "docs/test_tokens_page.py",
    "docs/recording.md": "docs/test_recording_page.py",
    "docs/resumption.md": "docs/test_shell_lines.py",
    "docs/scenarios.md": "scenario/test_scenario_files.py",
    "docs/testing.md": "docs/test_testing_page.py",
    "docs/tokens.md": "docs/test_tokens_page.py",
    "docs/transparent.md": "docs/test_transparent_page.py",
    "docs/tutorial.md": "docs/test_tutorial.py",
}

NOT_RUN = {
    "docs/clients/java-go-dotnet.md": "wants the toolchains of Java and Go; the page says that it was read, not run",
    "docs/clients/mastra.md": "was run once, as the page says",
    "docs/detection.md": "takes minutes; the benchmark's own parts have tests",
    "docs/hostile.md": "wants Python 2.7 for Autobahn's suite; the test that it shows runs where that is",
}


def test_every_page_with_code_has_its_test():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    with_code = {name_of(page) for page in pages if any(block.language in CODE for block in all_blocks(page))}
    assert with_code == {*RUN_BY, *NOT_RUN}, "say here which test runs the code of the page"


def test_the_tests_are_there():
    assert [test for test in RUN_BY.values() if not (ROOT / "tests" / test).is_file()] == []


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()
