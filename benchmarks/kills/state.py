"""What an installation holds, in a form that two of them can be compared by."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Rows = dict[str, list[str]]

# compared byte by byte, hidden names included: what is left aside after a restart is a defect
KEPT = ("landing", "quarantine", "receipts", "deliverables", "snapshots")
# Dagster's history and dbt's scratch differ from run to run, the lock's files say who held it last, the outbox and the
# audit trail how often it was tried
NOT_COMPARED = ("dagster", "dbt", "writer.lock", "writer.holder", "audit", "outbox")


@dataclass(frozen=True)
class State:
    """Everything that must not depend on whether a run was killed on the way."""

    files: Mapping[str, str]
    names: frozenset[str]
    marts: Rows
    warehouse: Rows

    def differences(self, other: "State") -> list[str]:
        """Where two installations differ, a line each; [] when they are the same."""
        found = [
            f"{name}: {'missing' if name not in self.files else 'unexpected' if name not in other.files else 'altered'}"
            for name in sorted(self.files.keys() | other.files.keys())
            if self.files.get(name) != other.files.get(name)
        ]
        found += [f"name {name}: in one of them only" for name in sorted(self.names ^ other.names)]
        for label, ours, theirs in (("marts", self.marts, other.marts), ("warehouse", self.warehouse, other.warehouse)):
            found += [
                f"{label}.{table}: {len(ours.get(table, []))} rows against {len(theirs.get(table, []))}"
                for table in sorted(ours.keys() | theirs.keys())
                if ours.get(table) != theirs.get(table)
            ]
        return found


def state_of(home: Path) -> State:
    """The state of an installation that nothing is running on."""
    return State(
        files={name: _digest(home / name) for name in _files(home, KEPT)},
        names=frozenset(
            str(path.relative_to(home))
            for path in home.rglob("*")
            if path.relative_to(home).parts[0] not in (*NOT_COMPARED, *KEPT)
        )
        | {f"dbt/{path.name}" for path in home.glob("dbt/*") if path.name.startswith(".")},
        marts=rows_of(home / "jalon.duckdb", ("marts",)),
        warehouse=rows_of(home / "warehouse.duckdb", ("raw", "marts")),
    )


def rows_of(path: Path, schemas: tuple[str, ...]) -> Rows:
    """Every table of the schemas, row by row, sorted; {} when there is no such file."""
    import duckdb

    if not path.exists():
        return {}
    found: Rows = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as kept (read_only)")
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_catalog = 'kept' and table_type = 'BASE TABLE' order by all"
        ).fetchall()
        for schema, table in tables:
            if schema in schemas:
                rows = connection.execute(f'select * from kept."{schema}"."{table}"').fetchall()
                found[f"{schema}.{table}"] = sorted(map(repr, rows))
    return found


def halves(home: Path, before: State, after: State) -> list[str]:
    """What a kill left half-made under a final name: neither as it was before the run nor as it is after it."""
    found = []
    for name in _files(home, KEPT):
        if _is_aside(name):
            continue
        if name.startswith("receipts/") and name not in before.files and _is_whole(home / name):
            continue  # it leaves as soon as the file is read; the end of the run adds what the drop changed
        if _digest(home / name) not in (before.files.get(name), after.files.get(name)):
            found.append(f"{name}: neither the old file nor the new one")
    for path in sorted([*home.glob("checks/*.json"), *home.glob("outbox/*/*/*.json"), *home.glob("audit/*.json")]):
        try:
            json.loads(path.read_text())
        except ValueError:
            found.append(f"{path.name}: half a file")
    marts = rows_of(home / "jalon.duckdb", ("marts",))
    if marts not in (before.marts, after.marts):
        found.append("jalon.duckdb: neither the old marts nor the new ones")
    return found


def _is_whole(path: Path) -> bool:
    """Whether a receipt can be read to its end."""
    if path.suffix != ".json":
        return zipfile.is_zipfile(path)
    try:
        return isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
    except ValueError:
        return False


def _is_aside(name: str) -> bool:
    return any(part.startswith(".") for part in Path(name).parts)


def _files(home: Path, folders: tuple[str, ...]) -> list[str]:
    return sorted(
        str(path.relative_to(home)) for folder in folders for path in (home / folder).rglob("*") if path.is_file()
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
