"""`make bench`: measure, print the table, write the JSON.

make bench                                     every case, small: some minutes
make bench CASES="report check" SIZE=small     some of them
make bench SIZE=full                           the sizes of the claims, up to 100 million observations
python -m benchmarks marts --observations 10000000    one of them
"""

import argparse
import json
import platform
import tempfile
from pathlib import Path

from benchmarks.cases import CASES, OBSERVATIONS, SIZES
from benchmarks.measure import Against, BenchmarkFailedError, Result, growth, measure

HEADER = (
    f"{'case':34} {'size':>11} {'median':>9} {'min':>9} {'max':>9} {'cpu':>9} {'MiB':>6}"
    f"  {'reference':24} {'median':>9} {'ratio':>6} {'asked':>8}"
)


def lines(result: Result) -> list[str]:
    """The rows of the printed table: the case with its first reference, then one row a further reference."""
    size = f"{result.size:,}" if result.size else ""
    own = (
        f"{result.name:34} {size:>11} {result.median:8.2f}s {result.minimum:8.2f}s {result.maximum:8.2f}s "
        f"{result.processor:8.2f}s {result.peak_mib:6.0f}"
    )
    beside = [_reference(against) for against in result.against] or [""]
    return [f"{own}  {beside[0]}", *(f"{'':{len(own)}}  {line}" for line in beside[1:])]


def _reference(against: Against) -> str:
    asked = f"<= {against.limit}" if against.limit else f">= {against.faster}x" if against.faster else ""
    ratio = 1 / against.ratio if against.faster else against.ratio
    missed = "  missed" if against.holds is False else ""
    return f"{against.name:24} {against.median:8.2f}s {ratio:6.2f} {asked:>8}{missed}"


def main() -> None:
    """Run the cases asked for `--turns` times and write `--output`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"some of: {', '.join(CASES)} [all]")
    parser.add_argument("--size", choices=SIZES, default="small", help="how much each case is fed with")
    parser.add_argument(
        "--observations", type=int, nargs="+", metavar="N", help="of marts, in place of those of --size"
    )
    parser.add_argument("--turns", type=int, default=3, help="times each case and its references are run")
    parser.add_argument("--output", type=Path, default=Path("var/bench.json"), help="where the JSON goes")
    parser.add_argument("--work", type=Path, help="where data is made [a temporary folder]; full wants 40 GB there")
    arguments = parser.parse_args()
    unknown = set(arguments.cases) - set(CASES)
    if unknown:
        parser.error(f"no case {', '.join(sorted(unknown))}; there is {', '.join(CASES)}")
    if arguments.observations:
        OBSERVATIONS[arguments.size] = arguments.observations
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []
    print(HEADER)
    with tempfile.TemporaryDirectory(prefix="jalon-bench-", dir=arguments.work) as folder:
        for name in arguments.cases or CASES:
            try:
                _run(name, Path(folder), arguments, results)
            except BenchmarkFailedError as error:
                print(f"{name}: {error}")
    processor = growth(results, of="processor")
    for name, exponent in growth(results).items():
        print(f"{name}: grows with the power {exponent:.2f} of its size ({processor[name]:.2f} in processor time)")


def _run(name: str, folder: Path, arguments: argparse.Namespace, results: list[Result]) -> None:
    work = folder / name
    work.mkdir()
    for case in CASES[name](work, arguments.size):
        results.append(measure(case, arguments.turns, work / "case.log"))
        print("\n".join(lines(results[-1])), flush=True)
        content = {
            "machine": f"{platform.platform()}, Python {platform.python_version()}",
            "size": arguments.size,
            "turns": arguments.turns,
            "results": [result.as_json() for result in results],
            "growth": growth(results),
            "growth_of_processor_time": growth(results, of="processor"),
        }
        arguments.output.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
