"""``python -m benchmarks.detection``: see the package's docstring."""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.detection.contestants import CONTESTANTS, costs
from benchmarks.detection.report import by_condition, overall
from benchmarks.detection.speech import SPLITS
from benchmarks.detection.streams import labelled


def main() -> None:
    """Make the set, let each detector hear it, print the tables in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description="How well speech is found.")
    parser.add_argument("--quick", action="store_true", help="each condition once instead of three times")
    parser.add_argument("--set", choices=tuple(SPLITS), default="evaluation", help="which of the sets")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers here too")
    options = parser.parse_args()
    streams = labelled(options.set, 1 if options.quick else 3)
    count, hours = sum(len(stream.utterances) for stream in streams), sum(stream.seconds for stream in streams) / 3600
    print(f"{options.set} set: {len(streams)} streams, {count} utterances, {hours:.2f} hours", file=sys.stderr)
    heard = {}
    for name, contestant in CONTESTANTS.items():
        print(f"{name} ...", file=sys.stderr, flush=True)
        heard[name] = [contestant(stream) for stream in streams]
    table = overall(streams, heard, costs(streams[0]))
    conditions = by_condition(streams, heard)
    print(table.markdown(), conditions.markdown(), sep="\n\n")
    if options.json:
        numbers = {"set": options.set, "utterances": count, "overall": table.rows, "conditions": conditions.rows}
        options.json.write_text(json.dumps(numbers, indent=2) + "\n")


if __name__ == "__main__":
    main()
