"""What readings hold, as rows."""

from collections.abc import Sequence
from typing import Any

from sources.landing.store import Reading


def rows_of(readings: Sequence[Reading], table: str) -> list[dict[str, Any]]:
    """The rows of one landing table in the given readings, as plain dicts."""
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = []
    for reading in readings:
        path = reading.parquet(table)
        if path is not None:
            with pq.ParquetFile(path) as file:  # several times sooner than what reads folders of files too
                rows.extend(file.read(use_threads=False).to_pylist())
    return rows
