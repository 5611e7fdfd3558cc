"""Do the accepted rows meet the rules they were judged by? Great Expectations checks all of them at once.

`quality.rows` judges each row as it comes, without the library; this is the independent second check, on what is
in the landing, before anything is built from it. What it finds is remembered: it depends on the readings, the suites
and the reference alone.
"""

from collections.abc import Sequence
from dataclasses import asdict

from orchestration.services.reception import rules
from orchestration.services.reception.judging import RULES, judge
from orchestration.services.reception.rules import FrameResult
from orchestration.services.runtime.paths import Paths
from sources.landing.rows import rows_of
from sources.landing.store import REFUSED_TABLE, Reading


def accepted_rows_results(readings: Sequence[Reading], paths: Paths) -> tuple[list[FrameResult], bool]:
    """The suites' results on the rows of the given readings; the second value is False when they were remembered."""
    names = sorted((reading.sha256, reading.key) for reading in readings)
    key = paths.memo.key(rules.__name__, data=[names, paths.seeds])
    found = paths.memo.recall(RULES, key)
    if found is not None:
        return [FrameResult.read(result) for result in found], False
    results = judge(readings, paths.seeds)
    paths.memo.remember(RULES, key, [asdict(result) for result in results])
    return results, True


def set_aside(readings: Sequence[Reading]) -> list[tuple[str, str, str, int]]:
    """Rows set aside by session, partner and rule, found by their own keys in the quarantine."""
    counts: dict[tuple[str, str, str], int] = {}
    for row in rows_of(readings, "rejected_row"):
        key = (row["session_code"] or "", row["partner_code"] or "", row["rule"])
        counts[key] = counts.get(key, 0) + 1
    return [(*key, count) for key, count in sorted(counts.items())]


def refused(readings: Sequence[Reading]) -> list[tuple[str, str, str]]:
    """Submissions of which nothing could be taken, with the reason: mark of the file, rule, message."""
    rows = rows_of(readings, REFUSED_TABLE)
    return sorted((f"{row['folder'] or ''} {row['sha256'][:12]}".strip(), row["rule"], row["message"]) for row in rows)
