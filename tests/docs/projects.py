"""Runs what a page shows in a folder of its own, as in a project of somebody else."""

import os
import subprocess
import sys
from pathlib import Path

PATIENCE = 120

ASTRAY = ("GOOGLE_", "GEMINI_", "PYTEST_")
"""How variables begin that would lead the run elsewhere."""


def run_module(project: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a Python module there, with data of its own, and ``more`` in its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ASTRAY)}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project,
        env=kept | {"XDG_DATA_HOME": str(project / "share")} | more,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def run_tests(project: Path, ini: str = "[pytest]\n") -> subprocess.CompletedProcess[str]:
    """Run all tests there."""
    (project / "pytest.ini").write_text(ini, encoding="utf-8")
    return run_module(project, "pytest", "-q", "-p", "no:cacheprovider")
