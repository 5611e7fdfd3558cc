"""A warehouse built by dbt, in process, from hand-made raw tables on a temporary home.

What these tests say happened (submissions, figures of 2025, decisions) is fictional; the reference is the real one.
"""

import hashlib
import pickle
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.services.runtime.paths import Paths
from orchestration.services.warehouse import dbt_build
from orchestration.services.warehouse.database import MEMORY
from sources.landing.load import SQL_TYPES
from sources.landing.tables import COLUMNS

Row = dict[str, Any]

RECEIVED = {
    "CNS-12": datetime(2024, 12, 10, 9, tzinfo=UTC),
    "CNS-13": datetime(2025, 6, 5, 9, tzinfo=UTC),
}


class RawTables:
    """The rows of schema `raw`, written a file at a time."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}

    def add(self, table: str, **values: Any) -> Row:
        """Add one row; the columns not named are NULL."""
        unknown = set(values) - set(COLUMNS[table])
        assert not unknown, f"{table} has no column {sorted(unknown)}"
        row: Row = {column: values.get(column) for column in COLUMNS[table]}
        self.rows[table].append(row)
        return row

    def submission(self, partner: str, session: str = "CNS-12", *, at: datetime | None = None, **values: Any) -> "File":
        """A file received from a partner."""
        received_at = at or RECEIVED[session]
        sha256 = hashlib.sha256(f"{partner}|{session}|{received_at}".encode()).hexdigest()
        self.add(
            "submission",
            **{
                "sha256": sha256,
                "file_name": f"{session}_{partner}.xlsx",
                "partner_code": partner,
                "session_code": session,
                "template_version": "1",
                "origin": "partner",
                "received_at": received_at,
                "verdict": "accepted",
                "rows_read": 1,
                "rows_accepted": 1,
                "rows_rejected": 0,
                "rows_ignored": 0,
                "reader_version": "1",
                **values,
            },
        )
        return File(self, sha256, partner, session)

    def document(self, name: str, *, as_of: date, kind: str = "other", session: str | None = None) -> "Document":
        """A published document."""
        sha256 = hashlib.sha256(name.encode()).hexdigest()
        received_at = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
        self.add(
            "document",
            sha256=sha256,
            file_name=name,
            kind=kind,
            title=name,
            as_of=as_of,
            session_code=session,
            origin="reconstituted",
            received_at=received_at,
            extractor_version="1",
        )
        return Document(self, sha256)

    def decision(self, kind: str, key: str, decision: str, **values: Any) -> None:
        """A decision of the DNS."""
        number = len(self.rows["decision"]) + 1
        self.add(
            "decision",
            **{
                "decision_id": f"D{number}",
                "subject_kind": kind,
                "subject_key": key,
                "decision": decision,
                "author_role": "DNS",
                "decided_on": date(2024, 12, 16),
                "reason": "motif fictif",
                "received_at": datetime(2024, 12, 16, 12, number, tzinfo=UTC),
                **values,
            },
        )

    def write(self, path: Path) -> None:
        """Make schema `raw` hold exactly these rows."""
        connection = duckdb.connect(str(path))
        connection.execute("create schema if not exists raw")
        for table, columns in COLUMNS.items():
            listed = ", ".join(f'"{name}" {SQL_TYPES[kind]}' for name, kind in columns.items())
            connection.execute(f"create or replace table raw.{table} ({listed})")
            if self.rows[table]:
                marks = ", ".join("?" for _ in columns)
                connection.executemany(
                    f"insert into raw.{table} values ({marks})", [list(row.values()) for row in self.rows[table]]
                )
        connection.close()


class File:
    """A partner's file being filled."""

    def __init__(self, raw: RawTables, sha256: str, partner: str, session: str) -> None:
        self.raw, self.sha256, self.row_number = raw, sha256, 1
        self.said = {"sha256": sha256, "partner_code": partner, "session_code": session}

    def _row(self, table: str, sheet: str, column: str, values: Mapping[str, Any]) -> None:
        self.row_number += 1
        place = {"sheet": sheet, "row_number": self.row_number, "locator": f"{sheet}!{column}{self.row_number}"}
        self.raw.add(table, **{**self.said, **place, **values})

    def action(self, action: str, status: str | None = None, **values: Any) -> "File":
        """A row of `Avancement`."""
        values = {"action_code": action, "declared_status": status, **values}
        if status is None:
            values.setdefault("status_absence", "NC")
        self._row("contribution", "Avancement", "F", values)
        return self

    def milestone(self, commitment: str, status: str | None = None, **values: Any) -> "File":
        """A row of `Jalons`."""
        self._row("milestone_report", "Jalons", "E", {"commitment_id": commitment, "declared_status": status, **values})
        return self

    def value(self, kpi: str, value: float | None, period_end: date | None, **values: Any) -> "File":
        """A row of `Indicateurs`."""
        said = {
            "kpi_id": kpi,
            "territory_code": "FR",
            "value": value,
            "qualifier": "exact",
            "period_start": period_end and period_end.replace(day=1),
            "period_end": period_end,
            "period_precision": "month",
            "quote": str(value),
        }
        self._row("measurement", "Indicateurs", "I", {**said, **values})
        return self


