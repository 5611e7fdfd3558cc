"""What is timed, each in a process of its own: `python -m benchmarks.tasks TASK ARGUMENT…`.

Our side calls what the command line and the UI call; the other sides do the least that gives the same.
"""

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from orchestration.services.runtime.paths import Paths

SCALED = (
    "int_territory_observation",
    "int_territory_seen",
    "int_territory_aggregated",
    "dim_territory",
    "mart_territory_gap",
    "mart_territory_progress",
)

ACCEPTED = re.compile(r"\d+ (?:contribution|milestone_report|measurement)")


def _silent(_line: str) -> None:
    """Nobody listens."""


def _paths(home: str, inbox: str) -> Paths:
    paths = Paths(Path(home), Path(inbox))
    paths.export()
    return paths


def receive(home: str, inbox: str, channel: str) -> None:
    """Archive, read, judge and land what lies in a drop folder, as the assets `inbox` and `submissions` do.

    A file refused as a whole ends the task: refusing takes no time.
    """
    from orchestration.services.reception.documents_reader import DocumentsReader
    from orchestration.services.reception.ingest import read_all, receive_all
    from orchestration.services.reception.previous import in_session_order, known_before
    from orchestration.services.reception.reading_pool import ReadingPool
    from orchestration.services.reception.submissions_reader import SubmissionsReader
    from sources.landing.store import Landing
    from sources.reference.roadmap import load_reference

    paths = _paths(home, inbox)
    landing, reference = Landing(paths.home).open(), load_reference(paths.seeds)
    receive_all(paths.inbox, landing, lambda: datetime(2024, 12, 16, tzinfo=UTC), _silent)
    told: list[str] = []
    if channel == "documents":
        done = read_all(landing, DocumentsReader(paths, reference), told.append, pool=ReadingPool(paths, "documents"))
    else:
        reader = SubmissionsReader(paths, reference, known_before(paths, reference))
        pool = ReadingPool(paths, "submissions")
        done = read_all(landing, reader, told.append, in_session_order(reference), pool)
    refused = [line for line in told if channel == "submissions" and ACCEPTED.search(line) is None]
    if done.unreadable or refused or not done.read:
        raise SystemExit(f"not read: {done.unreadable or refused or 'everything'}")


def calamine(folder: str) -> None:
    """Every cell of every workbook, and nothing done with it."""
    from python_calamine import CalamineWorkbook

    for path in sorted(Path(folder).rglob("*.xlsx")):
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()


def by_hand(folder: str, out: str) -> None:
    """What a person would write: pandas with openpyxl, pandera schemas, Parquet; no guard, no receipt, no archive."""
    import pandas as pd
    import pandera.pandas as pa

    statuses = ["Atteint", "En bonne voie", "À risque", "En retard", "Sans avancée", "À cadrer", "NC", "NA", "SUPPR"]
    status = pa.Column(object, pa.Check.isin(statuses), nullable=True)
    schemas = {
        "Avancement": pa.DataFrameSchema(
            {"Action": pa.Column(object, pa.Check.str_matches(r"^\d+-\d+$")), "Statut": status}
        ),
        "Jalons": pa.DataFrameSchema(
            {"Engagement": pa.Column(object, pa.Check.str_matches(r"^\d+-\d+\.\d+$")), "État": status}
        ),
        "Indicateurs": pa.DataFrameSchema(
            {
                "Code": pa.Column(object, pa.Check.str_matches(r"^IND-\d+-\d+-\d+$")),
                "Valeur": pa.Column(float, pa.Check.ge(0), nullable=True, coerce=True),
            }
        ),
    }
    for number, path in enumerate(sorted(Path(folder).rglob("*.xlsx"))):
        sheets = pd.read_excel(path, sheet_name=list(schemas), header=3, dtype=object, engine="openpyxl")
        for name, sheet in sheets.items():
            filled = sheet[sheet[sheet.columns[0]].astype(str).str.match(r"^(IND-)?\d+-")]
            if name == "Indicateurs":
                filled = filled.assign(Valeur=pd.to_numeric(filled["Valeur"], errors="coerce"))
            filled = schemas[name].validate(filled, lazy=True)
            filled.astype(str).to_parquet(Path(out) / f"{number}_{name}.parquet")


def pdfplumber_text(folder: str) -> None:
    """The text of every page, and nothing done with it."""
    import pdfplumber

    for path in sorted(Path(folder).rglob("*.pdf")):
        with pdfplumber.open(path) as book:
            for page in book.pages:
                page.extract_text()
                page.close()


def deliverables(home: str, session_code: str, out: str) -> None:
    """All files of a session from its marts, as the asset `deliverables` writes them."""
    from exports import render

    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    render(Path(home) / "jalon.duckdb", session_code, folder, state="draft", code_version="bench", inputs={})


def ready_values(home: str, session_code: str, out: str, ready: str) -> None:
    """What the bare writers are given: all that the rendering of the same session asks of the libraries. Not timed."""
    from benchmarks import bare

    bare.record(lambda: deliverables(home, session_code, out), Path(out), Path(ready))


def bare_writers(ready: str, out: str) -> None:
    """The same files by XlsxWriter, lxml, csv and zip alone, given everything they say."""
    from benchmarks import bare

    bare.replay(Path(ready), Path(out))


def marts_prepare(home: str) -> None:
    """Reference and all models on an empty landing. Not timed."""
    from orchestration.services.warehouse import dbt_build
    from orchestration.services.warehouse.database import open_warehouse
    from sources.landing.load import load_raw

    paths = _paths(home, home)
    with open_warehouse(paths.warehouse, log=_silent) as connection:
        load_raw(connection, [])
    dbt_build.build(paths)


def marts(home: str, months: str) -> None:
    """Bring `raw` to hold so many months of the territories' figures, and their models up to date."""
    from benchmarks import territories
    from orchestration.services.warehouse import dbt_build
    from orchestration.services.warehouse.database import open_warehouse
    from sources.landing.load import load_raw

    paths = _paths(home, home)
    with open_warehouse(paths.warehouse, log=_silent) as connection:
        load_raw(connection, territories.read(paths.home, int(months)))
    results = dbt_build.build(paths, [f"model.jalon.{name}" for name in SCALED])
    failed = [result for result in results if result.is_failure]
    if failed or not results:
        raise SystemExit(f"not built: {failed}")


def plain_marts(home: str, months: str) -> None:
    """The same in plain SQL, from nothing."""
    from benchmarks import territories

    territories.plain_build(Path(home), Path(home) / "plain.duckdb", int(months))


def plain_month(home: str, months: str) -> None:
    """One more month in plain SQL: the last of so many."""
    from benchmarks import territories

    territories.plain_month(Path(home), Path(home) / "plain.duckdb", int(months) - 1)


TASKS: dict[str, Callable[..., None]] = {
    task.__name__: task
    for task in (
        receive,
        calamine,
        by_hand,
        pdfplumber_text,
        deliverables,
        ready_values,
        bare_writers,
        marts_prepare,
        marts,
        plain_marts,
        plain_month,
    )
}

if __name__ == "__main__":
    TASKS[sys.argv[1]](*sys.argv[2:])
