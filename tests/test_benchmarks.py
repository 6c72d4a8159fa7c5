"""The benchmarks run. What they measure is for people to judge: nothing here looks at a time."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks read CPU time and memory from /proc")
def test_a_quick_run_prints_results_of_both_servers_as_json():
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--only", "connect"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["quick"] is True
    assert [result["benchmark"] for result in report["results"]] == ["connect"] * 3
    for result in report["results"]:
        assert all(len(result["samples"][side]) == 1 for side in ("emulator", "bare"))
        assert all(result["medians"][name] > 0 for name in ("emulator", "bare", "ratio"))
    assert report["frames_per_turn"]
    assert "setupComplete" in run.stderr
