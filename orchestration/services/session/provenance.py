"""Do the archived bytes of each document still hold every figure published from it, and every target read in it?

The last check before anything is rendered; a re-baselining is recognised by the targets read.

Published figures are taken from the readers' copy, so that what is checked is what is printed; the words and the
values come from the landing, the bytes from the archive.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse.database import open_marts
from sources.landing.rows import rows_of
from sources.landing.store import Landing, Reading

QUOTES = "quotes"
# a workbook rebuilt from a report counts as that report: only documents are read again
PUBLISHED = """
    select observations.sha256, observations.kpi_id, observations.locator, observations.quote
    from marts.fct_kpi_observation as observations
    inner join marts.dim_source as sources on observations.sha256 = sources.sha256
    where sources.source_type in ('progress_report', 'document')
"""

Row = dict[str, Any]


def unverified_facts(paths: Paths, landing: Landing, readings: Sequence[Reading]) -> tuple[int, list[tuple[str, str]]]:
    """How many figures of documents are published, and (file, reason) for each one its document does not bear out.

    `readings` are those of the documents that count. Reading the documents anew takes a while: what was found is
    remembered as long as the figures, the readings, the code that reads and the archived files are the same.
    duckdb.Error when the marts cannot be read.
    """
    published = _published(paths.marts)
    read = sorted((reading.sha256, reading.key, _archived(landing, reading)) for reading in readings)
    key = paths.memo.key(__name__, data=[published, read])
    found = paths.memo.recall(QUOTES, key)
    if found is None:
        found = _unverified(published, landing, readings)
        paths.memo.remember(QUOTES, key, found)
    return len(published), [(name, reason) for name, reason in found]


def _archived(landing: Landing, reading: Reading) -> tuple[int, ...]:
    """The size and time of the archived file: its content is checked when it is read."""
    reception = landing.reception(reading.sha256)
    state = landing.original(reception).stat() if reception else None
    return (state.st_size, state.st_mtime_ns) if state else ()


def _unverified(
    published: set[tuple[str, ...]], landing: Landing, readings: Sequence[Reading]
) -> list[tuple[str, str]]:
    from sources.documents.provenance import verify_rows

    found: list[tuple[str, str]] = []
    held: set[tuple[str, ...]] = set()
    for reading in readings:
        reception = landing.reception(reading.sha256)
        facts = [row for row in rows_of([reading], "document_quantity") if _key(row) in published]
        targets = rows_of([reading], "document_target")
        if reception is None or not (facts or targets):
            continue
        held.update(_key(row) for row in facts)
        document = rows_of([reading], "document")
        tables = {"document": document, "document_quantity": facts, "document_target": targets}
        content = landing.original(reception).read_bytes()
        found += [(reception.file_name, item.message) for item in verify_rows(tables, reception.file_name, content)]
    lost: defaultdict[str, int] = defaultdict(int)
    for key in published - held:
        lost[key[0]] += 1
    found += [(sha256, f"{count} published figures are in no reading of it") for sha256, count in sorted(lost.items())]
    return found


def _published(marts: Path) -> set[tuple[str, ...]]:
    with open_marts(marts) as connection:
        return set(connection.execute(PUBLISHED).fetchall())


def _key(row: Row) -> tuple[str, ...]:
    return (row["sha256"], row["kpi_id"], row["locator"], row["quote"])
