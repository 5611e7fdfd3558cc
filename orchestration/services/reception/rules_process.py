"""The suites on accepted rows: the process that `judging` starts, and what it answers with.

Run as a module, with the number of the process it works for, it imports the library at once, then waits for one
question on its standard input.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sources.files.parent import die_with
from sources.landing.rows import rows_of
from sources.landing.store import Reading
from sources.reference.roadmap import load_reference

FRAMES = {"contribution": "Avancement", "milestone": "Jalons", "measurement": "Indicateurs", "cell": "every answer"}
TABLES = ("contribution", "milestone_report", "measurement")


@dataclass(frozen=True)
class FrameResult:
    """One suite on one sheet of all accepted rows."""

    frame: str
    rows: int
    expectations: int
    broken: tuple[str, ...]  # « rule: submission, row » of each accepted row that breaks one

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "FrameResult":
        """The result that was written as plain values. TypeError when another version wrote them."""
        return cls(**{**values, "broken": tuple(values["broken"])})


def frame_results(readings: Sequence[Reading], seeds: Path) -> list[FrameResult]:
    """Every suite on the accepted rows of the given readings."""
    from quality.frames import frames_of_landing
    from quality.suites import run_suites
    from sources.workbook.schema import load_schema

    schema, reference = load_schema(), load_reference(seeds)
    tables = {table: rows_of(readings, table) for table in TABLES}
    outcome = run_suites(frames_of_landing(schema, reference, tables), schema, reference)
    results = []
    for frame in FRAMES:
        of_frame = [result for result in outcome if result.frame == frame]
        broken = tuple(
            f"{result.rule}: {submission[:12]}, row {row}"
            for result in of_frame
            for submission, _, row, _ in result.broken
        )
        rows = max((result.rows for result in of_frame), default=0)
        results.append(FrameResult(frame, rows, len(of_frame), broken))
    return results


def main() -> None:
    """Answer one question."""
    die_with(sys.argv[1])
    from quality.suites import load_library

    load_library()
    question = json.loads(sys.stdin.read() or "null")
    if question is None:
        return
    readings = [
        Reading(**{**reading, "folder": Path(reading["folder"]), "quarantine": Path(reading["quarantine"])})
        for reading in question["readings"]
    ]
    results = frame_results(readings, Path(question["seeds"]))
    sys.stdout.write(json.dumps([asdict(result) for result in results]))


if __name__ == "__main__":
    main()
