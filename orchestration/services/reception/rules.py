"""The suites of Great Expectations on accepted rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
