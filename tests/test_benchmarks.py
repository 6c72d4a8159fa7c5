"""The benchmarks run. What they measure is for people to judge: nothing here looks at a time."""

import json
import shutil
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


@pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks read CPU time and memory from /proc")
def test_a_quick_run_of_many_rules_measures_reading_and_choosing(tmp_path: Path):
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "rules", "--json", str(report)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert run.returncode == 0, run.stderr
    results = json.loads(report.read_text())["results"]
    assert [result["unit"] for result in results] == ["s", "ms", "ms"]
    assert all(sample > 0 for result in results for side in ("emulator", "bare") for sample in result["samples"][side])


@pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks read CPU time and memory from /proc")
def test_a_quick_run_of_the_microphones_measures_both_servers(tmp_path: Path):
    report = tmp_path / "report.json"
    names = ["streams", "unpaced", "barge-in"]
    options = [option for name in names for option in ("--only", name)]
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", *options, "--json", str(report)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
    )

    assert run.returncode == 0, run.stderr
    results = json.loads(report.read_text())["results"]
    assert list(dict.fromkeys(result["benchmark"] for result in results)) == names
    for result in results:
        assert all(sample > 0 for side in ("emulator", "bare") for sample in result["samples"][side])


@pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks read CPU time and memory from /proc")
def test_a_quick_run_of_time_that_is_moved_by_hand_ends_every_connection(tmp_path: Path):
    report = tmp_path / "report.json"
    options = ["--quick", "--only", "clock", "--only", "quarter-hour", "--json", str(report)]
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", *options], cwd=ROOT, capture_output=True, text=True, timeout=120
    )

    assert run.returncode == 0, run.stderr
    results = json.loads(report.read_text())["results"]
    assert [result["benchmark"] for result in results] == ["clock", "clock", "quarter-hour", "quarter-hour"]
    assert all(sample > 0 for result in results for side in ("emulator", "bare") for sample in result["samples"][side])


@pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks read CPU time and memory from /proc")
@pytest.mark.skipif(not any(map(shutil.which, ("redis-server", "valkey-server"))), reason="there is no Redis server")
def test_a_quick_run_of_hopping_clients_loses_no_turn(tmp_path: Path):
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "hopping", "--json", str(report)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert run.returncode == 0, run.stderr
    lost, turns, hops, moves, _ = json.loads(report.read_text())["results"]
    assert (lost["medians"], lost["met"]) == ({"emulator": 0.0}, True)
    assert turns["medians"]["emulator"] >= hops["medians"]["emulator"] > moves["medians"]["emulator"] > 0
