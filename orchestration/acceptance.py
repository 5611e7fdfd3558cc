"""Do the accepted rows meet the rules they were judged by? Great Expectations says it on all of them at once.

`quality.rows` judges each row as it comes, without the library; this is the independent second look, on what stands
in the landing, before anything is built from it. What it finds depends on the readings alone, so that it is kept
with their digest and not looked for again.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sources.landing.store import Reading
from sources.reference import Reference

FRAMES = {"contribution": "Avancement", "milestone": "Jalons", "measurement": "Indicateurs", "cell": "every answer"}
TABLES = ("contribution", "milestone_report", "measurement")


@dataclass(frozen=True)
class FrameResult:
    """One suite on one sheet of all accepted rows."""

    frame: str
    rows: int
    expectations: int
    broken: tuple[str, ...]  # « rule: submission, row » of each accepted row that breaks one


def accepted_rows_results(
    readings: Sequence[Reading], reference: Reference, kept: Path
) -> tuple[list[FrameResult], bool]:
    """The suites' results on the rows of the given readings; the second value is False when they were kept ones."""
    digest = hashlib.sha256("\n".join(sorted(f"{r.sha256}.{r.key}" for r in readings)).encode()).hexdigest()
    found = _kept(kept, digest)
    if found is not None:
        return found, False
    results = _run(readings, reference)
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    aside = kept.with_suffix(".aside")
    aside.write_text(json.dumps({"digest": digest, "results": [asdict(result) for result in results]}))
    aside.replace(kept)
    return results, True


def _run(readings: Sequence[Reading], reference: Reference) -> list[FrameResult]:
    from quality.frames import frames_of_landing
    from quality.suites import run_suites
    from sources.workbook.schema import load_schema

    schema = load_schema()
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


def rows_of(readings: Sequence[Reading], table: str) -> list[dict[str, Any]]:
    """The rows of one landing table in the given readings, as plain dicts."""
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = []
    for reading in readings:
        path = reading.parquet(table)
        if path is not None:
            rows.extend(pq.read_table(path).to_pylist())
    return rows


def set_aside(readings: Sequence[Reading]) -> list[tuple[str, str, str, int]]:
    """Rows set aside by session, partner and rule, found by their own keys in the quarantine."""
    counts: dict[tuple[str, str, str], int] = {}
    for row in rows_of(readings, "rejected_row"):
        key = (row["session_code"] or "", row["partner_code"] or "", row["rule"])
        counts[key] = counts.get(key, 0) + 1
    return [(*key, count) for key, count in sorted(counts.items())]


def refused(readings: Sequence[Reading]) -> list[tuple[str, str, str]]:
    """Submissions of which nothing could be taken, with the reason: file, rule, message."""
    refused_files = {row["sha256"]: row for row in rows_of(readings, "submission") if row["verdict"] == "rejected"}
    return sorted(
        (refused_files[issue["sha256"]]["file_name"], issue["rule"], issue["message"])
        for issue in rows_of(readings, "submission_issue")
        if issue["sha256"] in refused_files and issue["severity"] == "error"
    )


def _kept(path: Path, digest: str) -> list[FrameResult] | None:
    try:
        content: Mapping[str, Any] = json.loads(path.read_text())
        if content["digest"] != digest:
            return None
        return [FrameResult(**{**result, "broken": tuple(result["broken"])}) for result in content["results"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
