"""`make bench`: measure, print the table, write the JSON."""

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks.cases import command_line_cases, interactive_cases, warm_up
from benchmarks.measure import Result, measure

HEADER = (
    f"{'case':34} {'median':>8} {'min':>8} {'max':>8} {'MiB':>6}"
    f"  {'reference':16} {'median':>8} {'ratio':>6} {'at most':>8}"
)


def line(result: Result) -> str:
    """One row of the printed table."""
    limit = f"{result.limit:.1f}" if result.limit is not None else ""
    return (
        f"{result.name:34} {result.median:7.2f}s {result.minimum:7.2f}s {result.maximum:7.2f}s {result.peak_mib:6.0f}"
        f"  {result.reference_name:16} {result.reference_median:7.2f}s {result.ratio:6.2f} {limit:>8}"
    )


def main() -> None:
    """Run every case `--turns` times and write `--output`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--turns", type=int, default=5, help="times each case and its reference are run")
    parser.add_argument("--output", type=Path, default=Path("var/bench.json"), help="where the JSON goes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jalon-bench-") as folder:
        work = Path(folder)
        warm_up(work)
        print(HEADER)
        results = []
        for case in [*command_line_cases(), *interactive_cases(work)]:
            results.append(measure(case, arguments.turns, work / "case.log"))
            print(line(results[-1]), flush=True)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps([result.as_json() for result in results], indent=1) + "\n")


if __name__ == "__main__":
    main()
