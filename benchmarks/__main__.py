"""``python -m benchmarks [--quick] [--only NAME] [--json FILE]``."""

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measures import BENCHMARKS, QUICK, Effort
from benchmarks.report import Result, machine, table
from benchmarks.servers import Pair, raise_file_limit


def main() -> None:
    """Measure, print the table on stderr, and the JSON on stdout or into a file."""
    options = _options()
    if sys.platform != "linux":
        sys.exit("the benchmarks read CPU time and memory from /proc: run them on Linux")
    raise_file_limit()
    report = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "quick": options.quick, "machine": machine()}
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="gemlive-benchmarks-") as folder:
        pair = Pair(Path(folder))
        for name in options.only or BENCHMARKS:
            print(f"{name} ...", file=sys.stderr, flush=True)
            results.extend(BENCHMARKS[name](pair, QUICK if options.quick else Effort()))
    print(table(results), file=sys.stderr)
    report["frames_per_turn"] = [len(frame) for frame in pair.frames]
    report["results"] = [result.as_json() for result in results]
    written = json.dumps(report, indent=2)
    if options.json:
        options.json.write_text(written + "\n")
    else:
        print(written)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Benchmarks beside a bare websockets server."
    )
    parser.add_argument("--quick", action="store_true", help="one short round: shows that it works, measures little")
    parser.add_argument("--only", action="append", choices=list(BENCHMARKS), help="only this one; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the JSON here instead of to stdout")
    return parser.parse_args()


if __name__ == "__main__":
    main()