class Document:
    """A document being read."""

    def __init__(self, raw: RawTables, sha256: str) -> None:
        self.raw, self.sha256, self.rank = raw, sha256, 0

    def action(self, action: str, partners: Sequence[str], status: str | None = None, text: str = "") -> "Document":
        """An action of a progress report."""
        self.raw.add(
            "document_action",
            sha256=self.sha256,
            action_code=action,
            title="titre",
            partners=list(partners),
            narrative=text,
            declared_status=status,
            locator="p. 1, l. 1-2",
        )
        return self

    def target(self, action: str, value: float, deadline: date) -> "Document":
        """A target said in an objective."""
        self.rank += 1
        self.raw.add(
            "document_target",
            sha256=self.sha256,
            target_rank=self.rank,
            action_code=action,
            value=value,
            deadline=deadline,
            deadline_precision="year",
        )
        return self

    def quantity(self, kpi: str | None, value: float, period_end: date, **values: Any) -> "Document":
        """A quantity said in a text."""
        self.rank += 1
        said = {
            "quantity_rank": self.rank,
            "fact_key": f"{self.sha256[:8]}-{self.rank}",
            "kpi_id": kpi,
            "link_confidence": 1.0,
            "value": value,
            "qualifier": "exact",
            "period_start": period_end.replace(day=1),
            "period_end": period_end,
            "period_precision": "month",
            "quote": str(value),
            "locator": f"p. 1, l. {self.rank}",
        }
        self.raw.add("document_quantity", sha256=self.sha256, **{**said, **values})
        return self


class Warehouse:
    """A built warehouse that tests ask."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        connection = duckdb.connect(str(self.path), read_only=True)
        try:
            return connection.execute(sql, list(parameters)).fetchall()
        finally:
            connection.close()

    def row(self, sql: str, *parameters: Any) -> tuple[Any, ...]:
        """The only row of a query."""
        found = self.rows(sql, *parameters)
        assert len(found) == 1, found
        return found[0]

    def marts(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every mart, sorted, to compare two builds."""
        names = self.rows("select table_name from information_schema.tables where table_schema = 'marts' order by 1")
        return {name: sorted(self.rows(f"select * from marts.{name}"), key=repr) for (name,) in names}


Dbt = Callable[..., Any]


@pytest.fixture(scope="session")
def manifest_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as the product parsed it: once for each state of its files."""
    home = tmp_path_factory.mktemp("parsed")
    return dbt_build.manifest(Paths(home=home, inbox=home))


@pytest.fixture(scope="session")
def dbt(project_root: Path, manifest_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """Run a dbt command in process on a home. Raises AssertionError with what failed."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    folder = tmp_path_factory.mktemp("dbt")
    places = [
        *("--project-dir", str(project_root / "dbt_project"), "--profiles-dir", str(project_root / "dbt_project")),
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs"), "--log-level-file", "none"),
    ]
    quiet = ["--quiet", "--no-send-anonymous-usage-stats", "--no-write-json"]
    manifest = pickle.loads(manifest_path.with_name(dbt_build.PARSED).read_bytes())  # noqa: S301 - our own

    def run(home: Path, *command: str) -> Any:
        # dbt closes its connections after each node: with one of ours the file is not opened anew for the next
        settings = {"memory_limit": MEMORY}
        with pytest.MonkeyPatch.context() as patch, duckdb.connect(str(home / "warehouse.duckdb"), config=settings):
            patch.setenv("JALON_HOME", str(home))
            try:
                outcome = dbtRunner(manifest=manifest).invoke([*command, *places, *quiet])
            finally:
                DuckDBConnectionManager.close_all_connections()
        if not outcome.success:
            results = getattr(outcome.result, "results", None) or []
            failed = [f"{run.node.name}: {run.message}" for run in results if run.status not in ("success", "pass")]
            raise AssertionError(f"{outcome.exception or ''} {failed}")
        return outcome.result

    return run


@pytest.fixture(scope="session")
def seeded(dbt: Dbt, built_once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """A warehouse file that holds the tested reference and empty raw tables."""

    def make(home: Path) -> None:
        RawTables().write(home / "warehouse.duckdb")
        dbt(home, "build", "--select", "path:seeds", "--indirect-selection", "cautious")

    return built_once("seeded", make) / "warehouse.duckdb"


@pytest.fixture(scope="session")
def build(dbt: Dbt, seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[RawTables], Warehouse]:
    """Build all models and run their data tests on the given raw tables."""

    def run(raw: RawTables) -> Warehouse:
        home = tmp_path_factory.mktemp("home")
        shutil.copy(seeded, home)
        raw.write(home / "warehouse.duckdb")
        dbt(home, "build", "--select", "path:models", "--exclude-resource-type", "unit_test")
        return Warehouse(home / "warehouse.duckdb")

    return run


@pytest.fixture(scope="session")
def empty_warehouse(build: Callable[[RawTables], Warehouse]) -> Warehouse:
    """A warehouse built before anything was received."""
    return build(RawTables())


@pytest.fixture(scope="session")
def raw_tables() -> type[RawTables]:
    """The writer of raw tables."""
    return RawTables
